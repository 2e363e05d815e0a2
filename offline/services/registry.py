"""A real image registry (distribution) as a process, with or without a login."""

from __future__ import annotations

import json
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from offline.processes import Processes
from offline.services.ports import listens
from offline.services.private import write_private
from offline.setup.go_tools import REGISTRY, build, ensure_caddy
from offline.setup.places import Places

NAME = "registry"


@dataclass(frozen=True)
class Login:
    user: str
    password: str


@dataclass(frozen=True)
class Registry:
    """A registry whose images, log, pid and login are under `folder`. `address` is host:port; plain HTTP."""

    setup: Places
    folder: Path
    address: str

    @property
    def _processes(self) -> Processes:
        return Processes(self.folder, self.folder, "/usr/bin:/bin")

    @property
    def login_file(self) -> Path:
        return self.folder / "login.json"

    def login(self) -> Login | None:
        """Who may push and pull, or None where anybody may."""
        return Login(**json.loads(self.login_file.read_text())) if self.login_file.exists() else None

    def _new_login(self) -> Login:
        login = Login("nextcore", secrets.token_urlsafe(24))
        write_private(self.login_file, json.dumps({"user": login.user, "password": login.password}))
        return login

    def _htpasswd(self, login: Login) -> Path:
        ensure_caddy(self.setup)  # the registry takes bcrypt only, which Python's standard library lacks
        command = [str(self.setup.bin / "caddy"), "hash-password"]
        done = subprocess.run(command, input=login.password, text=True, check=True, capture_output=True)
        file = self.folder / "htpasswd"
        file.write_text(f"{login.user}:{done.stdout.strip()}\n")
        return file

    def start(self, *, with_login: bool = False) -> None:
        """Start it unless it runs; with a login, a new random one at every start."""
        if self._processes.pid(NAME) is not None:
            return
        build(REGISTRY, self.setup, self.setup.bin / REGISTRY.name)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.login_file.unlink(missing_ok=True)
        config: dict[str, object] = {
            "version": 0.1,
            "storage": {"filesystem": {"rootdirectory": str(self.folder / "images")}, "delete": {"enabled": True}},
            "http": {"addr": self.address, "secret": secrets.token_hex(16)},
            "log": {"level": "warn"},
        }
        if with_login:
            config["auth"] = {"htpasswd": {"realm": "nextcore", "path": str(self._htpasswd(self._new_login()))}}
        file = self.folder / "config.json"  # JSON is YAML
        write_private(file, json.dumps(config, indent=1))
        self._processes.start(NAME, [self.setup.bin / NAME, "serve", file], {"OTEL_TRACES_EXPORTER": "none"})
        self._processes.expect(NAME, lambda: listens(self.address), 20)

    def pid(self) -> int | None:
        return self._processes.pid(NAME)

    def stop(self) -> None:
        self._processes.stop(NAME)
        for file in (self.login_file, self.folder / "htpasswd", self.folder / "config.json"):
            file.unlink(missing_ok=True)

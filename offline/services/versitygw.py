"""versitygw: a real S3 server in one process over a folder, 34 MB resident. `python3 -m offline.services.versitygw` builds it.

It has conditional writes, bucket policies with anonymous reads, CORS, tags and versioning, and refuses a wrong secret.
It lacks public access blocks, lifecycle rules and encryption settings.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from offline.processes import Processes
from offline.services.ports import listens
from offline.services.private import write_private
from offline.setup.go_tools import GoTool, build
from offline.setup.places import Places
from offline.unpacked import print_path

NAME = "versitygw"
VERSITYGW = GoTool(NAME, "toolchain/versitygw", "github.com/versity/versitygw/cmd/versitygw", "", 72)
REGION = "us-east-1"


def ensure_versitygw(at: Places) -> Path:
    """The program's path."""
    build(VERSITYGW, at, at.bin / NAME)
    return at.bin / NAME


@dataclass(frozen=True)
class Credentials:
    access_key: str
    secret_key: str


@dataclass(frozen=True)
class S3Server:
    """A server whose buckets, log, pid and credentials are under `folder`. `address` is host:port; plain HTTP."""

    setup: Places
    folder: Path
    address: str

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def _processes(self) -> Processes:
        return Processes(self.folder, self.folder, "/usr/bin:/bin")

    @property
    def credentials_file(self) -> Path:
        return self.folder / "credentials.json"

    def credentials(self) -> Credentials:
        """Of the present start."""
        return Credentials(**json.loads(self.credentials_file.read_text()))

    def _new_credentials(self) -> Credentials:
        made = Credentials(secrets.token_hex(10), secrets.token_urlsafe(30))
        write_private(self.credentials_file, json.dumps({"access_key": made.access_key, "secret_key": made.secret_key}))
        return made

    def start(self) -> None:
        """Start it unless it runs, with new random credentials; buckets stay from start to start."""
        if self._processes.pid(NAME) is not None:
            return
        program = ensure_versitygw(self.setup)
        data = self.folder / "buckets"
        data.mkdir(parents=True, exist_ok=True)
        keys = self._new_credentials()
        users = self.folder / "users"
        users.mkdir(exist_ok=True)
        options: list[str | Path] = ["--port", self.address, "--region", REGION, "--iam-dir", users]
        command: list[str | Path] = [program, *options, "posix", data]
        # By environment, not by argument: every user may read a process's arguments.
        self._processes.start(NAME, command, {"ROOT_ACCESS_KEY": keys.access_key, "ROOT_SECRET_KEY": keys.secret_key})
        self._processes.expect(NAME, lambda: listens(self.address), 20)

    def pid(self) -> int | None:
        return self._processes.pid(NAME)

    def add_user(self, access_key: str) -> Credentials:
        """A user who may nothing but what a bucket's policy says, who is called by the access key there."""
        made, owner = Credentials(access_key, secrets.token_urlsafe(30)), self.credentials()
        command: list[str | Path] = [self.setup.bin / NAME, "admin", "--region", REGION, "--endpoint-url", self.url]
        command += ["create-user", "--access", made.access_key, "--secret", made.secret_key, "--role", "user"]
        env = {"ADMIN_ACCESS_KEY": owner.access_key, "ADMIN_SECRET_KEY": owner.secret_key}
        subprocess.run([str(part) for part in command], env={**os.environ, **env}, check=True, capture_output=True)
        return made

    def stop(self) -> None:
        self._processes.stop(NAME)
        self.credentials_file.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(print_path(ensure_versitygw))

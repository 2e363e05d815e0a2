"""Configuration of a running Caddy container: validate, write, load, read back."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass

from docker.models.containers import Container

from nextcore.caddyfile import ADMIN, CONFIG, live_files
from nextcore.errors import UserError
from nextcore.oci.daemon import find_container

OWNER = 65532
CANDIDATE = "candidate"


@dataclass(frozen=True)
class Served:
    """An app's site, and the text that names its live version (`caddyfile.live_text`)."""

    site: str
    live: str


@dataclass(frozen=True)
class Proxy:
    """A Caddy container whose /etc/caddy is a volume: the shared Caddyfile, sites/<app>.caddy, live/<app>.{a,b}."""

    container: str
    docker_host: str | None = None

    def served(self, app: str) -> Served:
        """What the container has of the app; empty texts where there is nothing. One look: each takes the daemon 20 ms."""
        files = self._read(find_container(self.docker_host, self.container))
        return Served(site=files.get(f"sites/{app}.caddy", ""), live=files.get(live_files(app)[0], ""))

    def deploy(self, app: str, site: str, main: str, live: str, former: str | None = None) -> None:
        """`load`, and move the traffic to the version that `live` names: no reload, no closed connection.

        The container is looked into once: each look takes the daemon 20 ms.
        """
        container = find_container(self.docker_host, self.container)
        present = self._read(container)
        first, second = live_files(app)
        if not present.get(first):  # the first version: no request may find a site without an upstream
            self._write(container, {second: live, first: live})
        self._load(container, present, app, site, main, former)
        if present.get(first, live) != live:
            self._write(container, {second: live, first: live})  # in this order: one of them is whole at any time

    def load(self, app: str, site: str, main: str, former: str | None = None) -> None:
        """Make `site` the app's. A rejected one is never put in place: the old one goes on serving.

        `former`: an app whose place it takes, in one step: two sites of one address would be rejected.
        Does nothing where the texts are what the container has: a reload closes idle connections.
        """
        container = find_container(self.docker_host, self.container)
        self._load(container, self._read(container), app, site, main, former)

    def _load(self, container: Container, files: Mapping[str, str], app: str, site: str, main: str, former: str | None) -> None:
        present = {name: text for name, text in files.items() if name == "Caddyfile" or name.startswith("sites/")}
        wanted = {f"sites/{app}.caddy": site, "Caddyfile": main}
        if former and former != app:
            wanted[f"sites/{former}.caddy"] = ""
        if all(present.get(name, "") == text for name, text in wanted.items()):
            return
        candidate = {f"{CANDIDATE}/{name}": text for name, text in {**present, **wanted}.items()}
        self._write(container, candidate)
        self._caddy(container, "validate", "--config", f"{CONFIG}/{CANDIDATE}/Caddyfile", "--adapter", "caddyfile")
        self._write(container, wanted)
        try:
            self._caddy(container, "reload", "--config", f"{CONFIG}/Caddyfile", "--adapter", "caddyfile", "--address", ADMIN)
        except UserError:
            # An empty file is a site that serves nothing, which is what there was.
            self._write(container, {name: present.get(name, "") for name in wanted})
            raise

    def remove(self, app: str, main: str) -> None:
        """Take the app's site away. No error where the container is gone already: its site went with it."""
        try:
            find_container(self.docker_host, self.container)
        except UserError:
            return
        self.load(app, "", main)

    def _caddy(self, container: Container, *arguments: str) -> None:
        code, output = container.exec_run(["/usr/bin/caddy", *arguments])
        if code != 0:
            raise UserError(
                f"Caddy rejected the configuration: {_last_error(output.decode(errors='replace'))}",
                f"{container.name}:{CONFIG}",
                "the former one goes on serving; mend the setting that it names",
            )

    @staticmethod
    def _read(container: Container) -> dict[str, str]:
        """Text of each file below /etc/caddy, by its path there."""
        stream, _ = container.get_archive(f"{CONFIG}/.")
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
            files = {member.name: archive.extractfile(member) for member in archive.getmembers() if member.isfile()}
            return {name.removeprefix("./"): file.read().decode() for name, file in files.items() if file}

    @staticmethod
    def _write(container: Container, files: Mapping[str, str]) -> None:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            for folder in ("sites", "live", CANDIDATE, f"{CANDIDATE}/sites"):
                entry = tarfile.TarInfo(folder)
                entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, 0o755, OWNER, OWNER
                archive.addfile(entry)
            for name, text in files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode, entry.uid, entry.gid = len(text.encode()), 0o644, OWNER, OWNER
                archive.addfile(entry, io.BytesIO(text.encode()))
        container.put_archive(CONFIG, out.getvalue())


def _last_error(text: str) -> str:
    """Caddy's own words, with file and line where it tells them, out of its JSON log and its last line."""
    pattern = r'"level":"error".*"msg":"((?:[^"\\]|\\.)*)"|^Error: (.*)$'
    told = [plain or logged for logged, plain in re.findall(pattern, text, re.MULTILINE)]
    lines = text.strip().splitlines()
    return (told[-1] if told else lines[-1] if lines else "no words").replace(f"{CONFIG}/{CANDIDATE}/", f"{CONFIG}/")

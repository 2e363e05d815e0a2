"""Configuration of a running Caddy container: write, validate, load, read back."""

from __future__ import annotations

import io
import re
import tarfile
from dataclasses import dataclass

from docker.errors import NotFound
from docker.models.containers import Container

from nextcore.caddyfile import ADMIN
from nextcore.errors import UserError
from nextcore.oci.daemon import client

FOLDER = "/etc/caddy"
OWNER = 65532


@dataclass(frozen=True)
class Proxy:
    """A Caddy container whose /etc/caddy is a volume: the shared Caddyfile and sites/<app>.caddy."""

    container: str
    docker_host: str | None = None

    def _container(self) -> Container:
        try:
            return client(self.docker_host).containers.get(self.container)
        except NotFound as error:
            raise UserError(
                f"the proxy's container {self.container} is gone", "docker ps", "run `pulumi refresh`, then `pulumi up`"
            ) from error

    def site(self, app: str) -> str | None:
        """The site as it is in the container, None where there is none."""
        return self._read(f"{FOLDER}/sites/{app}.caddy")

    def load(self, app: str, site: str, main: str) -> None:
        """Make `site` the app's. Validated before it is put in place; a rejected one leaves the old one serving."""
        container = self._container()
        before = self.site(app)
        self._write({f"sites/{app}.caddy": site, "Caddyfile": main})
        try:
            self._caddy(container, "validate", "--config", f"{FOLDER}/Caddyfile", "--adapter", "caddyfile")
            self._caddy(container, "reload", "--config", f"{FOLDER}/Caddyfile", "--adapter", "caddyfile", "--address", ADMIN)
        except UserError:
            # An empty file is a site that serves nothing, which is what there was.
            self._write({f"sites/{app}.caddy": before or ""})
            raise

    def remove(self, app: str, main: str) -> None:
        """Take the app's site away. No error where the container is gone already."""
        try:
            self.load(app, "", main)
        except UserError:
            return

    def _caddy(self, container: Container, *arguments: str) -> None:
        code, output = container.exec_run(["/usr/bin/caddy", *arguments])
        if code == 0:
            return
        text = output.decode(errors="replace")
        told = re.findall(r'"(?:msg|error)":"((?:[^"\\]|\\.)*)"|^Error: (.*)$', text, re.MULTILINE)
        what = next(
            (second or first for first, second in reversed(told)), text.strip().splitlines()[-1] if text.strip() else "no words"
        )
        raise UserError(
            f"Caddy rejected the configuration: {what}",
            f"{container.name}:{FOLDER}",
            "the former one goes on serving; mend the setting that it names",
        )

    def _read(self, path: str) -> str | None:
        try:
            stream, _ = self._container().get_archive(path)
        except NotFound:
            return None
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
            file = archive.extractfile(archive.getmembers()[0])
            return file.read().decode() if file else None

    def _write(self, files: dict[str, str]) -> None:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            folder = tarfile.TarInfo("sites")
            folder.type, folder.mode, folder.uid, folder.gid = tarfile.DIRTYPE, 0o755, OWNER, OWNER
            archive.addfile(folder)
            for name, text in files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode, entry.uid, entry.gid = len(text.encode()), 0o644, OWNER, OWNER
                archive.addfile(entry, io.BytesIO(text.encode()))
        self._container().put_archive(FOLDER, out.getvalue())

"""Static files in a Docker volume, written through the archive API of the proxy's container.

No bind mount of a local folder, so it works with a daemon on another machine.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker.errors import NotFound
from docker.models.containers import Container

from nextcore.assets.compress import compressible, encoded
from nextcore.assets.manifest import html_last
from nextcore.errors import UserError
from nextcore.oci.daemon import client
from nextcore.payload import Asset

BATCH_BYTES = 32 << 20  # a tar of one request; bounds the memory of client and daemon
OWNER = 65532


@dataclass(frozen=True)
class VolumeStore:
    """An app's folder in the assets volume that `container` has mounted at `mount`."""

    container: str
    mount: str
    app: str
    docker_host: str | None = None
    _index_name: str = field(default=".nextcore.json", init=False)

    @property
    def folder(self) -> str:
        return f"{self.mount}/{self.app}"

    def _container(self) -> Container:
        try:
            return client(self.docker_host).containers.get(self.container)
        except NotFound as error:
            raise UserError(
                f"the proxy's container {self.container} is gone", "docker ps", "run `pulumi refresh`, then `pulumi up`"
            ) from error

    def builds(self) -> list[dict[str, Any]]:
        """Retained builds, newest first: {build, files: {path: sha256}}. Empty where nothing was released."""
        try:
            stream, _ = self._container().get_archive(f"{self.folder}/{self._index_name}")
        except NotFound:
            return []
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
            file = archive.extractfile(self._index_name)
            found: list[dict[str, Any]] = json.loads(file.read()) if file else []
            return found

    def release(self, build: str, manifest: str, assets: Sequence[Asset], root: Path, retain: int) -> list[str]:
        """Add a build's files to those there are, then write the index. Returns the retained build ids.

        Additive: a file of an older build is never touched before its build leaves the index, so open tabs go on.
        Cut off in the middle, the index still tells the old state and the next call writes what is missing.
        """
        builds = self.builds()
        present = {path: sha for entry in reversed(builds) for path, sha in entry["files"].items()}
        container = self._container()
        self._put(container, [(self.app, None)], self.mount)
        missing = [asset for asset in html_last(assets) if present.get(asset.file) != asset.sha256]
        for batch in _batches(missing):
            self._put(
                container, _with_compressed(batch, root), self.folder, {v: asset.sha256 for asset in batch for v in _names(asset)}
            )
        entry = {"build": build, "manifest": manifest, "files": {asset.file: asset.sha256 for asset in assets}}
        kept = [entry, *[old for old in builds if old["manifest"] != manifest]][: max(1, retain)]
        self._put(container, [(self._index_name, json.dumps(kept, sort_keys=True).encode())], self.folder)
        return [str(old["build"]) for old in kept]

    def forget(self) -> None:
        """Write an empty index: the files leave with the volume."""
        try:
            self._put(self._container(), [(self._index_name, b"[]")], self.folder)
        except (NotFound, UserError):
            return

    @staticmethod
    def _put(
        container: Container, files: Sequence[tuple[str, bytes | None]], folder: str, hashes: Mapping[str, str] | None = None
    ) -> None:
        """(name, content) as files below `folder`; no content: a folder. `hashes`: SHA-256 by name, for the times."""
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            for name, content in files:
                entry = tarfile.TarInfo(name)
                entry.uid = entry.gid = OWNER
                entry.mtime = validator_time((hashes or {}).get(name, "0"))
                entry.type, entry.mode = (tarfile.DIRTYPE, 0o755) if content is None else (tarfile.REGTYPE, 0o644)
                entry.size = len(content or b"")
                archive.addfile(entry, io.BytesIO(content or b""))
        if not container.put_archive(folder, out.getvalue()):
            raise UserError("the Docker daemon refused static files", f"{container.name}:{folder}", "read the daemon's log")


def validator_time(sha256: str) -> int:
    """Modification time in seconds since 1970, made of the content: Caddy's ETag is made of time and size alone.

    A fixed time gave two contents of one size the same ETag, so a changed file was answered 304.
    """
    return 1_700_000_000 - int(sha256[:7], 16)


def _names(asset: Asset) -> tuple[str, str, str]:
    return asset.file, f"{asset.file}.br", f"{asset.file}.gz"


def _batches(assets: Sequence[Asset]) -> Iterator[list[Asset]]:
    batch: list[Asset] = []
    size = 0
    for asset in assets:
        batch.append(asset)
        size += asset.size
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _with_compressed(assets: Sequence[Asset], root: Path) -> list[tuple[str, bytes | None]]:
    with ThreadPoolExecutor() as pool:
        return [entry for entries in pool.map(lambda asset: _variants(asset, root), assets) for entry in entries]


def _variants(asset: Asset, root: Path) -> list[tuple[str, bytes | None]]:
    content = (root / asset.file).read_bytes()
    if hashlib.sha256(content).hexdigest() != asset.sha256:
        raise UserError("a static file changed after the build", str(root / asset.file), "build again")
    found: list[tuple[str, bytes | None]] = [(asset.file, content)]
    if compressible(asset):
        found += [(f"{asset.file}.br", encoded(content, "br")), (f"{asset.file}.gz", encoded(content, "gzip"))]
    return found

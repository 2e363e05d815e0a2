"""Static files in a Docker volume, written through the archive API of the proxy's container.

No bind mount of a local folder, so it works with a daemon on another machine. An app's folder in the volume:

    static/           hashed files of all retained builds: an open tab finds its chunks
    builds/<mark>/    all files of one build; hashed ones, and those that did not change, are hard links.
                      The proxy serves public/ files out of the live build's folder, so they change with the traffic
    .nextcore.json    retained builds, newest first, with the hash of each file; written last
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.errors import APIError, NotFound
from docker.models.containers import Container

from nextcore.assets.manifest import html_last
from nextcore.assets.variants import stored_forms, stored_suffixes, validator_time
from nextcore.errors import UserError
from nextcore.oci.daemon import client, find_container
from nextcore.payload import Asset

BATCH_BYTES = 32 << 20  # a tar of one request; bounds the memory of client and daemon
OWNER = 65532
INDEX = ".nextcore.json"


def build_mark(manifest: str) -> str:
    """Name of a build's folder: 12 digits of its manifest's hash. The same files are the same folder."""
    return manifest.removeprefix("sha256:")[:12]


@dataclass(frozen=True)
class VolumeStore:
    """An app's folder in the assets volume that `container` has mounted at `mount`. `image`: the app's own."""

    container: str
    mount: str
    app: str
    image: str
    docker_host: str | None = None

    def builds(self) -> list[dict[str, Any]]:
        """Retained builds, newest first: {build, manifest, files: {path: sha256}}. Empty where nothing was released."""
        try:
            stream, _ = find_container(self.docker_host, self.container).get_archive(f"{self.mount}/{self.app}/{INDEX}")
        except NotFound:
            return []
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
            file = archive.extractfile(INDEX)
            found: list[dict[str, Any]] = json.loads(file.read()) if file else []
            return found

    def release(self, build: str, manifest: str, assets: Sequence[Asset], root: Path, retain: int) -> list[str]:
        """Add a build's files to those there are, verify them, then remove what no retained build needs.

        Returns the retained build ids. No file of an older build is touched before that build leaves the index. Cut off
        in the middle, the index still tells the old state and the next call writes what is missing.
        """
        builds = self.builds()
        container = find_container(self.docker_host, self.container)
        try:
            self._write(container, manifest, assets, root, builds)
        except APIError:
            self._write(container, manifest, assets, root, [])  # a link's target was gone: write every file
        entry = {"build": build, "manifest": manifest, "files": {asset.file: asset.sha256 for asset in assets}}
        kept = [entry, *[old for old in builds if old["manifest"] != manifest]][: max(1, retain)]
        self._write_index(container, kept)
        damaged = self._keep()
        if damaged:
            self._repair(container, manifest, assets, root, builds, kept)
        return [str(old["build"]) for old in kept]

    def _repair(
        self,
        container: Container,
        manifest: str,
        assets: Sequence[Asset],
        root: Path,
        builds: list[dict[str, Any]],
        kept: list[dict[str, Any]],
    ) -> None:
        """Somebody changed files that links were made to: write this build's anew; older builds lose what is damaged."""
        self._write(container, manifest, assets, root, [])
        damaged = set(self._keep())
        ours = damaged & {asset.file for asset in assets}
        if ours:
            self._write_index(container, builds)
            raise UserError(
                f"{len(ours)} static files did not arrive whole: {', '.join(sorted(ours)[:5])}",
                f"{self.container}:{self.mount}/{self.app}",
                "look for free space in the daemon's data folder, then run `pulumi up` again",
            )
        if damaged:
            whole = [{**b, "files": {f: sha for f, sha in b["files"].items() if f not in damaged}} for b in kept]
            self._write_index(container, whole)
            self._keep()

    def damaged(self) -> list[str]:
        """Files of the retained builds that are missing, or not what the index says."""
        return self._keep("--check")

    def forget(self) -> None:
        """Remove the app's files, where the volume is still there."""
        try:
            self._write_index(find_container(self.docker_host, self.container), [])
            self._keep()
        except (NotFound, APIError, UserError):
            return

    def _write(
        self, container: Container, manifest: str, assets: Sequence[Asset], root: Path, builds: Sequence[dict[str, Any]]
    ) -> None:
        """Files before links to them. A file that an older build has, with this content, becomes a link to that."""
        new = f"{self.app}/builds/{build_mark(manifest)}"
        origin = {
            (file, sha): f"{self.app}/builds/{build_mark(old['manifest'])}/{file}"
            for old in builds
            for file, sha in old["files"].items()
        }
        ordered = html_last(assets)
        missing = [asset for asset in ordered if (asset.file, asset.sha256) not in origin]
        with ThreadPoolExecutor() as pool:
            for part in _parts(missing):
                with _Batch(container, self.mount) as batch:
                    for asset, forms in zip(part, pool.map(lambda asset: stored_forms(asset, root), part), strict=True):
                        home = f"{self.app}/static/{asset.file}" if asset.immutable else f"{new}/{asset.file}"
                        for suffix, content in forms.items():
                            batch.file(home + suffix, content, asset.sha256)
        with _Batch(container, self.mount) as batch:
            for asset in ordered:
                known = origin.get((asset.file, asset.sha256))
                source = f"{self.app}/static/{asset.file}" if asset.immutable else known
                for suffix in stored_suffixes(asset):
                    target = f"{new}/{asset.file}{suffix}"
                    if source and source + suffix != target:
                        batch.link(target, source + suffix)

    def _write_index(self, container: Container, builds: list[dict[str, Any]]) -> None:
        with _Batch(container, self.mount) as batch:
            batch.file(f"{self.app}/{INDEX}", json.dumps(builds, sort_keys=True).encode(), "0")

    def _keep(self, *arguments: str) -> list[str]:
        """The app's executable, in a container without network, looks after the folder: no shell is needed for it."""
        daemon = client(self.docker_host)
        mounts = find_container(self.docker_host, self.container).attrs["Mounts"]
        volume = next((mount["Name"] for mount in mounts if mount["Destination"] == self.mount), None)
        container = daemon.containers.create(
            self.image,
            ["assets", f"{self.mount}/{self.app}", *arguments],
            network_mode="none",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            volumes={volume: {"bind": self.mount, "mode": "ro" if arguments else "rw"}},
            labels={"io.nextcore.one-off": "assets"},
        )
        try:
            container.start()
            code = int(container.wait()["StatusCode"])
            told = container.logs(stdout=True, stderr=False).decode().strip()
            if code not in (0, 1) or not told:
                raise UserError(
                    f"the check of static files ended with code {code}: {container.logs(tail=3).decode().strip()}",
                    f"{self.container}:{self.mount}/{self.app}",
                    "run `pulumi up` again",
                )
            found: list[str] = json.loads(told.splitlines()[-1])["damaged"]
            return found
        finally:
            container.remove(force=True)


class _Batch:
    """One archive, sent when the block ends. Folders come before what is in them."""

    def __init__(self, container: Container, mount: str) -> None:
        self._container, self._mount = container, mount
        self._out = io.BytesIO()
        self._archive = tarfile.open(fileobj=self._out, mode="w")  # noqa: SIM115
        self._folders: set[str] = set()

    def file(self, name: str, content: bytes, sha256: str) -> None:
        entry = self._entry(name, tarfile.REGTYPE, 0o644)
        entry.size, entry.mtime = len(content), validator_time(sha256)
        self._archive.addfile(entry, io.BytesIO(content))

    def link(self, name: str, target: str) -> None:
        entry = self._entry(name, tarfile.LNKTYPE, 0o644)
        entry.linkname = target
        self._archive.addfile(entry)

    def _entry(self, name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
        for folder in reversed(Path(name).parents):
            if str(folder) != "." and str(folder) not in self._folders:
                self._folders.add(str(folder))
                self._archive.addfile(self._entry_of(str(folder), tarfile.DIRTYPE, 0o755))
        return self._entry_of(name, kind, mode)

    @staticmethod
    def _entry_of(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode, entry.uid, entry.gid = kind, mode, OWNER, OWNER
        return entry

    def __enter__(self) -> _Batch:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._archive.close()
        if kind is None and self._folders:
            self._container.put_archive(self._mount, self._out.getvalue())


def _parts(assets: Sequence[Asset]) -> Iterator[list[Asset]]:
    part: list[Asset] = []
    size = 0
    for asset in assets:
        part.append(asset)
        size += asset.size
        if size >= BATCH_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part

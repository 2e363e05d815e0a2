"""One layer on a base: a deterministic image, its digest known before anything is pushed or loaded."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nextcore.leftovers import used
from nextcore.oci.base import BaseImage

MTIME = 1_700_000_000  # any constant: bytes must not tell when they were made
CREATED = "2023-11-14T22:13:20Z"
USER = "65532:65532"  # `nonroot` of distroless images
CHUNK = 1 << 20
ARCHITECTURES = {"x64": "amd64", "arm64": "arm64"}


@dataclass(frozen=True)
class ImageSpec:
    """What goes into an image: `program` at `path`, started as `entrypoint`; `helpers` beside it, by path."""

    base: BaseImage
    program: Path
    program_sha256: str
    path: str
    entrypoint: tuple[str, ...]
    arch: str
    labels: Mapping[str, str] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    helpers: Mapping[str, Path] = field(default_factory=dict)

    def config(self, diff_ids: list[str]) -> bytes:
        """The image config; its SHA-256 is the image id that a Docker daemon shows."""
        value = {
            "architecture": ARCHITECTURES[self.arch],
            "os": "linux",
            "created": CREATED,
            "config": {
                "User": USER,
                "Entrypoint": list(self.entrypoint),
                "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
                "WorkingDir": "/",
                "Labels": dict(sorted(self.labels.items())),
            },
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [{"created": CREATED, "created_by": "nextcore"}] * len(diff_ids),
        }
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True)
class BuiltImage:
    """A folder with config.json and the layers; `digest` is the config's, `sha256:<hex>`; `size` in bytes."""

    folder: Path
    digest: str
    layers: tuple[Path, ...]
    size: int

    @property
    def short(self) -> str:
        return self.digest.removeprefix("sha256:")[:12]


def build_image(spec: ImageSpec, out: Path) -> BuiltImage:
    """Write the image below `out`, in a folder named by what it is made of: the second call finds it there."""
    parts = [spec.base.key, spec.program_sha256, spec.path, spec.config([]).decode(), spec.volumes, sorted(spec.files.items())]
    if spec.helpers:
        parts.append([(path, file_sha256(helper)) for path, helper in sorted(spec.helpers.items())])
    key = json.dumps(parts)
    folder = out / hashlib.sha256(key.encode()).hexdigest()[:24]
    layer = folder / "layer.tar"
    if not (folder / "config.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _write_layer(spec, layer)
        (folder / "config.json").write_bytes(
            spec.config([*(part.diff_id for part in spec.base.layers), _sha256(layer)])
        )  # last: marks it whole
    used(folder)
    digest = f"sha256:{hashlib.sha256((folder / 'config.json').read_bytes()).hexdigest()}"
    layers = (*(part.path for part in spec.base.layers), layer)
    return BuiltImage(folder, digest, layers, sum(path.stat().st_size for path in layers))


def _write_layer(spec: ImageSpec, out: Path) -> None:
    with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as archive:
        parts = Path(spec.path.lstrip("/")).parts
        for depth in range(1, len(parts)):
            archive.addfile(_entry("/".join(parts[:depth]), tarfile.DIRTYPE, 0o755))
        for volume in spec.volumes:  # a new volume takes owner and mode from the image's folder
            folder = _entry(volume.lstrip("/"), tarfile.DIRTYPE, 0o755)
            folder.uid = folder.gid = int(USER.split(":", 1)[0])
            archive.addfile(folder)
        for name, text in sorted(spec.files.items()):
            content = _entry(name.lstrip("/"), tarfile.REGTYPE, 0o644)
            content.uid = content.gid = int(USER.split(":", 1)[0])
            content.size = len(text.encode())
            archive.addfile(content, io.BytesIO(text.encode()))
        for path, helper in sorted(spec.helpers.items()):
            _add_program(archive, path, helper)
        _add_program(archive, spec.path, spec.program)


def _add_program(archive: tarfile.TarFile, path: str, source: Path) -> None:
    entry = _entry(path.lstrip("/"), tarfile.REGTYPE, 0o755)
    entry.size = source.stat().st_size
    with source.open("rb") as file:
        archive.addfile(entry, file)


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.mtime = kind, mode, MTIME
    return entry


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hex."""
    return _sha256(path).removeprefix("sha256:")

"""An image as an OCI image layout, with what is attached to it: what a registry takes, its digest known before."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import zstandard

from nextcore.leftovers import used
from nextcore.oci.image import BuiltImage

Compression = Literal["gzip", "zstd"]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = {"gzip": "application/vnd.oci.image.layer.v1.tar+gzip", "zstd": "application/vnd.oci.image.layer.v1.tar+zstd"}
EMPTY = b"{}"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
GZIP_LEVEL = 6
ZSTD_LEVEL = 9
MEMBER_BYTES = 8 << 20  # members of one gzip file, compressed side by side; all of them together are one stream


@dataclass(frozen=True)
class Attachment:
    """A file that belongs to an image: pushed beside it as a referrer of its own type.

    `key` tells contents apart; `read` makes the content, and is called only where a layout is written.
    """

    artifact_type: str
    title: str
    key: str
    read: Callable[[], bytes]

    @classmethod
    def of(cls, artifact_type: str, title: str, content: bytes) -> Attachment:
        return cls(artifact_type, title, _digest(content), lambda: content)


@dataclass(frozen=True)
class Layout:
    """A folder in OCI image layout; `digest` is the image manifest's; `size` in bytes, compressed."""

    folder: Path
    digest: str
    size: int


def write_layout(image: BuiltImage, out: Path, compression: Compression, attachments: Sequence[Attachment] = ()) -> Layout:
    """Write `image` below `out`, in a folder named by what goes in: the second call finds it there."""
    key = json.dumps([image.digest, compression, GZIP_LEVEL, ZSTD_LEVEL, [item.key for item in attachments]])
    folder = out / f"oci-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
    if not (folder / "oci-layout").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _write(image, folder, compression, attachments)
    used(folder)
    index = json.loads((folder / "index.json").read_bytes())
    digest = index["manifests"][0]["digest"]
    manifest = json.loads(_blob(folder, digest).read_bytes())
    return Layout(folder, digest, sum(layer["size"] for layer in manifest["layers"]))


def _write(image: BuiltImage, folder: Path, compression: Compression, attachments: Sequence[Attachment]) -> None:
    config = _add(folder, (image.folder / "config.json").read_bytes(), CONFIG)
    layers = [_add_layer(folder, layer, compression) for layer in image.layers]
    subject = _add_manifest(folder, {"config": config, "layers": layers})
    referrers = []
    for item in attachments:
        described = {"title": item.title}
        layer = {**_add(folder, item.read(), item.artifact_type), "annotations": _annotations(described)}
        empty = _add(folder, EMPTY, EMPTY_TYPE)
        manifest = {"artifactType": item.artifact_type, "config": empty, "layers": [layer], "subject": subject}
        referrers.append({**_add_manifest(folder, manifest), "artifactType": item.artifact_type})
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [subject, *referrers]}
    (folder / "index.json").write_bytes(_json(index))
    (folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))  # last: marks it whole


def _add_manifest(folder: Path, parts: dict[str, Any]) -> dict[str, Any]:
    return _add(folder, _json({"schemaVersion": 2, "mediaType": MANIFEST, **parts}), MANIFEST)


def _add(folder: Path, content: bytes, media_type: str) -> dict[str, Any]:
    digest = _digest(content)
    path = _blob(folder, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _add_layer(folder: Path, layer: Path, compression: Compression) -> dict[str, Any]:
    compressed = _gzip(layer) if compression == "gzip" else _zstd(layer)
    return _add(folder, compressed, LAYER[compression])


def _gzip(path: Path) -> bytes:
    content = path.read_bytes()
    members = [content[start : start + MEMBER_BYTES] for start in range(0, len(content), MEMBER_BYTES)]
    with ThreadPoolExecutor() as pool:
        return b"".join(pool.map(lambda member: gzip.compress(member, GZIP_LEVEL, mtime=0), members))


def _zstd(path: Path) -> bytes:
    # The number of threads changes the bytes when it is 0 or 1 against more; two are two on every machine.
    return zstandard.ZstdCompressor(level=ZSTD_LEVEL, threads=2).compress(path.read_bytes())


def _annotations(values: dict[str, str]) -> dict[str, str]:
    return {f"org.opencontainers.image.{key}": value for key, value in values.items()}


def _blob(folder: Path, digest: str) -> Path:
    algorithm, _, value = digest.partition(":")
    return folder / "blobs" / algorithm / value


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

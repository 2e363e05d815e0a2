"""The base image's root file system: assembled from Debian packages, or copied from a registry by digest."""

from __future__ import annotations

import gzip
import hashlib
import json
import platform
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import zstandard

from nextcore.errors import UserError
from nextcore.oci import registry
from nextcore.places import cache_folder

BY_DIGEST = re.compile(r"^[^@\s]+@sha256:[0-9a-f]{64}$")
DEBIAN = "debian"
MACHINES = {"x86_64": "x64", "aarch64": "arm64"}  # by the names of Python and of the builder


@dataclass(frozen=True)
class BaseLayer:
    """One uncompressed layer and its SHA-256, `sha256:<hex>`."""

    path: Path
    diff_id: str


@dataclass(frozen=True)
class BaseImage:
    """Layers, lowest first; `name` says in labels what it is."""

    layers: tuple[BaseLayer, ...]
    name: str

    @property
    def key(self) -> str:
        return ",".join(layer.diff_id for layer in self.layers)


def base_image(reference: str, arch: str) -> BaseImage:
    """`debian`: what set-up assembled. Else an image of a registry, by digest; copied once, then kept."""
    if reference != DEBIAN:
        return registry_base(reference, arch)
    if arch != (own := MACHINES.get(platform.machine(), platform.machine())):
        raise UserError(
            f"the base `{DEBIAN}` is assembled for this machine's processor ({own}), the app is built for {arch}",
            "nextcore:image.base",
            "name a distroless image of a registry by digest",
        )
    return debian_base()


def debian_base(cache: Path | None = None) -> BaseImage:
    """The base that set-up assembled from Debian packages; its digest stands in its file name."""
    folder = (cache or cache_folder()) / "base"
    found = sorted(folder.glob("debian-*.tar"))
    if not found:
        raise UserError("there is no base image", str(folder), "run `make setup`")
    digest = f"sha256:{found[0].stem.removeprefix('debian-')}"
    return BaseImage((BaseLayer(found[0], digest),), f"debian packages, {digest}")


def registry_base(reference: str, arch: str) -> BaseImage:
    """The layers of `reference` (host/repository@sha256:…) for linux/`arch`, uncompressed, from the cache or the registry."""
    if not BY_DIGEST.match(reference):
        raise UserError(
            f"`{reference}` names no digest", "nextcore:image.base", "give it as host/repository@sha256:… or `debian`"
        )
    folder = cache_folder() / "base" / hashlib.sha256(f"{reference} {arch}".encode()).hexdigest()[:24]
    marker = folder / "layers.json"
    if not marker.exists():
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        registry.pull_layout(reference, partial, f"linux/{arch}")
        diff_ids = _unpack(partial)
        shutil.rmtree(folder, ignore_errors=True)
        (partial / marker.name).write_text(json.dumps(diff_ids))
        partial.rename(folder)
    layers = [BaseLayer(folder / f"{diff_id.removeprefix('sha256:')}.tar", diff_id) for diff_id in json.loads(marker.read_text())]
    return BaseImage(tuple(layers), reference)


def _unpack(folder: Path) -> list[str]:
    """Uncompress the layers of the one image in an OCI layout; their digests, lowest first, checked against its config."""
    blobs = folder / "blobs" / "sha256"
    blob = {path.name: path for path in blobs.iterdir()}
    index = json.loads((folder / "index.json").read_bytes())
    manifest = json.loads(blob[index["manifests"][0]["digest"].removeprefix("sha256:")].read_bytes())
    config = json.loads(blob[manifest["config"]["digest"].removeprefix("sha256:")].read_bytes())
    diff_ids: list[str] = config["rootfs"]["diff_ids"]
    for layer, diff_id in zip(manifest["layers"], diff_ids, strict=True):
        content = _uncompressed(blob[layer["digest"].removeprefix("sha256:")].read_bytes(), layer["mediaType"])
        if f"sha256:{hashlib.sha256(content).hexdigest()}" != diff_id:
            raise UserError("a layer of the base image is not what its config says", diff_id, "name another base image")
        (folder / f"{diff_id.removeprefix('sha256:')}.tar").write_bytes(content)
    return diff_ids


def _uncompressed(content: bytes, media_type: str) -> bytes:
    if media_type.endswith("gzip"):
        return gzip.decompress(content)
    if media_type.endswith("zstd"):
        return zstandard.ZstdDecompressor().decompressobj().decompress(content)
    return content

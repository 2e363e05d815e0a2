"""A release of a registry, taken out of it as if it had been built here: image, payload, static files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from nextcore.attachments import ASSETS, PAYLOAD, unpack
from nextcore.distribution import Distribution
from nextcore.errors import UserError
from nextcore.leftovers import used
from nextcore.oci import registry
from nextcore.oci.image import BuiltImage
from nextcore.oci.layout import Layout
from nextcore.payload import load_payload

WHOLE = "whole"  # written last


def promoted(reference: str, digest: str, out: Path) -> tuple[Distribution, BuiltImage, Layout]:
    """The release `digest` of `reference` (host/repository), kept below `out`: the second call asks nobody.

    UserError: it is not there, or was pushed without its payload or static files.
    """
    folder = out / f"release-{digest.removeprefix('sha256:')[:24]}"
    if not (folder / WHOLE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _fetch(reference, digest, folder)
        (folder / WHOLE).touch()
    used(folder)
    layout = folder / "layout"
    manifest = _json(_blob(layout, digest))
    layers = tuple(_blob(layout, layer["digest"]) for layer in manifest["layers"])
    size = sum(layer["size"] for layer in manifest["layers"])
    distribution = Distribution(folder / "dist", load_payload(folder / "dist" / "payload.json"), cached=True)
    return distribution, BuiltImage(layout, manifest["config"]["digest"], layers, size), Layout(layout, digest, size)


def _fetch(reference: str, digest: str, folder: Path) -> None:
    layout, dist = folder / "layout", folder / "dist"
    registry.pull_release(reference, digest, layout)
    manifests = _json(layout / "index.json")["manifests"]
    dist.mkdir()
    (dist / "payload.json").write_bytes(_attached(layout, manifests, digest, PAYLOAD, reference))
    unpack(_attached(layout, manifests, digest, ASSETS, reference), dist / "assets")


def _attached(layout: Path, manifests: list[dict[str, Any]], digest: str, artifact_type: str, reference: str) -> bytes:
    for described in manifests:
        manifest = _json(_blob(layout, described["digest"]))
        if manifest.get("artifactType") == artifact_type and manifest.get("subject", {}).get("digest") == digest:
            return _blob(layout, manifest["layers"][0]["digest"]).read_bytes()
    raise UserError(
        f"the image was pushed without its {artifact_type}",
        f"{reference}@{digest}",
        "promote an image that `pulumi up` of this program pushed; copy one between registries with `oras cp --recursive`",
    )


def _blob(layout: Path, digest: str) -> Path:
    algorithm, _, value = digest.partition(":")
    return layout / "blobs" / algorithm / value


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found

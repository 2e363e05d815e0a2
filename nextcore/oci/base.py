"""The base image's root file system."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nextcore.errors import UserError


@dataclass(frozen=True)
class BaseImage:
    """One uncompressed layer and its SHA-256, `sha256:<hex>`."""

    layer: Path
    diff_id: str


def debian_base(cache: Path | None = None) -> BaseImage:
    """The base that set-up assembled from Debian packages; its digest stands in its file name."""
    folder = (cache or Path(os.environ.get("NEXTCORE_CACHE") or Path.home() / ".cache" / "nextcore")) / "base"
    found = sorted(folder.glob("debian-*.tar"))
    if not found:
        raise UserError("there is no base image", str(folder), "run `make setup`")
    return BaseImage(found[0], f"sha256:{found[0].stem.removeprefix('debian-')}")

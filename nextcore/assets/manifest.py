"""Which files belong to a build: the payload's assets, with one hash over all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from nextcore.payload import Asset


def manifest_digest(assets: Sequence[Asset]) -> str:
    """`sha256:<hex>` over paths and contents. One value in the state, however many files there are."""
    lines = "".join(f"{asset.sha256} {asset.path}\n" for asset in sorted(assets, key=lambda asset: asset.path))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def html_last(assets: Sequence[Asset]) -> list[Asset]:
    """Order of upload: a page must not be visible before what it names."""
    return sorted(assets, key=lambda asset: (asset.content_type.startswith("text/html"), asset.path))


def change_text(before: Mapping[str, str], assets: Sequence[Asset]) -> str:
    """For previews: `3 new (0.1 MB), 1 changed (0.2 MB), 2 gone`. `before`: file to SHA-256 of the release there is."""
    new = [asset for asset in assets if asset.file not in before]
    changed = [asset for asset in assets if before.get(asset.file, asset.sha256) != asset.sha256]
    gone = len(set(before) - {asset.file for asset in assets})
    parts = [f"{len(found)} {what} ({_megabytes(found)})" for found, what in ((new, "new"), (changed, "changed")) if found]
    return ", ".join([*parts, *([f"{gone} gone"] if gone else [])]) or "none"


def _megabytes(assets: Sequence[Asset]) -> str:
    return f"{sum(asset.size for asset in assets) / 1e6:.1f} MB"


def size_text(count: int, size: int) -> str:
    """For previews: `34 files, 1.2 MB`."""
    return f"{count} {'file' if count == 1 else 'files'}, {size / 1e6:.1f} MB"

"""Which files belong to a build: the payload's assets, with one hash over all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from nextcore.payload import Asset


def manifest_digest(assets: Sequence[Asset]) -> str:
    """`sha256:<hex>` over paths and contents. One value in the state, however many files there are."""
    lines = "".join(f"{asset.sha256} {asset.path}\n" for asset in sorted(assets, key=lambda asset: asset.path))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def html_last(assets: Sequence[Asset]) -> list[Asset]:
    """Order of upload: a page must not be visible before what it names."""
    return sorted(assets, key=lambda asset: (asset.content_type.startswith("text/html"), asset.path))


def size_text(count: int, size: int) -> str:
    """For previews: `34 files, 1.2 MB`."""
    return f"{count} {'file' if count == 1 else 'files'}, {size / 1e6:.1f} MB"

"""A static file as a folder holds it: itself, and compressed where that pays."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nextcore.assets.compress import Encoding, compressible, encoded
from nextcore.errors import UserError
from nextcore.payload import Asset

SUFFIXES: dict[str, Encoding] = {".br": "br", ".gz": "gzip"}


def stored_suffixes(asset: Asset) -> tuple[str, ...]:
    """What is appended to the file's name, for each form of it that is stored."""
    return ("", *SUFFIXES) if compressible(asset) else ("",)


def stored_forms(asset: Asset, root: Path) -> dict[str, bytes]:
    """Suffix to content. UserError where the file is not the one that the payload names."""
    content = (root / asset.file).read_bytes()
    if hashlib.sha256(content).hexdigest() != asset.sha256:
        raise UserError("a static file changed after the build", str(root / asset.file), "build again")
    return {"": content} | {suffix: encoded(content, SUFFIXES[suffix]) for suffix in stored_suffixes(asset) if suffix}


def validator_time(sha256: str) -> int:
    """Modification time in seconds since 1970, made of the content: Caddy's ETag is made of time and size alone.

    A fixed time gave two contents of one size the same ETag, so a changed file was answered 304.
    """
    return 1_700_000_000 - int(sha256[:7], 16)

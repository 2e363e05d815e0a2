"""A static file as it is stored: itself, and compressed where that pays."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import brotli

from nextcore.errors import UserError
from nextcore.payload import Asset

COMPRESSED = (
    "text/",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
    "application/wasm",
)
WORTH_BYTES = 512  # below this the headers outweigh what compression saves
SUFFIXES = (".br", ".gz")


def is_compressed(asset: Asset) -> bool:
    """Whether .br and .gz lie beside it."""
    return asset.size >= WORTH_BYTES and asset.content_type.startswith(COMPRESSED)


def stored_suffixes(asset: Asset) -> tuple[str, ...]:
    """What is appended to the file's name, for each form of it that is stored."""
    return ("", *SUFFIXES) if is_compressed(asset) else ("",)


def stored_forms(asset: Asset, root: Path) -> dict[str, bytes]:
    """Suffix to content. UserError where the file is not the one that the payload names."""
    content = (root / asset.file).read_bytes()
    if hashlib.sha256(content).hexdigest() != asset.sha256:
        raise UserError("a static file changed after the build", str(root / asset.file), "build again")
    forms = {"": content}
    if is_compressed(asset):
        forms[".br"] = brotli.compress(content, quality=9)
        forms[".gz"] = gzip.compress(content, 9, mtime=0)
    return forms


def validator_time(sha256: str) -> int:
    """Modification time in seconds since 1970, made of the content: Caddy's ETag is made of time and size alone.

    A fixed time gave two contents of one size the same ETag, so a changed file was answered 304.
    """
    return 1_700_000_000 - int(sha256[:7], 16)

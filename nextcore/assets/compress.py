"""Which static files are worth compressing."""

from __future__ import annotations

import gzip
from typing import Literal

import brotli

from nextcore.payload import Asset

Encoding = Literal["identity", "gzip", "br"]
COMPRESSED = (
    "text/",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
    "application/wasm",
)
WORTH_BYTES = 512  # below this the headers outweigh what compression saves


def compressible(asset: Asset) -> bool:
    """Text, scripts, WebAssembly of some size; pictures, fonts and films are compressed already."""
    return asset.size >= WORTH_BYTES and asset.content_type.startswith(COMPRESSED)


def encoded(content: bytes, encoding: Encoding) -> bytes:
    """The same bytes for the same content: without a time in gzip's header."""
    if encoding == "br":
        return bytes(brotli.compress(content, quality=9))
    return gzip.compress(content, 9, mtime=0) if encoding == "gzip" else content

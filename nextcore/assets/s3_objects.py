"""What a static file is as an object: key, headers, encoding. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nextcore.assets.compress import Encoding, compressible, encoded
from nextcore.errors import UserError
from nextcore.payload import Asset

CDN_COMPRESSES_UP_TO = 10_000_000  # bytes; CloudFront leaves larger files as they are
STREAMED_BYTES = 16 << 20  # larger files go up in parts of 8 MiB and are never whole in memory


@dataclass(frozen=True)
class StoredFile:
    """An asset with the key it is stored under. `digest` covers content, headers and encoding."""

    key: str
    asset: Asset
    encoding: Encoding
    digest: str

    @property
    def html(self) -> bool:
        return self.asset.content_type.startswith("text/html")

    @property
    def streamed(self) -> bool:
        return self.encoding == "identity" and self.asset.size > STREAMED_BYTES

    def attributes(self) -> dict[str, str]:
        """Headers, and the content's hash as metadata: it tells after a cut-off upload what was stored already."""
        found = {
            "Content-Type": self.asset.content_type,
            "Cache-Control": self.asset.cache_control,
            "sha256": self.asset.sha256,
        }
        return found if self.encoding == "identity" else {**found, "Content-Encoding": self.encoding}

    def content(self, root: Path) -> bytes | Path:
        """What is sent. UserError where the file is not the one that was built."""
        file = root / self.asset.file
        if self.streamed:
            with file.open("rb") as stream:
                self._check(hashlib.file_digest(stream, "sha256").hexdigest(), file)
            return file
        content = file.read_bytes()
        self._check(hashlib.sha256(content).hexdigest(), file)
        return encoded(content, self.encoding)

    def _check(self, found: str, file: Path) -> None:
        if found != self.asset.sha256:
            raise UserError("a static file changed after the build", str(file), "build again")


def key_of(app: str, asset: Asset) -> str:
    """The key that an asset is stored under."""
    return f"{app}/{asset.file}"


def stored_files(app: str, assets: Iterable[Asset], wanted: Encoding) -> list[StoredFile]:
    """Each asset as it shall be in the bucket.

    Objects have one encoding for all clients, so only hashed files are stored compressed: browsers alone ask for
    them, and every browser takes gzip. The rest (robots.txt, pictures that the app reads) stays as it is.
    """
    return [_stored(app, asset, wanted) for asset in assets]


def _stored(app: str, asset: Asset, wanted: Encoding) -> StoredFile:
    encoding: Encoding = "identity"
    if asset.immutable and compressible(asset):
        encoding = "gzip" if wanted == "identity" and asset.size > CDN_COMPRESSES_UP_TO else wanted
    told = "\n".join((asset.sha256, asset.content_type, asset.cache_control, encoding))
    return StoredFile(key_of(app, asset), asset, encoding, hashlib.sha256(told.encode()).hexdigest()[:32])

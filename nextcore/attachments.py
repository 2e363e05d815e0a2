"""What is pushed beside an image, so that a release can be deployed again without its source."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

from nextcore.assets.manifest import manifest_digest
from nextcore.distribution import Distribution
from nextcore.errors import UserError
from nextcore.oci.base import base_image
from nextcore.oci.layout import Attachment
from nextcore.oci.sbom import with_base_packages

PAYLOAD = "application/vnd.nextcore.payload.v1+json"
ASSETS = "application/vnd.nextcore.assets.v1.tar+gzip"
SBOM = "application/vnd.cyclonedx+json"
GZIP_LEVEL = 6


def attachments(distribution: Distribution, base: str) -> tuple[Attachment, ...]:
    """The payload, the static files, and an SBOM of the app and of its base."""
    layers = base_image(base, distribution.payload.build.arch)
    sbom = with_base_packages(json.loads((distribution.dist / "sbom.json").read_bytes()), layers)
    files = manifest_digest(distribution.payload.assets)
    return (
        Attachment.of(PAYLOAD, "payload.json", (distribution.dist / "payload.json").read_bytes()),
        Attachment(ASSETS, "assets.tar.gz", files, lambda: pack(distribution.assets)),
        Attachment.of(SBOM, "sbom.cdx.json", json.dumps(sbom, sort_keys=True).encode()),
    )


def pack(folder: Path) -> bytes:
    """A tar.gz of the folder's files; the same files give the same bytes."""
    out = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=out, mode="wb", compresslevel=GZIP_LEVEL, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = tarfile.TarInfo(path.relative_to(folder).as_posix())
            member.size = path.stat().st_size
            with path.open("rb") as content:
                archive.addfile(member, content)
    return out.getvalue()


def unpack(packed: bytes, folder: Path) -> None:
    """Write the files of `pack` to `folder`. Nothing is written outside of it (tarfile's own filter came with 3.11.4)."""
    root = folder.resolve()
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        for member in archive:
            path, content = (root / member.name).resolve(), archive.extractfile(member)
            if content is None or root not in path.parents:
                raise UserError(
                    f"the archive holds {member.name}, which is no static file", str(folder), "push the release again"
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read())

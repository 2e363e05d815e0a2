"""The base of a static binary: what distroless calls `static`, taken out of the Debian base. No C library in it."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

from nextcore.oci.base import BaseImage, BaseLayer, debian_base

# Certificates, users, time zones and what the network is called. All of it is the same on every architecture.
KEPT = (
    "etc/passwd",
    "etc/group",
    "etc/nsswitch.conf",
    "etc/timezone",
    "etc/localtime",
    "etc/os-release",
    "etc/debian_version",
    "etc/protocols",
    "etc/services",
    "etc/mime.types",
    "etc/ssl/certs/ca-certificates.crt",
    "usr/lib/os-release",
    "usr/share/zoneinfo/",
    "home/nonroot",
    "root",
    "tmp",
    "dev",
    "proc",
    "run",
    "sys",
)
PACKAGES = ("base-files", "netbase", "tzdata", "media-types", "ca-certificates")  # for scanners, and their licences


def static_base(cache: Path | None = None) -> BaseImage:
    """A layer of 3 MB beside the Debian base that set-up made; the same bytes of the same base."""
    source = debian_base(cache).layers[0]
    folder = source.path.parent
    wanted = f"static-{source.diff_id.removeprefix('sha256:')[:16]}"
    found = sorted(folder.glob(f"{wanted}-*.tar"))
    if not found:
        content = _selected(source.path)
        path = folder / f"{wanted}-{hashlib.sha256(content).hexdigest()}.tar"
        partial = path.with_suffix(".partial")
        partial.write_bytes(content)
        partial.replace(path)
        found = [path]
    digest = f"sha256:{found[0].stem.rsplit('-', 1)[1]}"
    return BaseImage((BaseLayer(found[0], digest),), f"debian packages, static, {digest}")


def _selected(source: Path) -> bytes:
    out = io.BytesIO()
    with tarfile.open(source) as archive, tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as kept:
        for member in archive:
            if _is_kept(member.name.removeprefix("./").rstrip("/")):
                kept.addfile(member, archive.extractfile(member) if member.isfile() else None)
    return out.getvalue()


def _is_kept(name: str) -> bool:
    if any(name == kept.rstrip("/") or (kept.endswith("/") and name.startswith(kept)) for kept in KEPT):
        return True
    return any(name in (f"var/lib/dpkg/status.d/{package}", f"usr/share/doc/{package}/copyright") for package in PACKAGES)

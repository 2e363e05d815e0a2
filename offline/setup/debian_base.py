"""A base image's root file system from Debian packages, for machines that reach no image registry.

The content of distroless cc-debian12:nonroot: C and C++ runtime, TLS, CA certificates, time zones, users; no shell,
no package manager. Same packages in, same bytes out.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from offline.setup.apt import download
from offline.setup.places import Places
from offline.setup.report import step

PACKAGES = [
    "base-files",
    "netbase",
    "tzdata",
    "media-types",
    "libc6",
    "gcc-12-base",
    "libgcc-s1",
    "libssl3",
    "libstdc++6",
    "ca-certificates",
]
MTIME = 1_700_000_000  # any constant: the layer's digest must not tell when it was made
DROPPED = (
    "./usr/share/man/",
    "./usr/share/locale/",
    "./usr/share/lintian/",
    "./usr/share/bug/",
    "./usr/share/gcc/",
    "./usr/share/gdb/",
    "./usr/share/zoneinfo/right/",
    "./usr/lib/x86_64-linux-gnu/gconv/",
    "./lib/x86_64-linux-gnu/gconv/",
    "./usr/sbin/",
    "./sbin/",
    "./usr/bin/",
    "./bin/",
    "./etc/update-motd.d/",
    "./etc/init.d/",
)
TEXTS = {
    "./etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"
    "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
    "./etc/group": "root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n",
    "./etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nnetworks: files\nprotocols: files\nservices: files\n",
    "./etc/timezone": "Etc/UTC\n",
}
LINKS = {"./etc/localtime": "/usr/share/zoneinfo/Etc/UTC"}
FOLDERS = {
    "./tmp": (0o1777, 0),
    "./root": (0o700, 0),
    "./home/nonroot": (0o700, 65532),
    "./proc": (0o755, 0),
    "./sys": (0o755, 0),
    "./dev": (0o755, 0),
    "./run": (0o755, 0),
}


def wanted(name: str) -> bool:
    """Whether a package's file belongs in an image: no manuals, no programs, of the documentation the licences only."""
    if name.startswith(DROPPED) or f"{name}/" in DROPPED:
        return False
    return not name.startswith("./usr/share/doc/") or name.endswith("/copyright")


Entry = tuple[tarfile.TarInfo, bytes]


def _package_entries(deb: Path) -> Iterator[Entry]:
    data = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(deb)], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            yield member, file.read() if file else b""
    # Scanners read what is installed from here, as they do in distroless images.
    control = subprocess.run(["dpkg-deb", "-f", str(deb)], check=True, capture_output=True).stdout
    yield tarfile.TarInfo(f"./var/lib/dpkg/status.d/{deb.name.split('_')[0]}"), control


def _own_entries(certificates: bytes) -> Iterator[Entry]:
    yield tarfile.TarInfo("./etc/ssl/certs/ca-certificates.crt"), certificates  # the package's postinst would make it
    for name, text in TEXTS.items():
        yield tarfile.TarInfo(name), text.encode()
    for name, target in LINKS.items():
        link = tarfile.TarInfo(name)
        link.type, link.linkname = tarfile.SYMTYPE, target
        yield link, b""
    for name, (mode, owner) in FOLDERS.items():
        folder = tarfile.TarInfo(name)
        folder.type, folder.mode, folder.uid, folder.gid = tarfile.DIRTYPE, mode, owner, owner
        yield folder, b""


def assemble(debs: Sequence[Path]) -> bytes:
    """One tar of all packages, names sorted, owners and times fixed."""
    entries: dict[str, Entry] = {}
    for deb in debs:
        for member, data in _package_entries(deb):
            name = member.name.rstrip("/")
            if wanted(name):
                entries.setdefault(name, (member, data))
    certificates = b"".join(
        entries[n][1] for n in sorted(entries) if n.startswith("./usr/share/ca-certificates/") and n.endswith(".crt")
    )
    for member, data in _own_entries(certificates):
        entries[member.name] = (member, data)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(entries):
            member, data = entries[name]
            member.size, member.mtime, member.pax_headers = len(data), MTIME, {}
            member.uname = member.gname = ""
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def ensure_debian_base(places: Places) -> None:
    """base/debian-<sha256>.tar, once; a newer Debian point release comes only when the file is deleted."""
    if any(places.base.glob("debian-*.tar")):
        return
    with step("base image", f"downloading {len(PACKAGES)} Debian packages and assembling the root file system"):
        tar = assemble(download(PACKAGES, places.deb))
        places.base.mkdir(parents=True, exist_ok=True)
        partial = places.base / ".partial"
        partial.write_bytes(tar)
        partial.replace(places.base / f"debian-{hashlib.sha256(tar).hexdigest()}.tar")

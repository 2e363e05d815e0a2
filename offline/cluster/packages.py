"""The parts that come as Debian packages: the container runtime, CNI plugins, and what sets up networks."""

from __future__ import annotations

import shutil
from pathlib import Path

from offline.setup import apt

CNI_PLUGINS = Path("/usr/lib/cni")
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
PROGRAM_TO_PACKAGE = {
    "runc": "runc",  # not crun: Debian 12's refuses the runtime spec that containerd 2.3 writes
    "iptables": "iptables",
    "nft": "nftables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "openssl": "openssl",
    "mount": "mount",
}


def ensure_packages() -> None:
    """Install what is missing."""
    missing = [package for program, package in PROGRAM_TO_PACKAGE.items() if shutil.which(program, path=SYSTEM_PATH) is None]
    if not (CNI_PLUGINS / "bridge").exists():
        missing.append("containernetworking-plugins")
    if missing:
        apt.install("cluster packages", missing)

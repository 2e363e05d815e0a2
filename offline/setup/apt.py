"""Debian packages: installed for this machine, or downloaded as files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from offline.setup.report import SetupError, run, step


def _as_root() -> list[str]:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        return ["sudo"]
    raise SetupError("Debian packages must be installed and this user is neither root nor has sudo", "run `make setup` as root")


def update() -> None:
    """Bring apt's lists up to date."""
    run([*_as_root(), "apt-get", "update"], hint="check that Debian's mirrors can be reached")


def install(name: str, packages: Sequence[str]) -> None:
    """Install packages, without what they only recommend."""
    with step(name, f"installing Debian's {', '.join(packages)}"):
        update()
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run(
            [*_as_root(), "apt-get", "install", "-y", "--no-install-recommends", *packages],
            env=env,
            hint="look at apt's words above, then run `make setup` again",
        )


def download(packages: Sequence[str], folder: Path) -> list[Path]:
    """The packages' newest .deb files in `folder`, in the order asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    if not Path("/var/lib/apt/lists").is_dir() or not any(Path("/var/lib/apt/lists").glob("*Packages*")):
        update()
    run(["apt-get", "download", *packages], cwd=folder, hint="run `apt-get update`, then `make setup` again")
    return [max(folder.glob(f"{package}_*.deb"), key=lambda p: p.stat().st_mtime) for package in packages]

"""Debian's programs unpacked below the cache instead of installed: no root is needed and the machine stays as it is."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from offline.setup import apt
from offline.setup.places import Places, places
from offline.setup.report import SetupError, run, tell


def unpack(names: Callable[[], Sequence[str]], debs: Path, root: Path) -> None:
    """The packages that `names` tells, kept in `debs`, as one tree at `root`."""
    root.mkdir(parents=True, exist_ok=True)
    for deb in _packages(names, debs):
        run(["dpkg-deb", "--extract", deb, root], hint="delete the package's file and run again")


def _packages(names: Callable[[], Sequence[str]], debs: Path) -> Sequence[Path]:
    try:
        return apt.download(names(), debs)
    except (SetupError, subprocess.CalledProcessError):
        apt.update()  # no lists yet, or lists that name a version which the mirror has replaced
        return apt.download(names(), debs)


def write_program(file: Path, text: str) -> None:
    """An executable script; appears whole or not at all, so that a cut-off unpacking is done again."""
    partial = file.with_name(f".{file.name}.partial")
    partial.write_text(text)
    partial.chmod(0o755)
    partial.replace(file)


def print_path(ensure: Callable[[Places], Path]) -> int:
    """A command's `main`: the path on stdout, or what went wrong on stderr."""
    try:
        print(ensure(places()))
    except SetupError as error:
        tell(error)
        return 1
    return 0

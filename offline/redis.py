"""A Redis server for tests, from Debian's packages: `python3 -m offline.redis` prints its path.

Unpacked below the cache and not installed, as Chromium is. Set-up leaves it out: only tests of the shared cache need it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from offline.setup import apt
from offline.setup.places import Places, places
from offline.setup.report import SetupError, run, step, tell

PACKAGES = ("redis-server", "redis-tools", "libatomic1", "libjemalloc2", "liblzf1")
PROGRAMS = ("redis-server", "redis-cli")

WRAPPER = """#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
export LD_LIBRARY_PATH="$(echo "$root"/usr/lib/*-linux-gnu)"
exec "$root/usr/bin/%s" "$@"
"""


def _packages(folder: Path) -> list[Path]:
    try:
        return apt.download(PACKAGES, folder)
    except SetupError:
        apt.update()  # lists that name a version which the mirror has replaced
        return apt.download(PACKAGES, folder)


def ensure_redis(at: Places) -> Path:
    """The path of the server; redis-cli is beside it. A newer one comes when the cache's redis folder is deleted."""
    home = at.cache / "redis"
    if not all((home / name).exists() for name in PROGRAMS):
        with step("redis", f"downloading Debian's redis-server and unpacking it below {home}"):
            (home / "root").mkdir(parents=True, exist_ok=True)
            for deb in _packages(at.deb / "redis"):
                run(["dpkg-deb", "--extract", deb, home / "root"], hint="delete the package's file and run again")
            for name in PROGRAMS:
                partial = home / f".{name}.partial"
                partial.write_text(WRAPPER % name)
                partial.chmod(0o755)
                partial.replace(home / name)
    return home / PROGRAMS[0]


def main() -> int:
    try:
        print(ensure_redis(places()))
    except SetupError as error:
        tell(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

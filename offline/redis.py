"""A Redis server for tests, from Debian's packages: `python3 -m offline.redis` prints its path.

Unpacked below the cache and not installed, as Chromium is. Set-up leaves it out: only tests of the shared cache need it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from offline.setup.places import Places
from offline.setup.report import step
from offline.unpacked import print_path, unpack, write_program

PACKAGES = ("redis-server", "redis-tools", "libatomic1", "libjemalloc2", "liblzf1")
PROGRAMS = ("redis-server", "redis-cli")

WRAPPER = """#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
export LD_LIBRARY_PATH="$(echo "$root"/usr/lib/*-linux-gnu)"
exec "$root/usr/bin/%s" "$@"
"""


def ensure_redis(at: Places) -> Path:
    """The path of the server; redis-cli is beside it. A newer one comes when the cache's redis folder is deleted."""
    home = at.cache / "redis"
    if not all((home / name).exists() for name in PROGRAMS):
        with step("redis", f"downloading Debian's redis-server and unpacking it below {home}"):
            unpack(lambda: PACKAGES, at.deb / "redis", home / "root")
            for name in PROGRAMS:
                write_program(home / name, WRAPPER % name)
    return home / PROGRAMS[0]


if __name__ == "__main__":
    sys.exit(print_path(ensure_redis))

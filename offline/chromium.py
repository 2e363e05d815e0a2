"""A headless Chromium for the browser tests, from Debian's packages: `python3 -m offline.chromium` prints its path.

Unpacked below the cache and not installed: no root is needed and the machine stays as it is. Set-up leaves it out,
as only `make browser-test` needs its 90 MB. NEXTCORE_CHROMIUM names a browser of your own instead.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from offline.setup.places import Places
from offline.setup.report import SetupError, step
from offline.unpacked import print_path, unpack, write_program

BROWSER = "chromium-headless-shell"
PROGRAM = Path("usr/lib/chromium/chromium-headless-shell")
FONTS = "fonts-dejavu-core"  # without any font Chromium draws nothing and says so on each page
# The machine's own C library, loader included, must be one; the rest is for desktops and installers.
LEFT_OUT = frozenset({"libc6", "debconf", "cdebconf", "dpkg", "x11-utils", "xdg-utils"})
DEPENDENCY = re.compile(r"^ (?P<alternative>[ |])(?:Pre)?Depends: (?P<name>[^<\s]\S*)$")
OWN = "NEXTCORE_CHROMIUM"

# One folder for all libraries would hide which are Debian's; NSS looks for its modules beside itself and in nss/.
WRAPPER = """#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
lib=$(echo "$root"/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH="$lib:$lib/nss:$root/lib/${lib##*/}:$lib/pulseaudio"
export FONTCONFIG_SYSROOT="$root"
exec "$root/%s" "$@"
"""


def _depends(packages: Iterable[str]) -> set[str]:
    """Direct dependencies; of alternatives the first."""
    words = subprocess.run(["apt-cache", "depends", "--important", *packages], check=True, capture_output=True, text=True).stdout
    found: set[str] = set()
    chosen = False
    for line in words.splitlines():
        match = DEPENDENCY.match(line)
        if match is None:
            continue
        if not chosen:
            found.add(match["name"])
        chosen = match["alternative"] == "|"  # the next line is another way to satisfy the same one
    return found


def closure() -> list[str]:
    """Every package that the browser needs and a bare Debian might lack, in a stable order."""
    known: set[str] = set()
    level = {BROWSER, FONTS}
    while level:
        known |= level
        level = _depends(sorted(level)) - known - LEFT_OUT
    return sorted(known)


def ensure_chromium(at: Places) -> Path:
    """The path of a program that is Chromium. A newer one comes when the cache's chromium folder is deleted."""
    if chosen := os.environ.get(OWN):
        if not os.access(chosen, os.X_OK):
            raise SetupError(f"{OWN} names no program: {chosen}", f"correct {OWN} or unset it")
        return Path(chosen)
    home = at.cache / "chromium"
    program = home / "chromium"
    if program.exists():
        return program
    with step("chromium", f"downloading Debian's {BROWSER} with its libraries and unpacking them below {home}"):
        unpack(closure, at.deb / "chromium", home / "root")
        write_program(program, WRAPPER % PROGRAM)
    return program


if __name__ == "__main__":
    sys.exit(print_path(ensure_chromium))

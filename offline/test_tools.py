"""Debian's programs that tests need beside what set-up brings, installed for this machine: `python3 -m offline.test_tools`.

For CI, where no test may be skipped; on a machine of one's own a test that lacks one says so and is skipped.
"""

from __future__ import annotations

import shutil
import sys

from offline.setup.apt import install
from offline.setup.report import SetupError, tell

PACKAGES = {"cc": ("gcc", "libc6-dev"), "strace": ("strace",), "systemd-analyze": ("systemd",)}


def main() -> int:
    wanted = [package for program, packages in PACKAGES.items() if shutil.which(program) is None for package in packages]
    try:
        if wanted:
            install("test tools", wanted)
    except SetupError as error:
        tell(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

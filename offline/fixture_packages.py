"""npm packages of an app that only tests need: `python3 -m offline.fixture_packages FOLDER`. No script of theirs runs."""

from __future__ import annotations

import sys

from offline.setup.node_packages import ensure_packages
from offline.setup.places import places
from offline.setup.report import SetupError, tell


def main(arguments: list[str]) -> int:
    try:
        for folder in arguments:
            ensure_packages(places(), folder, scripts=False)
    except SetupError as error:
        tell(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

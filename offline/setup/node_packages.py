"""npm packages of the builder and of the example apps, from their lock files."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from offline.setup.places import Places
from offline.setup.report import SetupError, run_within, step

# The storefront's take 10 to 40 s. npm waits without end for a registry that stops in the middle of a package.
SECONDS = 400
ATTEMPTS = 3


def ensure_packages(places: Places, folder: str, *, scripts: bool = True) -> None:
    """`npm ci` in `folder` unless node_modules was made from this lock file already; `scripts`: those of the packages run."""
    root = places.repo / folder
    lock = root / "package-lock.json"
    stamp = root / "node_modules" / ".made-from"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if shutil.which("npm") is None:
        raise SetupError("there is no npm", "install Node.js 20 or newer")
    with step("npm", f"installing the packages of {folder}"):
        # The lock files name no registry, so npm asks for each package's page, unless its cache may answer.
        command: list[str | Path] = ["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline"]
        hint = "check that the npm registry can be reached, then run the same command again"
        run_within(SECONDS, ATTEMPTS, [*command, *([] if scripts else ["--ignore-scripts"])], cwd=root, hint=hint)
        stamp.write_text(wanted)

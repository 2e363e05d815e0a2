"""npm packages of the builder and of the example apps, from their lock files."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from offline.setup.places import Places
from offline.setup.report import SetupError, run, step


def ensure_packages(places: Places, folder: str) -> None:
    """`npm ci` in `folder` unless node_modules was made from this lock file already."""
    root = places.repo / folder
    lock = root / "package-lock.json"
    stamp = root / "node_modules" / ".made-from"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if shutil.which("npm") is None:
        raise SetupError("there is no npm", "install Node.js 20 or newer")
    with step("npm", f"installing the packages of {folder}"):
        command: list[str | Path] = ["npm", "ci", "--no-audit", "--no-fund"]
        run(command, cwd=root, hint="check that the npm registry can be reached, then run `make setup` again")
        stamp.write_text(wanted)

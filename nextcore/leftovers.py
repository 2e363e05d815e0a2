"""What earlier builds left in a stack's build folder: an image of 190 MB for each."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

UNUSED_SECONDS = 600  # another command of this stack may just be sending one to a far daemon


def used(folder: Path) -> None:
    """Mark an image's or a release's folder as used now."""
    os.utime(folder)


def remove_unused(work: Path) -> None:
    """Remove the images and releases below a stack's build folder that no run has used for a while."""
    oldest = time.time() - UNUSED_SECONDS
    for folder in [*(work / "images").glob("*"), *work.glob("release-*")]:
        if folder.is_dir() and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)

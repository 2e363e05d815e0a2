"""Where this machine keeps what set-up made."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """NEXTCORE_CACHE, else ~/.cache/nextcore; as set-up has it (offline/setup/places.py)."""
    return Path(os.environ.get("NEXTCORE_CACHE") or Path.home() / ".cache" / "nextcore")

"""Shared by all tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nextcore.places import cache_folder

REPO = Path(__file__).resolve().parents[1]


def need(tool: str) -> str:
    """The tool's path; without it the test is skipped, and in CI it fails."""
    found = shutil.which(tool, path=f"{cache_folder() / 'bin'}:{os.environ['PATH']}")
    if found is None:
        message = f"{tool} is missing: run `make setup`"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture
def tool() -> Callable[[str], str]:
    return need

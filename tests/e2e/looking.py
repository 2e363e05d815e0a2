"""What the tests look at: pages, containers, conditions with a deadline."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from tests.e2e.conftest import Deployment

CHUNK = re.compile(r"/_next/static/[^\"\\]+\.js")


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, ""


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def app_container(deployment: Deployment) -> str:
    (name,) = [name for name in deployment.containers() if name.startswith("e2e-shop-")]
    return name


def images(repository: str) -> list[str]:
    """Ids of the daemon's images of this name."""
    command = ["docker", "images", "--quiet", "--no-trunc", repository]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def inspect(name: str) -> dict[str, Any]:
    told = subprocess.run(["docker", "inspect", name], check=True, capture_output=True, text=True).stdout
    (found,) = json.loads(told)
    value: dict[str, Any] = found
    return value

"""versitygw, a real S3 server in one process, for tests: own folder, own port, taken away at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import pytest

from offline.services.ports import free_address
from offline.services.versitygw import NAME, ensure_versitygw
from offline.setup.places import places

ACCESS_KEY, SECRET_KEY, REGION = "tests", "tests-secret", "us-east-1"
START_SECONDS = 20


@dataclass(frozen=True)
class S3Server:
    """Endpoint of a running server."""

    endpoint: str

    def session(self, secret: str = SECRET_KEY) -> boto3.Session:
        return boto3.Session(aws_access_key_id=ACCESS_KEY, aws_secret_access_key=secret, region_name=REGION)

    @cached_property
    def client(self) -> Any:
        return self.session().client("s3", endpoint_url=self.endpoint)


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")


def program() -> Path:
    """Built from Go modules where it is not there yet."""
    at = places()
    if not (at.bin / NAME).exists() and shutil.which("go") is None:
        message = "versitygw is missing, and go to build it"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return ensure_versitygw(at)


@contextmanager
def running(folder: Path) -> Iterator[S3Server]:
    data, log, port = folder / "data", folder / "log", int(free_address().rpartition(":")[2])
    data.mkdir(parents=True)
    env = {**os.environ, "ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY}
    command = [str(program()), "--port", f"127.0.0.1:{port}", "--keep-alive", "--quiet", "posix", str(data)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
        try:
            wait_for_port(port, process, log)
            yield S3Server(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(10)

"""A real registry that wants a login, on a free port of this machine."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from offline.services.ports import free_address
from offline.setup.go_tools import REGISTRY, build
from offline.setup.places import places
from tests.conftest import need

USER, PASSWORD = "pusher", "pushing-is-allowed"
HTPASSWD = f"{USER}:$2b$05$Wcbrhhabb2sQKNpMHxnMhOrNzOzGB1IOd0ovPER62adVofyyRDbLS\n"
CONFIG = """version: 0.1
storage:
  filesystem: {{rootdirectory: {folder}/data}}
http: {{addr: "127.0.0.1:{port}", secret: none}}
auth:
  htpasswd: {{realm: test, path: {folder}/htpasswd}}
log: {{level: warn}}
"""


@dataclass(frozen=True)
class Registry:
    """`host` is host:port; `docker_config` a folder whose config.json has the login."""

    host: str
    docker_config: Path


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, "the registry ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the registry does not listen")


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    need("go")
    program = places().bin / "registry"
    build(REGISTRY, places(), program)
    folder = tmp_path_factory.mktemp("registry")
    port = int(free_address().rpartition(":")[2])
    (folder / "htpasswd").write_text(HTPASSWD)
    (folder / "config.yaml").write_text(CONFIG.format(folder=folder, port=port))
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {f"127.0.0.1:{port}": {"auth": login}}}))
    env = {"OTEL_TRACES_EXPORTER": "none", "PATH": ""}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", folder / "config.yaml"], stdout=log, stderr=log, env=env)
    try:
        _wait(port, process)
        yield Registry(f"127.0.0.1:{port}", folder)
    finally:
        process.terminate()
        process.wait(10)

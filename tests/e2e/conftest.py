"""One stack of its own on the real daemon: own names, own port, own state; taken away at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from pulumi import automation

from tests.conftest import REPO, need
from tests.registry.conftest import registry

__all__ = ["registry"]

PORT = 18080
NAME = "nextcore-e2e"


@dataclass
class Deployment:
    """The stack, and the app's folder and settings that a test may change."""

    stack: automation.Stack
    app: Path
    file: Path
    env: dict[str, str]
    scratch: Path

    @property
    def dist(self) -> Path:
        return REPO / ".nextcore/build/e2e-docker/dist"

    @contextmanager
    def setting(self, key: str, value: object) -> Iterator[None]:
        """`nextcore:<key>` of the stack's file is `value` within the block."""
        before = self.file.read_text()
        config = yaml.safe_load(before)
        config["config"][f"nextcore:{key}"] = value
        self.file.write_text(yaml.safe_dump(config))
        try:
            yield
        finally:
            self.file.write_text(before)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{PORT}"

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.app / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new))

    def containers(self) -> list[str]:
        return self._containers("--all")

    def running(self) -> list[str]:
        return self._containers()

    @staticmethod
    def _containers(*options: str) -> list[str]:
        command = ["docker", "ps", *options, "--filter", f"network={NAME}-network", "--format", "{{.Names}}"]
        return sorted(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the storefront. Packages are linked hard: a build may not leave the app's own folder."""
    folder = tmp_path_factory.mktemp("app") / "storefront"
    shutil.copytree(REPO / "examples/storefront", folder, ignore=shutil.ignore_patterns("node_modules", ".next"), symlinks=True)
    packages = REPO / "examples/storefront/node_modules"
    try:
        shutil.copytree(packages, folder / "node_modules", symlinks=True, copy_function=os.link)
    except (OSError, shutil.Error):  # another file system
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        shutil.copytree(packages, folder / "node_modules", symlinks=True)
    return folder


@pytest.fixture(scope="session")
def deployment(app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    for tool in ("pulumi", "docker", "node"):
        need(tool)
    settings = {
        "app": {"path": str(app), "name": "e2e-shop"},
        "env": {"STOREFRONT_SESSION_SECRET": "test"},
        "proxy": {"name": NAME, "httpPort": PORT},
    }
    file = REPO / "stacks" / "Pulumi.e2e-docker.yaml"
    file.write_text(yaml.safe_dump({"config": {f"nextcore:{key}": value for key, value in settings.items()}}))
    env = {
        "PULUMI_BACKEND_URL": f"file://{tmp_path_factory.mktemp('state')}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "",
    }
    stack = automation.create_or_select_stack(
        "e2e-docker", work_dir=str(REPO), opts=automation.LocalWorkspaceOptions(env_vars=env)
    )
    try:
        stack.up()
        yield Deployment(stack, app, file, env, tmp_path_factory.mktemp("scratch"))
    finally:
        stack.destroy()
        file.unlink(missing_ok=True)
        shutil.rmtree(REPO / ".nextcore/build/e2e-docker", ignore_errors=True)

"""The local cluster, and one stack of its own on it; the cluster is stopped afterwards unless it ran before."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import automation

from offline.cluster.kubectl import Kubectl
from offline.cluster.places import GATEWAY, REGISTRY, ClusterPlaces
from offline.cluster.store import cluster_store
from offline.processes import wait_for
from offline.setup.places import places as setup_places
from tests.conftest import REPO, need
from tests.e2e.conftest import app

__all__ = ["app"]

NAME = "e2e-shop"
STACK = "e2e-knative"
BUCKET = "e2e-shop-files"
SHOP = re.compile(r"shop-[0-9a-f]{10}")


def cluster(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "offline.cluster", *arguments], cwd=REPO, check=True)


@pytest.fixture(scope="session")
def places() -> ClusterPlaces:
    return ClusterPlaces(setup_places())


@pytest.fixture(scope="session")
def ran_before(places: ClusterPlaces) -> bool:
    return places.kubeconfig.exists() and Kubectl(places).succeeds("get", "--raw=/readyz")


@pytest.fixture(scope="session")
def kubectl(places: ClusterPlaces, ran_before: bool) -> Kubectl:
    """Of a cluster that runs: one that ran before stays as it was. `ran_before` comes first: it must look before `up`."""
    if os.geteuid() != 0:
        message = "root is missing: the cluster makes a bridge and mounts"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    need("go")
    cluster("up")
    return Kubectl(places)


def ask(host: str, path: str = "/", method: str = "GET") -> tuple[int, str]:
    """A request through Knative's own gateway, which tells services apart by Host."""
    request = urllib.request.Request(GATEWAY + path, headers={"Host": host}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode(errors="replace")


@dataclass
class Deployment:
    """The stack, and the app's folder and settings that a test may change."""

    stack: automation.Stack
    app: Path
    file: Path
    env: dict[str, str]
    kubectl: Kubectl

    @contextmanager
    def setting(self, **settings: object) -> Iterator[None]:
        """`nextcore:<key>` of the stack's file is `value` within the block."""
        before = self.file.read_text()
        config = yaml.safe_load(before)
        config["config"] |= {f"nextcore:{key}": value for key, value in settings.items()}
        self.file.write_text(yaml.safe_dump(config))
        try:
            yield
        finally:
            self.file.write_text(before)

    def output(self, name: str) -> str:
        return str(self.stack.outputs()[name].value)

    @property
    def address(self) -> str:
        """Host of the Caddy that routes inside the cluster; its Service's address is reached from this machine too."""
        return self.output("url").removeprefix("http://")

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.app / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new))

    def get(self, *arguments: str) -> Any:
        return json.loads(self.kubectl("-n", NAME, "get", *arguments, "-o", "json"))

    def pods(self) -> int:
        """Of the app, those that are going included."""
        return len(self.get("pods", "-l", f"serving.knative.dev/service={NAME}")["items"])

    def sleeps(self, seconds: float = 120) -> bool:
        """Whether the app is scaled to zero within this time."""
        return wait_for(lambda: self.pods() == 0, seconds)


@pytest.fixture(scope="session")
def deployment(
    app: Path, kubectl: Kubectl, places: ClusterPlaces, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    for tool in ("pulumi", "node", "oras"):
        need(tool)
    store = cluster_store(places)
    settings = {
        "target": "knative",
        "app": {"path": str(app), "name": NAME},
        "env": {"STOREFRONT_SESSION_SECRET": "test"},
        "registry": f"http://{REGISTRY}/e2e",
        "s3": {"bucket": BUCKET, "endpoint": store.url, "region": "us-east-1", "protect": False},
        # As fast to zero as Knative goes; the grace period of its own is 30 s.
        "knative": {"scale": {"window": 6, "scaleDownDelay": 0}, "timeouts": {"deploy": 45}},
    }
    file = REPO / "stacks" / f"Pulumi.{STACK}.yaml"
    file.write_text(yaml.safe_dump({"config": {f"nextcore:{key}": value for key, value in settings.items()}}))
    keys = store.credentials()
    env = {
        "PULUMI_BACKEND_URL": f"file://{tmp_path_factory.mktemp('state')}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "",
        "KUBECONFIG": str(places.kubeconfig),
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_REGION": "us-east-1",
    }
    options = automation.LocalWorkspaceOptions(env_vars=env)
    stack = automation.create_or_select_stack(STACK, work_dir=str(REPO), opts=options)
    try:
        stack.up()
        yield Deployment(stack, app, file, env, kubectl)
    finally:
        stack.destroy()
        file.unlink(missing_ok=True)
        shutil.rmtree(REPO / f".nextcore/build/{STACK}", ignore_errors=True)

"""The whole product by one stack: front end, Go API, PostgreSQL, an S3 server with the API's own identity."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import automation

from offline.services import postgres
from offline.services.ports import free_address
from offline.services.versitygw import Credentials, S3Server
from offline.setup.node_packages import ensure_packages
from offline.setup.places import places
from tests.conftest import REPO, need
from tests.e2e.product.browser import Answer, Network
from tests.e2e.product.targets import OnCluster, OnDocker, Target

ORIGINALS, DERIVED = "product-originals", "product-derived"
OVERLAP = "90s"
LOCAL_ORIGIN = "http://localhost:3000"
IDENTITY = "product-api"
TARGET = os.environ.get("NEXTCORE_TARGET") or "docker"
STACK = f"e2e-product-{TARGET}"
# The kubelet tells a container's start in whole seconds only.
collect_ignore = ["test_3_docker.py"] if TARGET == "knative" else []


@dataclass
class Product:
    """The stack, its file, and the S3 server with its owner's credentials."""

    stack: automation.Stack
    file: Path
    store: S3Server
    owner: Credentials
    target: Target

    @cached_property
    def network(self) -> Network:
        return Network(self.url, self.target.address())

    @property
    def url(self) -> str:
        return self.target.url

    def ask(self, method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        return self.network.ask(method, url, body, headers)

    def set(self, key: str, value: Any) -> None:
        """`nextcore:<key>` of the stack's file."""
        found = yaml.safe_load(self.file.read_text()) if self.file.exists() else {}
        found.setdefault("config", {})[f"nextcore:{key}"] = value
        self.file.write_text(yaml.safe_dump(found))


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    target: Target = OnCluster() if TARGET == "knative" else OnDocker()
    for tool in ("pulumi", "node", "go", *target.tools):
        need(tool)
    ensure_packages(places(), "examples/product")
    host, scratch = target.this_machine(), tmp_path_factory.mktemp("product")
    file = REPO / "stacks" / f"Pulumi.{STACK}.yaml"
    file.unlink(missing_ok=True)
    with ExitStack() as ends:
        database = ends.enter_context(postgres.running(free_address(host)))
        store = S3Server(places(), scratch / "s3", free_address(host))
        store.start()
        ends.callback(store.stop)
        owner, identity = store.credentials(), store.add_user(IDENTITY)
        state = scratch / "state"
        state.mkdir()
        env = {
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_CONFIG_PASSPHRASE_FILE": "",
            "AWS_ACCESS_KEY_ID": owner.access_key,
            "AWS_SECRET_ACCESS_KEY": owner.secret_key,
            "AWS_REGION": "us-east-1",
            **target.env(),
        }
        stack = automation.create_or_select_stack(STACK, work_dir=str(REPO), opts=automation.LocalWorkspaceOptions(env_vars=env))
        found = Product(stack, file, store, owner, target)
        ends.callback(shutil.rmtree, REPO / ".nextcore/build" / STACK, ignore_errors=True)
        ends.callback(file.unlink, missing_ok=True)
        for key, value in {**settings(store), **target.settings(store.url)}.items():
            found.set(key, value)
        api_secrets = {
            "DATABASE_URL": database.url,
            "S3_ACCESS_KEY_ID": identity.access_key,
            "S3_SECRET_ACCESS_KEY": identity.secret_key,
        }
        for key, value in api_secrets.items():
            stack.set_config(f"nextcore:apiSecrets.{key}", automation.ConfigValue(value, secret=True), path=True)
        ends.callback(stack.destroy)
        stack.up()
        yield found


def settings(store: S3Server) -> dict[str, Any]:
    return {
        "app": {"path": "examples/product", "name": "product"},
        "api": {"path": "examples/api", "tags": ["nodynamic"], "cache": {"paths": ["/api/images"], "seconds": 5}},
        "auth": {"overlap": OVERLAP},
        "cors": {"origins": [LOCAL_ORIGIN]},
        "imageBuckets": {
            "originals": ORIGINALS,
            "derived": DERIVED,
            "endpoint": store.url,
            "principal": IDENTITY,
            "protect": False,
        },
    }

"""The whole product by one stack: front end, Go API, PostgreSQL, an S3 server with the API's own identity."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
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

PORT = 18280
NAME = "nextcore-product"
STACK = "e2e-product"
ORIGINALS, DERIVED = "product-originals", "product-derived"
LOCAL_ORIGIN = "http://localhost:3000"
IDENTITY = "product-api"


@dataclass
class Product:
    """The stack, its file, and the S3 server with its owner's credentials."""

    stack: automation.Stack
    file: Path
    store: S3Server
    owner: Credentials

    @property
    def url(self) -> str:
        return f"http://localhost:{PORT}"

    def set(self, key: str, value: Any) -> None:
        """`nextcore:<key>` of the stack's file."""
        found = yaml.safe_load(self.file.read_text()) if self.file.exists() else {}
        found.setdefault("config", {})[f"nextcore:{key}"] = value
        self.file.write_text(yaml.safe_dump(found))

    def container(self, prefix: str) -> str:
        command = ["docker", "ps", "--filter", f"network={NAME}-network", "--filter", f"name=^{prefix}", "--format", "{{.Names}}"]
        (name,) = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        return name


def gateway() -> str:
    """This machine as containers see it."""
    command = ["docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Product]:
    for tool in ("pulumi", "docker", "node", "go"):
        need(tool)
    ensure_packages(places(), "examples/product")
    host, scratch = gateway(), tmp_path_factory.mktemp("product")
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
        }
        stack = automation.create_or_select_stack(STACK, work_dir=str(REPO), opts=automation.LocalWorkspaceOptions(env_vars=env))
        found = Product(stack, file, store, owner)
        ends.callback(shutil.rmtree, REPO / ".nextcore/build" / STACK, ignore_errors=True)
        ends.callback(file.unlink, missing_ok=True)
        for key, value in settings(store).items():
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
        "proxy": {"name": NAME, "httpPort": PORT},
        "api": {"path": "examples/api", "tags": ["nodynamic"]},
        "auth": {"overlap": "1m"},
        "cors": {"origins": [LOCAL_ORIGIN]},
        "imageBuckets": {
            "originals": ORIGINALS,
            "derived": DERIVED,
            "endpoint": store.url,
            "principal": IDENTITY,
            "protect": False,
        },
    }

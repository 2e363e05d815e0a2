"""What an API beside an app on a Docker host is declared as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pulumi
import pytest

from components.api_parts import ApiParts
from components.next_app import NextApp, NextAppArgs
from nextcore.distribution import Distribution
from nextcore.go_api import GoBinary
from nextcore.oci.image import BuiltImage
from nextcore.prepare import Prepared
from nextcore.prepare_api import PreparedApi
from stacks.settings import StackSettings
from tests.components.conftest import Recorder

Declared = Callable[[Callable[[], object]], Recorder]
CONTAINER = "docker:index/container:Container"
API_DIGEST = "sha256:" + "ef" * 32
NAME = f"shop-api-{'ef' * 6}"


@pytest.fixture
def args(distribution: Distribution, image: BuiltImage, tmp_path: Path) -> NextAppArgs:
    settings = StackSettings.model_validate(
        {"app": {"path": "."}, "api": {"path": ".", "route": "/v1/*", "env": {"COLOUR": "red"}}}
    )
    built = Prepared("shop", distribution, image, None, image, None)
    binary = GoBinary(tmp_path / "api", "0" * 64, 10, "example.com/api", "./cmd/api", "x64", False)
    api = PreparedApi("shop-api", binary, replace(image, digest=API_DIGEST), None)
    return NextAppArgs(built, settings, None, ApiParts(api, None))


def test_the_container_is_hardened_and_asked_by_the_probe(declared: Declared, args: NextAppArgs) -> None:
    container = declared(lambda: NextApp("shop", args)).one(CONTAINER, NAME)
    assert container["image"] == API_DIGEST
    assert container["user"] == "65532:65532"
    assert container["readOnly"] is True
    assert container["capabilities"] == {"drops": ["ALL"]}
    assert container["healthcheck"]["tests"] == ["CMD", "/app/health-probe", "8080", "/health"]
    assert "ports" not in container and "mounts" not in container
    assert {"COLOUR=red", "PORT=8080", "CORS_ALLOWED_ORIGINS=http://localhost:8080"} <= set(container["envs"])


def test_api_secrets_reach_the_api_and_nobody_else(declared: Declared, args: NextAppArgs) -> None:
    def program() -> object:
        assert args.api is not None
        hidden = replace(args.api, secrets=pulumi.Output.secret({"DATABASE_URL": "t0p"}))
        return NextApp("shop", replace(args, api=hidden))

    recorder = declared(program)
    envs = recorder.one(CONTAINER, NAME)["envs"]
    assert pulumi.runtime.rpc._special_sig_key in envs, "marked as a secret as a whole"
    assert "DATABASE_URL=t0p" in envs["value"]
    assert "t0p" not in repr([r for r in recorder.resources if r.name != NAME])


def test_the_app_comes_after_the_api_and_its_site_routes_to_it(declared: Declared, args: NextAppArgs) -> None:
    recorder = declared(lambda: NextApp("shop", args))
    names = [resource.name for resource in recorder.resources]
    assert names.index(NAME) < names.index("api-site") < names.index(f"shop-0123456-{'ab' * 6}") < names.index("site")
    assert "@api path /v1/*" in recorder.one("nextcore:caddy:Config", "site")["site"]
    own = recorder.one("nextcore:caddy:Config", "api-site")
    assert own["upstream"] == f"{NAME}-1234567:8080"
    assert own["site"].startswith("http://:8090 {")


def test_the_app_knows_where_it_is(declared: Declared, args: NextAppArgs) -> None:
    envs = declared(lambda: NextApp("shop", args)).one(CONTAINER, f"shop-0123456-{'ab' * 6}")["envs"]
    assert "NEXT_PUBLIC_API_BASE_URL=http://localhost:8080/v1" in envs
    assert "API_INTERNAL_URL=http://nextcore-caddy:8090" in envs

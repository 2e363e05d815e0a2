"""One case a file in tests/golden/cluster_routing: payload parts in, Caddyfile of the cluster out; Caddy accepts it.

`NEXTCORE_UPDATE_GOLDEN=1 pytest tests/unit/test_cluster_routing_golden.py` writes the outputs anew.
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nextcore.caddyfile import DEFAULT_CSP, ApiRoute, ReadCache
from nextcore.cluster_routing import Routing, bucket_location, cluster_caddyfile, config_map, deployment, service
from tests.conftest import REPO
from tests.payloads import payload, redirect, route

CASES = sorted((REPO / "tests/golden/cluster_routing").glob("*.json"))
IMAGE = "registry.example.com/caddy@sha256:" + "a" * 64


def public_file(path: str) -> dict[str, Any]:
    return {
        "path": path,
        "file": path.lstrip("/"),
        "sha256": "0" * 64,
        "size": 1,
        "contentType": "image/png",
        "cacheControl": "public, max-age=0, must-revalidate",
        "immutable": False,
    }


def render(case: Path) -> str:
    value: dict[str, Any] = json.loads(case.read_text())
    parts = value["payload"]
    parts["routes"] = [route(*pair) for pair in parts.get("routes", [])]
    parts["redirects"] = [redirect(entry["source"], entry["destination"]) for entry in parts.get("redirects", [])]
    parts["assets"] = [public_file(path) for path in value.get("assets", [])]
    bucket = bucket_location("files", "shop", value.get("endpoint", "http://s3.example.com:7070"), "eu-central-1")
    cache = ReadCache(tuple(value["cache"]), 30) if "cache" in value else None
    api = ApiRoute("shop-api", tuple(value["api"]), cache) if "api" in value else None
    return cluster_caddyfile(payload(**parts), "shop", "web", bucket, value.get("policy", DEFAULT_CSP), api)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_golden(case: Path) -> None:
    expected = case.with_suffix(".caddy")
    if os.environ.get("NEXTCORE_UPDATE_GOLDEN"):
        expected.write_text(render(case))
    assert render(case) == expected.read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_caddy_accepts_it(case: Path, tool: Callable[[str], str]) -> None:
    command = [tool("caddy"), "adapt", "--config", str(case.with_suffix(".caddy")), "--adapter", "caddyfile", "--validate"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def routing(caddyfile: str = "text", **options: Any) -> Routing:
    return Routing("shop", "web", IMAGE, caddyfile, **options)


def test_a_changed_configuration_is_another_object_and_the_pods_are_rolled() -> None:
    before, after = routing("old"), routing("new")
    assert config_map(before)["metadata"]["name"] != config_map(after)["metadata"]["name"]
    assert deployment(before)["spec"]["template"] != deployment(after)["spec"]["template"]


def test_no_pod_goes_before_another_answers() -> None:
    assert deployment(routing())["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_the_service_finds_the_pods() -> None:
    selector = service(routing())["spec"]["selector"]
    assert selector.items() <= deployment(routing())["spec"]["template"]["metadata"]["labels"].items()


def test_pods_are_hardened() -> None:
    (container,) = deployment(routing())["spec"]["template"]["spec"]["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}

"""What one app on a Docker host is declared as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.next_app import NextApp, NextAppArgs
from nextcore.distribution import Distribution
from nextcore.oci.image import BuiltImage
from nextcore.oci.layout import Layout
from nextcore.prepare import Prepared
from stacks.settings import StackSettings
from tests.components.conftest import DIGEST, Recorder

Declared = Callable[[Callable[[], object]], Recorder]
CONTAINER = "docker:index/container:Container"
NAME = f"shop-0123456-{'ab' * 6}"


@pytest.fixture
def args(distribution: Distribution, image: BuiltImage) -> NextAppArgs:
    settings = StackSettings.model_validate({"app": {"path": "."}, "env": {"COLOUR": "red"}})
    return NextAppArgs(Prepared("shop", distribution, image, None, image, None), settings, None)


def with_settings(args: NextAppArgs, **settings: Any) -> NextAppArgs:
    return replace(args, settings=StackSettings.model_validate({"app": {"path": "."}, **settings}))


def test_the_container_is_named_after_app_commit_and_digest(declared: Declared, args: NextAppArgs) -> None:
    container = declared(lambda: NextApp("shop", args)).one(CONTAINER, NAME)
    assert container["image"] == DIGEST
    assert "name" not in container, "the engine adds random digits: a second try never meets the first one's name"


def test_the_container_is_hardened(declared: Declared, args: NextAppArgs) -> None:
    container = declared(lambda: NextApp("shop", args)).one(CONTAINER, NAME)
    assert container["user"] == "65532:65532"
    assert container["readOnly"] is True
    assert container["capabilities"] == {"drops": ["ALL"]}
    assert container["securityOpts"] == ["no-new-privileges:true"]
    assert container["tmpfs"] == {"/tmp": "size=64m,mode=1777"}
    assert container["restart"] == "always"
    assert container["memory"] == container["memorySwap"] == 512
    assert container["logOpts"] == {"max-size": "10m", "max-file": "3"}
    assert "ports" not in container


def test_hostname_is_not_the_containers_name(declared: Declared, args: NextAppArgs) -> None:
    envs = declared(lambda: NextApp("shop", args)).one(CONTAINER, NAME)["envs"]
    assert "HOSTNAME=0.0.0.0" in envs
    assert "COLOUR=red" in envs


def test_the_shared_cache_reaches_the_container(declared: Declared, args: NextAppArgs) -> None:
    cached = with_settings(args, cache={"url": "redis://cache:6379"})
    envs = declared(lambda: NextApp("shop", cached)).one(CONTAINER, NAME)["envs"]
    assert {"NEXTCORE_CACHE_URL=redis://cache:6379", "NEXTCORE_CACHE_PREFIX=test:shop"} <= set(envs)


def test_the_process_limit_reaches_the_container(declared: Declared, args: NextAppArgs) -> None:
    ready = declared(lambda: NextApp("shop", with_settings(args, resources={"pids": 99}))).one("nextcore:docker:Ready")
    assert ready["pids"] == 99
    assert ready["container"] == f"{NAME}-id"


def test_secrets_reach_the_container_as_secrets(declared: Declared, args: NextAppArgs) -> None:
    def program() -> object:
        return NextApp("shop", replace(args, secrets=pulumi.Output.secret({"TOKEN": "t0p"})))

    recorder = declared(program)
    envs = recorder.one(CONTAINER, NAME)["envs"]
    assert pulumi.runtime.rpc._special_sig_key in envs, "marked as a secret as a whole"
    assert "TOKEN=t0p" in envs["value"]
    others = [r for r in recorder.resources if r.token != CONTAINER]
    assert "t0p" not in repr(others)


def test_only_the_proxy_publishes_ports_and_on_loopback_by_default(declared: Declared, args: NextAppArgs) -> None:
    recorder = declared(lambda: NextApp("shop", args))
    published = [r for r in recorder.resources if r.token == CONTAINER and "ports" in r.inputs]
    assert [r.inputs["name"] for r in published] == ["nextcore-caddy"]
    assert published[0].inputs["ports"] == [{"internal": 8080, "external": 8080, "ip": "127.0.0.1"}]


def test_the_proxy_is_turned_to_the_new_container_and_its_build(declared: Declared, args: NextAppArgs) -> None:
    site = declared(lambda: NextApp("shop", args)).one("nextcore:caddy:Config")
    assert site["upstream"] == f"{NAME}-1234567:3000"
    assert len(site["build"]) == 12
    assert NAME not in site["site"], "a new version must not need a reload"


def test_a_shared_proxy_is_not_declared_again(declared: Declared, args: NextAppArgs) -> None:
    shared = with_settings(args, proxy={"shared": True, "name": "edge"}, domains=["a.example"])
    recorder = declared(lambda: NextApp("shop", shared))
    assert [r.name for r in recorder.resources if r.token.startswith("docker:")] == ["app-cache", NAME]
    assert recorder.one("nextcore:caddy:Config")["container"] == "edge-caddy"


def test_hooks_run_before_the_container_and_after_the_turn(declared: Declared, args: NextAppArgs) -> None:
    hooks = {"before": [{"command": ["migrate"], "image": "migrations:1"}], "after": [{"command": ["warm"]}]}
    recorder = declared(lambda: NextApp("shop", with_settings(args, hooks=hooks)))
    names = [resource.name for resource in recorder.resources]
    assert recorder.one("nextcore:docker:Hook", "app-before-1")["image"] == "migrations:1"
    assert recorder.one("nextcore:docker:Hook", "app-after-1")["image"] == DIGEST
    assert names.index("app-before-1") < names.index(NAME) < names.index("app-after-1")


def test_with_a_registry_the_digest_is_the_manifests(declared: Declared, args: NextAppArgs, image: BuiltImage) -> None:
    layout = Layout(image.folder, "sha256:" + "cd" * 32, 10)
    pushed = with_settings(replace(args, built=replace(args.built, layout=layout)), registry="registry.example/team")
    made: list[NextApp] = []
    recorder = declared(lambda: made.append(NextApp("shop", pushed)))
    assert made[0].digest == layout.digest
    inputs = recorder.one("nextcore:oci:Image", "app-image")
    assert inputs["registry"] == "registry.example/team/shop"
    assert inputs["manifest"] == layout.digest


def test_metrics_are_published_only_when_asked_for(declared: Declared, args: NextAppArgs) -> None:
    recorder = declared(lambda: NextApp("shop", with_settings(args, monitoring={"metricsPort": 9180})))
    ports = recorder.one(CONTAINER, "caddy-container")["ports"]
    assert [port["external"] for port in ports] == [8080, 9180]
    assert "metrics /metrics" in recorder.one("nextcore:caddy:Config")["main"]


def test_the_cache_is_a_volume_of_the_app_that_all_its_versions_share(declared: Declared, args: NextAppArgs) -> None:
    recorder = declared(lambda: NextApp("shop", args))
    assert recorder.one("docker:index/volume:Volume", "app-cache")["name"] == "nextcore-shop-cache"
    container = recorder.one(CONTAINER, NAME)
    assert "NEXTCORE_CACHE_DIR=/app/cache" in container["envs"]
    assert {"type": "volume", "source": "nextcore-shop-cache", "target": "/app/cache"} in container["mounts"]

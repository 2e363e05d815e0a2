"""KnativeApp declares the right objects: by Pulumi's mocks, without an engine or a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from components.knative_app import KnativeApp, KnativeAppArgs
from offline.plugins.kubernetes.values import SECRET, SIGNATURE
from stacks.knative_settings import KnativeSettings

IMAGE = "registry.example.com/shop@sha256:" + "a" * 64


class Recorder(pulumi.runtime.Mocks):
    """Keeps what was declared."""

    def __init__(self) -> None:
        self.made: dict[str, pulumi.runtime.MockResourceArgs] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.made[args.name] = args
        status = {"status": {"url": "http://shop.web.example.com"}} if args.typ.endswith("knative.dev/v1:Service") else {}
        return f"{args.name}-id", {**args.inputs, **status}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"nothing is called: {args.token}")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    asyncio.set_event_loop(asyncio.new_event_loop())
    mocks = Recorder()
    pulumi.runtime.set_mocks(mocks, preview=False)
    yield mocks


def declare(**options: Any) -> tuple[dict[str, Any], KnativeApp]:
    """The component and, when all is declared, its outputs."""
    settings = KnativeSettings.model_validate(options.pop("settings", {}))
    arguments: dict[str, Any] = {"env": {}, "secrets": None, "memory": 512, **options}
    outputs: dict[str, Any] = {}

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def run() -> pulumi.Output[None]:
        app = KnativeApp("app", KnativeAppArgs("shop", IMAGE, settings=settings, **arguments))
        outputs["app"] = app
        return pulumi.Output.all(url=app.url, revision=app.revision).apply(outputs.update)

    run()
    return outputs, outputs["app"]


def test_the_least(recorder: Recorder) -> None:
    outputs, _ = declare()
    types = {name: made.typ for name, made in recorder.made.items() if made.typ.startswith("kubernetes:")}
    assert types == {
        "app-namespace": "kubernetes:core/v1:Namespace",
        "app-account": "kubernetes:core/v1:ServiceAccount",
        "app-service": "kubernetes:serving.knative.dev/v1:Service",
        "app-surroundings-network": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    }
    service = recorder.made["app-service"].inputs
    assert service["metadata"]["namespace"] == "shop"
    assert "envFrom" not in service["spec"]["template"]["spec"]["containers"][0]
    assert outputs["url"] == "http://shop.web.example.com"
    assert outputs["revision"] == service["spec"]["template"]["metadata"]["name"]


def test_variables_reach_the_container_by_the_names_of_their_objects(recorder: Recorder) -> None:
    declare(env={"PLAIN": "1"}, secrets=pulumi.Output.secret({"TOKEN": "s3cret"}))
    sources = recorder.made["app-service"].inputs["spec"]["template"]["spec"]["containers"][0]["envFrom"]
    config, secret = recorder.made["app-environment-config"], recorder.made["app-environment-secrets"]
    assert sources == [
        {"configMapRef": {"name": config.inputs["metadata"]["name"]}},
        {"secretRef": {"name": secret.inputs["metadata"]["name"]}},
    ]
    assert config.inputs["data"] == {"PLAIN": "1"}
    assert secret.inputs["data"] == {SIGNATURE: SECRET, "value": {"TOKEN": "czNjcmV0"}}
    assert "s3cret" not in str(recorder.made["app-service"].inputs)


def test_a_changed_secret_makes_another_revision(recorder: Recorder) -> None:
    first = declare(secrets=pulumi.Output.secret({"TOKEN": "a"}))[0]["revision"]
    assert declare(secrets=pulumi.Output.secret({"TOKEN": "a"}))[0]["revision"] == first
    assert declare(secrets=pulumi.Output.secret({"TOKEN": "b"}))[0]["revision"] != first


def test_all_options(recorder: Recorder) -> None:
    settings = {
        "namespace": "web",
        "createNamespace": False,
        "prePull": {"enabled": True, "pauseImage": "registry.example.com/pause:1"},
        "networkPolicy": {"enabled": False},
        "domainMapping": {"tlsSecrets": {"shop.example.com": "shop-tls"}},
    }
    declare(settings=settings, domains=("shop.example.com",))
    assert "app-namespace" not in recorder.made
    assert "app-surroundings-network" not in recorder.made
    assert recorder.made["app-pre-pull"].inputs["spec"]["template"]["spec"]["initContainers"][0]["image"] == IMAGE
    mapping = recorder.made["app-surroundings-domain-shop.example.com"].inputs
    assert mapping["metadata"]["namespace"] == "web"
    assert mapping["spec"]["tls"] == {"secretName": "shop-tls"}
    assert recorder.made["app-surroundings-claim-shop.example.com"].inputs["spec"] == {"namespace": "web"}

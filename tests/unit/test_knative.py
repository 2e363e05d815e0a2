"""Rules of the manifests that a golden file does not tell."""

from typing import Any

import pytest
from pydantic import ValidationError

from nextcore import knative
from nextcore.errors import UserError
from stacks.knative_settings import KnativeSettings

IMAGE = "registry.example.com/shop@sha256:" + "a" * 64


def test_a_revision_is_named_by_its_content() -> None:
    work = knative.Workload("shop", "web", IMAGE)
    name = knative.revision_name(work)
    assert name == knative.revision_name(knative.Workload("shop", "web", IMAGE))
    others = [
        knative.Workload("shop", "web", IMAGE.replace("a" * 64, "b" * 64)),
        knative.Workload("shop", "web", IMAGE, secret="shop-secrets-1"),
        knative.Workload("shop", "web", IMAGE, scale=knative.Scale(warm=1)),
    ]
    assert len({name, *(knative.revision_name(other) for other in others)}) == 4
    assert knative.service(work, knative.Traffic())["spec"]["template"]["metadata"]["name"] == name


def test_traffic_alone_makes_no_new_revision() -> None:
    work = knative.Workload("shop", "web", IMAGE)
    canary = knative.service(work, knative.Traffic(10, {"shop-1": 90}))
    assert canary["spec"]["template"] == knative.service(work, knative.Traffic())["spec"]["template"]


def test_env_names_follow_the_values_and_not_their_order() -> None:
    name = knative.env_name("shop", "env", {"A": "1", "B": "2"})
    assert name == knative.env_name("shop", "env", {"B": "2", "A": "1"})
    assert name != knative.env_name("shop", "env", {"A": "1", "B": "3"})
    assert name != knative.env_name("cart", "env", {"A": "1", "B": "2"}).replace("cart", "shop")


def test_a_rollback_waits_for_the_routes_only() -> None:
    work = knative.Workload("shop", "web", IMAGE)
    pinned = knative.service(work, knative.Traffic(0, {"shop-1": 100}))
    assert pinned["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=RoutesReady"


@pytest.mark.parametrize("path", ["readinessProbe", "livenessProbe"])
def test_no_probe_times_out_within_a_second(path: str) -> None:
    (container,) = knative.service(knative.Workload("shop", "web", IMAGE), knative.Traffic())["spec"]["template"]["spec"][
        "containers"
    ]
    assert container[path]["timeoutSeconds"] > 1
    assert "cpu" not in container["resources"]["limits"]


def test_a_slow_start_has_its_time_without_a_startup_probe() -> None:
    """One would make Knative's activator wait for the kubelet: a second more of each wake from zero."""
    work = knative.Workload("shop", "web", IMAGE, probes=knative.Probes(startup=90))
    (container,) = knative.service(work, knative.Traffic())["spec"]["template"]["spec"]["containers"]
    assert "startupProbe" not in container
    assert container["livenessProbe"]["initialDelaySeconds"] == 90


def test_what_cannot_work_is_refused() -> None:
    with pytest.raises(UserError, match="44"):
        knative.Workload("a" * 45, "web", IMAGE)
    with pytest.raises(UserError, match="digest"):
        knative.Workload("shop", "web", "registry.example.com/shop:latest")
    with pytest.raises(UserError, match="K_SERVICE, PORT"):
        knative.refuse_reserved({"PORT", "K_SERVICE", "OTHER"})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"traffic": {"latest": 10}}, "add up to 10 percent"),
        ({"traffic": {"latest": 10, "revisions": {"shop-1": 80}}}, "add up to 90 percent"),
        ({"scale": {"warmInstances": 3, "maxScale": 2}}, "more than maxScale"),
        ({"scale": {"target": 10, "containerConcurrency": 5}}, "more than containerConcurrency"),
        ({"probes": {"timeout": 1}}, "greater than or equal to 2"),
        ({"timeouts": {"request": 10, "idle": 20}}, "longer than request"),
        ({"networkPolicy": {"fromCidrs": ["10.0.0.0"]}}, "match pattern"),
        ({"scael": {}}, "Extra inputs"),
    ],
)
def test_mistakes_in_the_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        KnativeSettings.model_validate(settings)


def test_the_defaults_of_the_settings_are_those_of_the_manifests() -> None:
    settings = KnativeSettings()
    assert knative.Probes(**settings.probes.model_dump()) == knative.Probes()
    assert knative.Timeouts(**settings.timeouts.model_dump()) == knative.Timeouts()
    assert tuple(settings.scale.model_dump().values()) == tuple(vars(knative.Scale()).values())

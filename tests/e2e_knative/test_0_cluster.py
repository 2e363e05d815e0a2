"""The cluster itself: a Knative Service that answers, scales to zero and wakes; a wrong one is refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from offline.cluster.images import image
from offline.cluster.kubectl import Kubectl
from offline.cluster.places import DOMAIN, ClusterPlaces
from offline.processes import wait_for
from tests.e2e_knative.conftest import ask

NAME = "smoke"
MANIFEST = Path(__file__).with_name("hello-service.yaml")


@pytest.fixture(scope="module")
def hello(kubectl: Kubectl, places: ClusterPlaces) -> Iterator[str]:
    """The host name of a Service that is Ready."""
    kubectl.apply(MANIFEST.read_text().replace("IMAGE", image(places, "hello")))
    kubectl("wait", f"ksvc/{NAME}", "--for=condition=Ready", "--timeout=60s")
    yield f"{NAME}.default.{DOMAIN}"
    kubectl("delete", "ksvc", NAME, "--wait=false")


def replicas(kubectl: Kubectl) -> int:
    found = json.loads(kubectl("get", "deploy", "-l", f"serving.knative.dev/service={NAME}", "-o", "json"))
    return sum(deployment["status"].get("replicas", 0) for deployment in found["items"])


def test_answers_through_the_gateway(hello: str) -> None:
    status, text = ask(hello)
    assert (status, text[:11]) == (200, "hello from ")


def test_the_outer_gateway_does_not_know_inner_names(hello: str) -> None:
    assert ask(f"{NAME}.default.svc.cluster.local")[0] == 404


def test_a_pod_reaches_the_service_by_its_inner_name(hello: str) -> None:
    status, text = ask(hello, f"/?fetch=http://{NAME}.default.svc.cluster.local/")
    assert (status, text[:11]) == (200, "hello from ")


def test_a_wrong_service_is_refused(kubectl: Kubectl) -> None:
    wrong = MANIFEST.read_text().replace("IMAGE", "x").replace("containerConcurrency: 0", "containerConcurrency: -1")
    refused = subprocess.run(
        [str(kubectl.places.bin / "kubectl"), "--kubeconfig", str(kubectl.places.kubeconfig), "apply", "-f", "-"],
        input=wrong,
        text=True,
        capture_output=True,
        check=False,
    )
    assert refused.returncode != 0
    assert "validation.webhook.serving.knative.dev" in refused.stderr
    assert "containerConcurrency" in refused.stderr


def test_scales_to_zero_and_wakes(hello: str, kubectl: Kubectl) -> None:
    assert wait_for(lambda: replicas(kubectl) == 0, 120)
    status, text = ask(hello)
    assert (status, text[:11]) == (200, "hello from ")
    assert replicas(kubectl) == 1

"""The cluster from nothing to nothing: up, a Knative Service that answers, scales to zero, wakes, down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from offline.cluster.images import image
from offline.cluster.kubectl import Kubectl
from offline.cluster.network import TABLE, bridge_exists
from offline.cluster.places import BRIDGE, DOMAIN, GATEWAY, ClusterPlaces
from offline.cluster.teardown import shims
from offline.processes import wait_for
from offline.setup.places import places as setup_places
from tests.conftest import REPO, need

NAME = "smoke"
MANIFEST = Path(__file__).with_name("hello-service.yaml")


def cluster(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "offline.cluster", *arguments], cwd=REPO, check=True)


@pytest.fixture(scope="module")
def places() -> ClusterPlaces:
    return ClusterPlaces(setup_places())


@pytest.fixture(scope="module")
def kubectl(places: ClusterPlaces) -> Kubectl:
    """Of a cluster that runs: one that ran before stays as it was."""
    if os.geteuid() != 0:
        message = "root is missing: the cluster makes a bridge and mounts"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    need("go")
    cluster("up")
    return Kubectl(places)


@pytest.fixture(scope="module")
def ran_before(places: ClusterPlaces) -> bool:
    return places.kubeconfig.exists() and Kubectl(places).succeeds("get", "--raw=/readyz")


@pytest.fixture(scope="module")
def hello(ran_before: bool, kubectl: Kubectl, places: ClusterPlaces) -> Iterator[str]:
    """The host name of a Service that is Ready. `ran_before` comes first: it must look before `up`."""
    kubectl.apply(MANIFEST.read_text().replace("IMAGE", image(places, "hello")))
    kubectl("wait", f"ksvc/{NAME}", "--for=condition=Ready", "--timeout=60s")
    yield f"{NAME}.default.{DOMAIN}"
    if bridge_exists():  # the last test may have taken the cluster down, and its state with it
        kubectl("delete", "ksvc", NAME, "--wait=false")


def get(host: str, path: str = "/") -> tuple[int, str]:
    request = urllib.request.Request(GATEWAY + path, headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


def replicas(kubectl: Kubectl) -> int:
    found = json.loads(kubectl("get", "deploy", "-l", f"serving.knative.dev/service={NAME}", "-o", "json"))
    return sum(deployment["status"].get("replicas", 0) for deployment in found["items"])


def test_answers_through_the_gateway(hello: str) -> None:
    status, text = get(hello)
    assert (status, text[:11]) == (200, "hello from ")


def test_the_outer_gateway_does_not_know_inner_names(hello: str) -> None:
    assert get(f"{NAME}.default.svc.cluster.local")[0] == 404


def test_a_pod_reaches_the_service_by_its_inner_name(hello: str) -> None:
    status, text = get(hello, f"/?fetch=http://{NAME}.default.svc.cluster.local/")
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
    status, text = get(hello)
    assert (status, text[:11]) == (200, "hello from ")
    assert replicas(kubectl) == 1


def test_down_leaves_nothing(ran_before: bool, hello: str, places: ClusterPlaces) -> None:
    if ran_before:
        pytest.skip("the cluster ran before this test and may be in use: `make cluster-down`, then run it again")
    cluster("down", "--purge")
    assert not bridge_exists()
    assert shims(places) == []
    assert not places.state.exists()
    mounts = Path("/proc/self/mountinfo").read_text()
    assert str(places.state) not in mounts
    assert str(places.run) not in mounts
    tables = subprocess.run(["nft", "list", "tables"], check=True, capture_output=True, text=True).stdout
    assert TABLE not in tables
    assert "kube-proxy" not in tables
    rules = subprocess.run(["iptables-save"], check=True, capture_output=True, text=True).stdout
    assert BRIDGE not in rules
    assert "KUBE" not in rules
    assert not list(Path("/sys/fs/cgroup").glob("*/kubepods*"))

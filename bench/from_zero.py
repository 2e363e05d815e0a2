"""`python -m bench.from_zero`: a request that wakes the app from zero, against a static hello-world on the same cluster.

Needs `make cluster` and `make up STACK=cluster`. Interleaved; both are at zero before each round, which takes over a minute
with the stack's own `scale.window` and `scaleDownDelay`: 20 rounds are about 30 minutes. Knative's grace period
is shortened for the bench and put back: it only moves the time until a pod goes, not what a wake takes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from bench.measure import report
from offline.cluster.images import image
from offline.cluster.places import DOMAIN, GATEWAY, ClusterPlaces
from offline.processes import wait_for
from offline.setup.places import places as setup_places

ROUNDS = int(os.environ.get("ROUNDS", "20"))
APP = ("storefront", "storefront", "/products/lamp")
HELLO = ("hello", "default", "/")
ZERO_SECONDS = 180
AUTOSCALER = ("-n", "knative-serving", "patch", "configmap", "config-autoscaler", "--type=merge", "--patch")
FAST = {"scale-to-zero-grace-period": "6s", "scale-to-zero-pod-retention-period": "0s"}
SETTLE = 3.0  # seconds after the last pod is gone, until the gateway knows; a request before meets the old address


def kubectl(*arguments: str, text: str | None = None) -> str:
    done = subprocess.run(["kubectl", *arguments], input=text, check=True, capture_output=True, text=True)
    return done.stdout


@contextmanager
def shortened_grace() -> Iterator[None]:
    kubectl(*AUTOSCALER, json.dumps({"data": FAST}))
    try:
        yield
    finally:
        kubectl(*AUTOSCALER, json.dumps({"data": dict.fromkeys(FAST)}))


@contextmanager
def hello() -> Iterator[None]:
    """A static Go program as a Service that goes to zero as fast as the app."""
    container = {"image": image(ClusterPlaces(setup_places()), "hello"), "ports": [{"containerPort": 8080}]}
    annotations = {"autoscaling.knative.dev/window": "6s"}
    template = {"metadata": {"annotations": annotations}, "spec": {"containers": [container]}}
    metadata = {"name": HELLO[0], "namespace": HELLO[1]}
    service = {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": metadata, "spec": {"template": template}}
    kubectl("apply", "-f", "-", text=json.dumps(service))
    kubectl("-n", HELLO[1], "wait", f"ksvc/{HELLO[0]}", "--for=condition=Ready", "--timeout=90s")
    try:
        yield
    finally:
        kubectl("-n", HELLO[1], "delete", "ksvc", HELLO[0])


def pods() -> int:
    names = kubectl("get", "pods", "-A", "-l", "serving.knative.dev/service", "-o", "name")
    return len(names.split())


def wake(service: tuple[str, str, str]) -> float:
    """Seconds until the last byte."""
    name, namespace, path = service
    request = urllib.request.Request(GATEWAY + path, headers={"Host": f"{name}.{namespace}.{DOMAIN}"})
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()
    return time.perf_counter() - began


def main() -> None:
    found: dict[str, list[float]] = {"app": [], "hello": []}
    with shortened_grace(), hello():
        for number in range(ROUNDS):
            if not wait_for(lambda: pods() == 0, ZERO_SECONDS):
                raise SystemExit(f"there are still pods after {ZERO_SECONDS} s: {kubectl('get', 'pods', '-A')}")
            time.sleep(SETTLE)
            order = [("app", APP), ("hello", HELLO)]
            for name, service in order if number % 2 else reversed(order):
                found[name].append(wake(service))
    middle = {name: statistics.median(values) for name, values in found.items()}
    rows = [
        [name, f"{middle[name]:.3f}", f"{min(values):.3f}-{max(values):.3f}", f"{middle[name] / middle['hello']:.2f}x"]
        for name, values in found.items()
    ]
    report(
        f"from zero to the last byte, image on the node, {ROUNDS} rounds",
        ["service", "median s", "spread", "of hello"],
        rows,
        {"bench": "from_zero", "rounds": ROUNDS, "seconds": found},
    )


if __name__ == "__main__":
    main()

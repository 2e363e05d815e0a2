"""Knative Serving with net-gateway-api. Its YAML comes with the Go modules and is kept beside the programs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from offline.cluster.go_build import MODULES
from offline.cluster.images import image
from offline.cluster.kubectl import Kubectl
from offline.cluster.places import DOMAIN, ClusterPlaces
from offline.processes import wait_for
from offline.setup.report import SetupError, run

SERVING = "0.48.0"
NAMESPACE = "knative-serving"
DEPLOYMENTS = ("webhook", "controller", "autoscaler", "activator", "net-gateway-api-controller")
IMAGES = {
    "ko://knative.dev/serving/cmd/activator": "knative-activator",
    "ko://knative.dev/serving/cmd/autoscaler": "knative-autoscaler",
    "ko://knative.dev/serving/cmd/controller": "knative-controller",
    "ko://knative.dev/serving/cmd/queue": "knative-queue",
    "ko://knative.dev/serving/cmd/webhook": "knative-webhook",
    "ko://knative.dev/net-gateway-api/cmd/controller": "net-gateway-api",
}
GATEWAY_KINDS = ("gatewayclasses", "gateways", "httproutes", "referencegrants", "grpcroutes")
GATEWAYS = """\
- class: {namespace}
  gateway: {namespace}/{gateway}
  service: {namespace}/envoy
  supported-features:
  - HTTPRouteRequestTimeout
"""


def _module(group: str, path: str) -> Path:
    command = ["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", path]
    return Path(run(command, cwd=MODULES / group, hint="check that the Go module proxy can be reached").strip())


def _parts() -> dict[str, Iterable[Path]]:
    """The files of each step, in the order in which they are applied.

    Left out: what scales by metrics (there is no metrics server), net-gateway-api's own webhook (it checks one
    ConfigMap, which we write), and jobs that migrate older installations. In Serving's repository some files are links
    to caching and networking; links are not part of a module, so those files are taken from where they point.
    """
    core = _module("knative", "knative.dev/serving") / "config" / "core"
    caching = _module("knative", "knative.dev/caching") / "config"
    networking = _module("knative", "knative.dev/networking") / "config"
    ingress = _module("knative", "knative.dev/net-gateway-api") / "config"
    gateway = _module("knative", "sigs.k8s.io/gateway-api") / "config" / "crd" / "standard"
    contour = _module("contour", "github.com/projectcontour/contour") / "examples" / "contour"
    return {
        "admission": [core / "webhooks" / "defaulting.yaml", core / "webhooks" / "resource-validation.yaml"],
        "definitions": [
            *sorted((core / "300-resources").glob("*.yaml")),
            caching / "image.yaml",
            *(networking / f"{name}.yaml" for name in ("certificate", "domain-claim", "ingress", "serverlessservice")),
            *(gateway / f"gateway.networking.k8s.io_{kind}.yaml" for kind in GATEWAY_KINDS),
            contour / "01-crds.yaml",
        ],
        "base": [
            core / "100-namespace.yaml",
            *sorted((core / "200-roles").glob("*.yaml")),
            core / "200-serviceaccount.yaml",
            ingress / "200-clusterrole.yaml",
            *sorted((core / "configmaps").glob("*.yaml")),
            networking / "config-network.yaml",
            ingress / "config-gateway.yaml",
            core / "webhooks" / "secret.yaml",
        ],
        "deployments": [
            *(core / "deployments" / f"{name}.yaml" for name in ("controller", "webhook", "autoscaler", "activator")),
            ingress / "300-controller.yaml",
            core / "999-cache.yaml",
        ],
        "settings-validation": [core / "webhooks" / "configmap-validation.yaml"],
    }


def ensure_manifests(places: ClusterPlaces) -> None:
    """Copy the YAML once, so that a start needs neither Go nor the modules."""
    pins = [Path(__file__), MODULES / "knative" / "go.sum", MODULES / "contour" / "go.sum"]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in pins)).hexdigest()
    stamp = places.manifests / ".made-from"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    for name, files in _parts().items():
        (places.manifests / f"{name}.yaml").write_text("".join(f"---\n{file.read_text()}\n" for file in files))
    stamp.write_text(wanted)


def _text(places: ClusterPlaces, part: str) -> str:
    text = (places.manifests / f"{part}.yaml").read_text()
    for name, program in IMAGES.items():
        text = text.replace(name, image(places, program))
    return text.replace("app.kubernetes.io/version: devel", f"app.kubernetes.io/version: v{SERVING}")


def _settings() -> dict[str, dict[str, str]]:
    external = GATEWAYS.format(namespace="contour-external", gateway="knative-external")
    local = GATEWAYS.format(namespace="contour-internal", gateway="knative-local")
    return {
        "config-network": {"ingress-class": "gateway-api.ingress.networking.knative.dev"},
        "config-domain": {DOMAIN: ""},
        "config-gateway": {"external-gateways": external, "local-gateways": local},
    }


def knative_up(places: ClusterPlaces, kubectl: Kubectl, gateways_up: Callable[[], None]) -> None:
    """Install it and wait until a Service would be accepted. 10 s from nothing."""
    # Before the kinds that it is for: a Service that came in between, undefaulted and unchecked, would never become ready.
    kubectl.apply(_text(places, "admission"))
    kubectl.apply(_text(places, "definitions"))
    kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    kubectl.apply(_text(places, "base"))
    for name, data in _settings().items():
        patch = json.dumps({"data": data})
        kubectl("-n", NAMESPACE, "patch", "configmap", name, "--type=merge", f"--patch={patch}")
    kubectl.apply(_text(places, "deployments"))
    gateways_up()
    kubectl.rolled_out(NAMESPACE, *DEPLOYMENTS)
    kubectl.apply(_text(places, "settings-validation"))
    # The webhook writes its own certificate into these configurations; until then Services are refused.
    if not wait_for(lambda: kubectl.succeeds("apply", "--dry-run=server", "-f", str(_probe(places))), 60):
        raise SetupError("Knative's webhook does not accept a Service", "run `make cluster` again")


def _probe(places: ClusterPlaces) -> Path:
    container = {"image": image(places, "hello")}
    service = {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": "probe", "namespace": "default"},
        "spec": {"template": {"spec": {"containers": [container]}}},
    }
    file = places.conf / "probe.json"
    file.write_text(json.dumps(service))
    return file

"""Two gateways, each a Contour and an Envoy process: one for the outside, one for calls inside the cluster.

Two, because a Contour serves one Gateway.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from offline.cluster.kubectl import Kubectl
from offline.cluster.places import HOST, ClusterPlaces
from offline.processes import Processes
from offline.setup.report import run

# Contour 1.33 knows these kinds at an older version than the installed definitions have; Knative uses none of them.
UNUSED = ("tlsroutes", "grpcroutes", "tcproutes", "backendtlspolicies", "extensionservices")


@dataclass(frozen=True)
class Gateway:
    name: str
    namespace: str
    listener: int
    ports: int  # the first of Contour's own ports on 127.0.0.1

    @property
    def port(self) -> int:
        return self.listener + 8000  # as Contour maps privileged ports


GATEWAYS = (
    Gateway("knative-external", "contour-external", 80, 8101),
    Gateway("knative-local", "contour-internal", 81, 8111),
)


def _contour(places: ClusterPlaces, gateway: Gateway) -> list[str | Path]:
    config = places.conf / f"{gateway.namespace}.json"  # JSON is YAML
    reference = {"name": gateway.name, "namespace": gateway.namespace}
    settings = {"gateway": {"gatewayRef": reference}, "enableExternalNameService": True, "accesslog-format": "envoy"}
    config.write_text(json.dumps(settings))
    command: list[str | Path] = [places.bin / "contour", "serve", f"--config-path={config}", f"--kubeconfig={places.kubeconfig}"]
    command += ["--insecure", "--disable-leader-election"]
    for offset, server in enumerate(("xds", "http", "health", "debug-http", "stats")):
        command += [f"--{server}-address=127.0.0.1", f"--{server}-port={gateway.ports + offset}"]
    for address in ("envoy-service-http-address", "envoy-service-https-address", "ingress-status-address"):
        command.append(f"--{address}={HOST}")
    return command + [f"--disable-feature={kind}" for kind in UNUSED]


def _envoy(places: ClusterPlaces, gateway: Gateway) -> list[str | Path]:
    bootstrap = places.conf / f"{gateway.namespace}-envoy.json"
    admin = places.run / f"{gateway.namespace}-admin.sock"
    admin.unlink(missing_ok=True)
    make: list[str | Path] = [places.bin / "contour", "bootstrap", bootstrap, f"--namespace={gateway.namespace}"]
    make += [f"--admin-address={admin}", "--xds-address=127.0.0.1", f"--xds-port={gateway.ports}"]
    run(make, hint="run `make cluster` again")
    command: list[str | Path] = [places.bin / "envoy", "-c", bootstrap, "--service-cluster", gateway.namespace]
    command += ["--service-node", f"envoy-{gateway.namespace}", "--disable-hot-restart"]
    return [*command, "--concurrency", "2", "--log-level", "warn"]


def gateways_up(places: ClusterPlaces, processes: Processes, kubectl: Kubectl) -> None:
    """Start them. An Envoy listens only once Contour has a first route for it."""
    for gateway in GATEWAYS:
        values = {"gateway": gateway.name, "namespace": gateway.namespace, "host": HOST}
        kubectl.apply_file("gateway.yaml", **values, listener=str(gateway.listener), port=str(gateway.port))
        processes.start(gateway.namespace, _contour(places, gateway))
        envoy = f"{gateway.namespace}-envoy"
        if processes.pid(envoy) is None:
            processes.start(envoy, _envoy(places, gateway))

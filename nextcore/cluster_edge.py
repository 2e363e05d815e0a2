"""How requests come into the cluster, to the Caddy that routes there: an Ingress, or a Gateway's HTTPRoute. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nextcore.knative import Manifest, labels


@dataclass(frozen=True)
class Edge:
    """`service` is Caddy's. `hosts` are the app's domains; none: every host that the controller sends here."""

    app: str
    namespace: str
    service: str
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class IngressOptions:
    """`tls_secret` holds the certificate; without it an annotation of the controller may make one, or it is plain HTTP."""

    class_name: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    tls_secret: str | None = None


@dataclass(frozen=True)
class GatewayOptions:
    """The Gateway that takes the route. `section` is one of its listeners; without it, all that match."""

    name: str
    namespace: str
    section: str | None = None


def ingress(edge: Edge, options: IngressOptions) -> Manifest:
    """networking.k8s.io/v1."""
    backend = {"service": {"name": edge.service, "port": {"number": 80}}}
    http = {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}
    spec: Manifest = {"rules": [{"host": host, "http": http} for host in edge.hosts] or [{"http": http}]}
    if options.class_name:
        spec["ingressClassName"] = options.class_name
    if options.tls_secret:
        spec["tls"] = [{"secretName": options.tls_secret, "hosts": list(edge.hosts)}]
    metadata = {"name": edge.app, "namespace": edge.namespace, "labels": labels(edge.app)}
    if options.annotations:
        metadata["annotations"] = dict(options.annotations)
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec}


def http_route(edge: Edge, options: GatewayOptions) -> Manifest:
    """gateway.networking.k8s.io/v1. Certificates are the Gateway's business."""
    parent: Manifest = {"name": options.name, "namespace": options.namespace}
    if options.section:
        parent["sectionName"] = options.section
    spec: Manifest = {"parentRefs": [parent], "rules": [{"backendRefs": [{"name": edge.service, "port": 80}]}]}
    if edge.hosts:
        spec["hostnames"] = list(edge.hosts)
    # Nothing else tells that no Gateway takes it.
    accepted = {"pulumi.com/waitFor": 'jsonpath={.status.parents[0].conditions[?(@.type=="Accepted")].status}=True'}
    metadata = {"name": edge.app, "namespace": edge.namespace, "labels": labels(edge.app), "annotations": accepted}
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": metadata, "spec": spec}

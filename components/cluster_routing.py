"""ClusterRouting: static files and everything else told apart inside the cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.knative.object import KubernetesObject
from nextcore.cluster_routing import Routing, config_map, deployment, service
from nextcore.knative import Manifest


@dataclass(frozen=True)
class ClusterRoutingArgs:
    """`after`: what must be there before requests come (files, the Knative Service, Caddy's image).

    `edge`: an Ingress or an HTTPRoute that leads to Caddy's Service.
    """

    routing: Routing
    edge: Manifest | None
    after: Sequence[pulumi.Resource]


class ClusterRouting(pulumi.ComponentResource):
    """A Caddy before the bucket and the Knative Service; `address` is its Service's inside the cluster."""

    def __init__(self, name: str, args: ClusterRoutingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:ClusterRouting", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=list(args.after))
        config = KubernetesObject(f"{name}-config", config_map(args.routing), child)
        pods = KubernetesObject(
            f"{name}-caddy", deployment(args.routing), pulumi.ResourceOptions(parent=self, depends_on=[*args.after, config])
        )
        front = KubernetesObject(f"{name}-service", service(args.routing), pulumi.ResourceOptions(parent=self, depends_on=[pods]))
        if args.edge is not None:
            KubernetesObject(f"{name}-edge", args.edge, pulumi.ResourceOptions(parent=self, depends_on=[front]))
        spec: pulumi.Output[dict[str, str]] = front.spec  # type: ignore[attr-defined]
        self.address: pulumi.Output[str] = spec.apply(lambda found: f"http://{(found or {}).get('clusterIP', '')}")
        self.register_outputs({"address": self.address})

"""Optional objects around a Knative Service."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.knative.object import KubernetesObject
from nextcore import knative_surroundings as around
from nextcore.knative import Workload
from stacks.knative_settings import KnativeSettings


@dataclass(frozen=True)
class SurroundingsArgs:
    """`work`: the app as it runs. `domains`: hosts that lead to it, once `service` is there."""

    work: Workload
    settings: KnativeSettings
    domains: tuple[str, ...]
    service: pulumi.Resource


class Surroundings(pulumi.ComponentResource):
    """Network policy, domains."""

    def __init__(self, name: str, args: SurroundingsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:KnativeSurroundings", name, {}, opts)
        app, namespace = args.work.app, args.work.namespace
        child = pulumi.ResourceOptions(parent=self)
        policy, mapping = args.settings.network_policy, args.settings.domain_mapping
        if policy.enabled:
            rules = around.NetworkRules(policy.from_namespaces, policy.from_cidrs, policy.not_to)
            KubernetesObject(f"{name}-network", around.network_policy(app, namespace, rules), child)
        for domain in args.domains:
            needed: list[pulumi.Resource] = [args.service]
            if mapping.claim:
                needed.append(KubernetesObject(f"{name}-claim-{domain}", around.domain_claim(domain, namespace), child))
            KubernetesObject(
                f"{name}-domain-{domain}",
                around.domain_mapping(app, namespace, domain, mapping.tls_secrets.get(domain)),
                pulumi.ResourceOptions(parent=self, depends_on=needed),
            )
        self.register_outputs({})

"""The app's variables: a ConfigMap and a Secret, each named by its content."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.knative.object import KubernetesObject
from nextcore import knative


@dataclass(frozen=True)
class EnvironmentArgs:
    """`env`: plain variables. `secrets`: the same as Pulumi secrets."""

    app: str
    namespace: str
    env: dict[str, str]
    secrets: pulumi.Output[dict[str, str]] | None


class Environment(pulumi.ComponentResource):
    """`config_map` and `secret` are names, or None where there is nothing to hold.

    Old ones stay in the cluster (retain_on_delete): the revisions that a rollback or a canary goes back to start with them.
    They go with their namespace.
    """

    config_map: str | None = None
    secret: pulumi.Output[str] | None = None

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:KnativeEnvironment", name, {}, opts)
        self.objects: list[pulumi.Resource] = []
        kept = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        if args.env:
            manifest = knative.config_map(args.app, args.namespace, args.env)
            self.config_map = manifest["metadata"]["name"]
            self.objects.append(KubernetesObject(f"{name}-config", manifest, kept))
        if args.secrets is not None:
            manifest = knative.secret(args.app, args.namespace, {})
            found = args.secrets.apply(lambda values: knative.secret(args.app, args.namespace, values))
            # The name tells nothing of the values; hidden, it would hide the Service's whole template in every preview.
            metadata = pulumi.Output.unsecret(found.apply(lambda made: made["metadata"]))
            data = pulumi.Output.secret(found.apply(lambda made: made["data"]))
            self.secret = metadata.apply(lambda made: str(made["name"]))
            self.objects.append(KubernetesObject(f"{name}-secrets", manifest, kept, {"metadata": metadata, "data": data}))
        self.register_outputs({})

"""KnativeApp: the app as a Knative Service that scales to zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.knative.environment import Environment, EnvironmentArgs
from components.knative.object import KubernetesObject
from components.knative.surroundings import Surroundings, SurroundingsArgs
from nextcore import knative
from nextcore.knative_surroundings import pre_pull
from stacks.knative_settings import KnativeSettings


@dataclass(frozen=True)
class KnativeAppArgs:
    """`image`: repository@sha256:…, known before it is pushed; `image_resource` pushes it. `memory` in MiB.

    `env`: plain variables. `secrets`: the same as Pulumi secrets. `assets_origin`: where the server itself reads files of
    public/ (next/image). `annotations`: of the ServiceAccount.
    `before`: declares what needs the namespace and must be ready before the app.
    """

    app: str
    image: str
    env: dict[str, str]
    secrets: pulumi.Output[dict[str, str]] | None
    memory: int
    settings: KnativeSettings
    domains: tuple[str, ...] = ()
    assets_origin: str | None = None
    image_resource: pulumi.Resource | None = None
    port: int = knative.PORT
    health: str = knative.HEALTH
    annotations: Mapping[str, pulumi.Input[str]] | None = None
    before: Callable[[Sequence[pulumi.Resource]], Sequence[pulumi.Resource]] | None = None


class KnativeApp(pulumi.ComponentResource):
    """Namespace, account, variables, image on the nodes, Service ready, domains: in this order.

    `url`: the Service's own address. `revision`: the name of this version, for `traffic.revisions` later. The provider for
    the cluster comes by `opts`.
    """

    url: pulumi.Output[str]
    revision: pulumi.Output[str]

    def __init__(self, name: str, args: KnativeAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:KnativeApp", name, {}, opts)
        self._args = args
        settings, first = args.settings, [args.image_resource] if args.image_resource else []
        namespace = settings.namespace or args.app
        knative.refuse_reserved(set(args.env))
        needed: list[pulumi.Resource] = []
        if settings.create_namespace:
            needed = [KubernetesObject(f"{name}-namespace", knative.namespace(namespace), pulumi.ResourceOptions(parent=self))]
        child = pulumi.ResourceOptions(parent=self, depends_on=needed)
        if args.before is not None:
            first = [*first, *args.before(needed)]
        account = self._account(f"{name}-account", namespace, child)
        secrets = args.secrets.apply(_checked) if args.secrets is not None else None
        environment = Environment(f"{name}-environment", EnvironmentArgs(args.app, namespace, args.env, secrets), child)
        plain = _workload(args, namespace)
        if settings.pre_pull.enabled:
            manifest = pre_pull(plain, settings.pre_pull.pause_image)
            after = pulumi.ResourceOptions(parent=self, depends_on=[*needed, *first, account])
            needed = [*needed, KubernetesObject(f"{name}-pre-pull", manifest, after)]
        made = pulumi.Output.from_input(environment.secret).apply(
            lambda secret: _service(args, namespace, environment.config_map, secret)
        )
        self.service = KubernetesObject(
            f"{name}-service",
            _service(args, namespace, None, None),
            pulumi.ResourceOptions(parent=self, depends_on=[*needed, *first, account, *environment.objects]),
            {"spec": made.apply(lambda manifest: manifest["spec"])},
        )
        self.revision = made.apply(lambda manifest: str(manifest["spec"]["template"]["metadata"]["name"]))
        self.url = self.service.status.apply(lambda status: str((status or {}).get("url", "")))
        surroundings = SurroundingsArgs(plain, settings, args.domains, self.service)
        Surroundings(f"{name}-surroundings", surroundings, child)
        self.register_outputs({"url": self.url, "revision": self.revision})

    def _account(self, name: str, namespace: str, opts: pulumi.ResourceOptions) -> KubernetesObject:
        manifest, settled = knative.service_account(self._args.app, namespace), self._args.settings.service_account_annotations
        if not settled and not self._args.annotations:
            return KubernetesObject(name, manifest, opts)
        metadata = pulumi.Output.from_input(self._args.annotations or {}).apply(
            lambda given: {**manifest["metadata"], "annotations": {**settled, **given}}
        )
        return KubernetesObject(name, manifest, opts, {"metadata": metadata})


def _service(args: KnativeAppArgs, namespace: str, config_map: str | None, secret: str | None) -> knative.Manifest:
    traffic = knative.Traffic(args.settings.traffic.latest, args.settings.traffic.revisions)
    return knative.service(_workload(args, namespace, config_map, secret), traffic)


def _workload(args: KnativeAppArgs, namespace: str, config_map: str | None = None, secret: str | None = None) -> knative.Workload:
    settings, scale = args.settings, args.settings.scale
    return knative.Workload(
        args.app,
        namespace,
        args.image,
        memory=args.memory,
        cpu_request=settings.cpu_request,
        tmp=settings.tmp_size,
        scale=knative.Scale(
            warm=scale.warm_instances,
            largest=scale.max_scale,
            initial=scale.initial_scale,
            activation=scale.activation_scale,
            target=scale.target,
            concurrency=scale.container_concurrency,
            down_delay=scale.scale_down_delay,
            window=scale.window,
        ),
        probes=knative.Probes(**settings.probes.model_dump()),
        timeouts=knative.Timeouts(**settings.timeouts.model_dump()),
        pull_secrets=settings.image_pull_secrets,
        config_map=config_map,
        secret=secret,
        assets_origin=args.assets_origin,
        port=args.port,
        health=args.health,
    )


def _checked(values: dict[str, str]) -> dict[str, str]:
    knative.refuse_reserved(set(values))
    return values

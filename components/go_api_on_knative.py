"""GoApiOnKnative: the Go API as a Knative Service in the app's namespace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.api_parts import ApiParts
from components.app_image import AppImage, AppImageArgs
from components.knative_app import KnativeApp, KnativeAppArgs
from stacks.api_settings import ApiSettings
from stacks.knative_settings import KnativeSettings, PrePullSettings, ScaleSettings, TrafficSettings
from stacks.settings import StackSettings
from stacks.wiring import api_env

PORT = 8080


@dataclass(frozen=True)
class GoApiOnKnativeArgs:
    """`after`: the namespace, and what else must be there first. `parts.secrets` reach the API and nothing else."""

    parts: ApiParts
    settings: StackSettings
    namespace: str
    after: Sequence[pulumi.Resource]


class GoApiOnKnative(pulumi.ComponentResource):
    """Image pushed -> revision ready -> traffic moved by Knative; a revision that never answers takes none.

    The provider for the cluster comes by `opts`.
    """

    def __init__(self, name: str, args: GoApiOnKnativeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:GoApiOnKnative", name, {}, opts)
        built, settings = args.parts.built, args.settings
        if settings.api is None:
            raise ValueError("a stack without `api` has no GoApi")
        api = settings.api
        image = AppImage(
            name,
            AppImageArgs(
                built.name, built.image, built.layout, settings.registry, built.contents, daemon=False, docker_host=None
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.digest = image.digest
        self.app = KnativeApp(
            name,
            KnativeAppArgs(
                app=built.name,
                image=image.reference,
                env={"HOST": "0.0.0.0", **api_env(settings)},
                secrets=args.parts.secrets,
                memory=api.memory,
                settings=_scaled(settings.knative, api, args.namespace),
                domains=(api.host,) if api.host else (),
                image_resource=image.resource,
                port=PORT,
                health=api.health,
                annotations=self._annotations(args),
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[*args.after, *args.parts.after]),
        )
        self.register_outputs({"digest": self.digest})

    def _annotations(self, args: GoApiOnKnativeArgs) -> dict[str, pulumi.Input[str]] | None:
        buckets = args.settings.image_buckets
        if buckets is None or buckets.role is None:
            return None
        from components.api_role import ANNOTATION, ApiRole  # pulumi_aws, for stacks that have it

        own = pulumi.ResourceOptions(parent=self)
        return {ANNOTATION: ApiRole(args.parts.built.name, buckets, args.namespace, args.parts.built.name, own).arn}


def _scaled(settings: KnativeSettings, api: ApiSettings, namespace: str) -> KnativeSettings:
    """The app's settings with the API's own scale; its namespace is there already; shares of traffic and a role are the app's."""
    scale = ScaleSettings(
        warm_instances=api.warm_instances,
        max_scale=max(api.max_scale, api.warm_instances),
        scale_down_delay=settings.scale.scale_down_delay,
        window=settings.scale.window,
    )
    own = {
        "namespace": namespace,
        "create_namespace": False,
        "scale": scale,
        "probes": settings.probes.model_copy(update={"startup": api.start_seconds}),
        "traffic": TrafficSettings(),
        "pre_pull": PrePullSettings(),
        "service_account_annotations": {},
    }
    return settings.model_copy(update=own)

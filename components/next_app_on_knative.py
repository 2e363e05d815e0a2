"""NextAppOnKnative: everything that one app on a cluster is made of, in the order of an update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pulumi

from components.api_parts import ApiParts
from components.app_image import AppImage, AppImageArgs
from components.cdn import Cdn, CdnArgs
from components.cluster_routing import ClusterRouting, ClusterRoutingArgs
from components.go_api_on_knative import GoApiOnKnative, GoApiOnKnativeArgs
from components.knative.cluster import cluster_provider
from components.knative_app import KnativeApp, KnativeAppArgs
from components.static_assets_s3 import S3StaticAssets, S3StaticAssetsArgs
from nextcore.assets.manifest import manifest_digest
from nextcore.cdn import cdn_plan
from nextcore.cluster_edge import Edge, GatewayOptions, IngressOptions, http_route, ingress
from nextcore.cluster_routing import Bucket, Routing, bucket_location, cluster_caddyfile, inside, service
from nextcore.knative import Manifest
from nextcore.oci.image import BuiltImage
from nextcore.oci.layout import Layout
from nextcore.prepare import Prepared
from nextcore.shared_cache import unshared_warning
from stacks.cache_settings import DISTRIBUTION, cache_env, is_shared
from stacks.cdn_settings import CdnSettings, S3Settings
from stacks.settings import StackSettings
from stacks.wiring import IMAGES_PATH, api_route, content_security_policy, front_end_env, images_by_cdn


@dataclass(frozen=True)
class NextAppOnKnativeArgs:
    """What was built before anything is declared, and how it shall run; the settings have `registry` and `s3`."""

    built: Prepared
    settings: StackSettings
    secrets: pulumi.Output[dict[str, str]] | None
    api: ApiParts | None = None


class NextAppOnKnative(pulumi.ComponentResource):
    """Image pushed -> static files there -> revision ready, traffic moved by Knative -> routes and CDN follow.

    An API goes first: a new app may need what only the new API has.
    """

    def __init__(self, name: str, args: NextAppOnKnativeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:NextAppOnKnative", name, {}, opts)
        self._args, built, settings = args, args.built, args.settings
        if settings.s3 is None:
            raise ValueError("the settings' own check lets no stack without s3 come here")
        self._warn()
        child = pulumi.ResourceOptions(parent=self)
        cluster = cluster_provider("cluster", settings.knative.cluster, child)
        in_cluster = pulumi.ResourceOptions(parent=self, providers={"kubernetes": cluster})
        image = self._image("app", built.app, built.image, built.layout, built.contents)
        cdn = settings.cdn if isinstance(settings.cdn, CdnSettings) else None
        routed = cdn is None and settings.routing.kind != "none"
        files = self._files(settings.s3, cdn is not None, routed)
        edge = self._cdn(cdn, files, child) if cdn is not None else None
        bucket = bucket_location(settings.s3.bucket, built.app, settings.s3.endpoint, settings.s3.region)
        app = KnativeApp(
            "app",
            KnativeAppArgs(
                app=built.app,
                image=image.reference,
                env=self._env(),
                secrets=self._secrets(edge),
                memory=settings.resources.memory,
                settings=settings.knative,
                domains=() if routed else settings.domains,
                assets_origin=f"{bucket.url}{bucket.prefix}" if routed else None,
                image_resource=image.resource,
                before=partial(self._api, args.api, in_cluster) if args.api else None,
            ),
            pulumi.ResourceOptions.merge(in_cluster, pulumi.ResourceOptions(depends_on=[files.release])),
        )
        self.digest, self.revision = image.digest, app.revision
        self.url: pulumi.Output[str] = app.url
        if routed:
            self.url = self._routing(bucket, files, app, in_cluster)
        if edge is not None:
            edge.purge(f"{image.digest} {manifest_digest(built.distribution.payload.assets)}", [app.service])
            self.url = edge.url
        self.register_outputs({"url": self.url, "revision": self.revision})

    def _warn(self) -> None:
        settings, payload = self._args.settings, self._args.built.distribution.payload
        warning = unshared_warning(payload, settings.knative.scale.max_scale)
        if warning and settings.cache.store != "none" and not is_shared(settings.cache, settings.env):
            pulumi.log.warn(warning, self)

    def _cdn(self, settings: CdnSettings, files: S3StaticAssets, child: pulumi.ResourceOptions) -> Cdn:
        api = self._args.api
        images = api.images if api and images_by_cdn(self._args.settings) else None
        plan = cdn_plan(self._args.built.distribution.payload, settings.max_behaviours - 1, IMAGES_PATH if images else None)
        return Cdn("cdn", CdnArgs(plan, settings, files, images), child)

    def _secrets(self, edge: Cdn | None) -> pulumi.Output[dict[str, str]] | None:
        """With the distribution that the app purges: no secret, but known as late as they are."""
        secrets, settings = self._args.secrets, self._args.settings
        if edge is None or not edge.purged_by_app or not is_shared(settings.cache, settings.env) or DISTRIBUTION in settings.env:
            return secrets
        known = pulumi.Output.from_input(secrets if secrets is not None else {})
        return pulumi.Output.all(known, edge.distribution.id).apply(lambda both: {DISTRIBUTION: both[1], **both[0]})

    @property
    def _namespace(self) -> str:
        return self._args.settings.knative.namespace or self._args.built.app

    def _api(
        self, api: ApiParts, in_cluster: pulumi.ResourceOptions, after: Sequence[pulumi.Resource]
    ) -> Sequence[pulumi.Resource]:
        args = GoApiOnKnativeArgs(api, self._args.settings, self._namespace, after)
        return [GoApiOnKnative("api", args, in_cluster).app.service]

    def _env(self) -> dict[str, str]:
        wired = front_end_env(self._args.settings)
        if self._args.api is not None:
            wired["API_INTERNAL_URL"] = f"http://{inside(self._args.api.built.name, self._namespace)}"
        settings = self._args.settings
        return wired | cache_env(settings.cache, pulumi.get_stack(), self._args.built.app) | settings.env

    def _image(self, name: str, repository: str, image: BuiltImage, layout: Layout | None, contents: str) -> AppImage:
        registry = self._args.settings.registry
        args = AppImageArgs(repository, image, layout, registry, contents, daemon=False, docker_host=None)
        return AppImage(name, args, pulumi.ResourceOptions(parent=self))

    def _files(self, s3: S3Settings, cdn: bool, public: bool) -> S3StaticAssets:
        built, retained = self._args.built, self._args.settings.assets.retain_builds
        args = S3StaticAssetsArgs(built.app, built.distribution, s3, retained, cdn, public)
        return S3StaticAssets("assets", args, pulumi.ResourceOptions(parent=self))

    def _edge(self, namespace: str, routing: Routing) -> Manifest | None:
        settings = self._args.settings.routing
        edge = Edge(routing.app, namespace, service(routing)["metadata"]["name"], self._args.settings.domains)
        if settings.kind == "ingress":
            return ingress(edge, IngressOptions(**settings.ingress.model_dump()))
        if settings.kind == "gateway" and settings.gateway is not None:
            return http_route(edge, GatewayOptions(**settings.gateway.model_dump()))
        return None

    def _routing(
        self, bucket: Bucket, files: S3StaticAssets, app: KnativeApp, in_cluster: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        built, settings = self._args.built, self._args.settings
        caddy = self._image("caddy", f"{built.app}-caddy", built.caddy, built.caddy_layout, "caddy")
        namespace, policy = self._namespace, content_security_policy(settings)
        route = api_route(settings, self._args.api.built.name) if self._args.api else None
        text = cluster_caddyfile(built.distribution.payload, built.app, namespace, bucket, policy, route)
        routing = Routing(built.app, namespace, caddy.reference, text, settings.routing.replicas, settings.routing.service_type)
        after = [caddy.resource, files.release, app.service]
        made = ClusterRouting("routing", ClusterRoutingArgs(routing, self._edge(namespace, routing), after), in_cluster)
        return pulumi.Output.from_input(f"https://{settings.domains[0]}") if settings.domains else made.address

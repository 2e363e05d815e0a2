"""NextApp: everything that one app on a Docker host is made of, in the order of an update."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.api_parts import ApiParts
from components.app_image import AppImage, AppImageArgs
from components.caddy_proxy import CaddyProxy, CaddyProxyArgs
from components.docker_app import DockerApp, DockerAppArgs
from components.go_api import GoApi, GoApiArgs
from components.resources import CaddyConfig
from components.static_assets import StaticAssets, StaticAssetsArgs
from nextcore.assets.volume import build_mark
from nextcore.caddyfile import SiteOptions, render_main, render_site
from nextcore.prepare import Prepared
from stacks.cache_settings import cache_env
from stacks.settings import StackSettings
from stacks.wiring import api_route, content_security_policy, front_end_env


@dataclass(frozen=True)
class NextAppArgs:
    """What was built before anything is declared, and how it shall run."""

    built: Prepared
    settings: StackSettings
    secrets: pulumi.Output[dict[str, str]] | None
    api: ApiParts | None = None


class NextApp(pulumi.ComponentResource):
    """Image loaded -> static files there, and new container healthy -> proxy turned -> old container removed."""

    def __init__(self, name: str, args: NextAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:NextApp", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        built, settings = args.built, args.settings
        payload = built.distribution.payload
        host, proxy_settings, logging = settings.docker_host, settings.proxy, settings.logging
        proxy = CaddyProxy(
            "caddy",
            CaddyProxyArgs(
                proxy_settings.name,
                built.caddy,
                proxy_settings.bind,
                proxy_settings.http_port,
                proxy_settings.https_port,
                settings.monitoring.metrics_port,
                proxy_settings.shared,
                host,
                logging.max_size,
                logging.max_file,
            ),
            child,
        )
        api = self._api(args, proxy)
        after_api: list[pulumi.Resource] = [api.turned] if api else []
        image = AppImage(
            "app", AppImageArgs(built.app, built.image, built.layout, settings.registry, built.contents, True, host), child
        )
        assets = StaticAssets(
            "assets",
            StaticAssetsArgs(
                built.app, built.distribution, proxy, built.image.digest, image.resource, settings.assets.retain_builds, host
            ),
            child,
        )
        app = DockerApp(
            "app",
            DockerAppArgs(
                app=built.app,
                git_sha=payload.build.git_sha,
                image=built.image,
                image_resource=image.resource,
                manifest=assets.manifest,
                env=self._env(args),
                secrets=args.secrets,
                resources=settings.resources,
                logging=logging,
                hooks=settings.hooks.before,
                proxy=proxy,
                docker_host=host,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[image.resource, *after_api]),
        )
        site = SiteOptions(
            built.app,
            settings.domains,
            proxy_settings.http_port,
            content_security_policy(settings),
            api_route(settings, args.api.built.name) if args.api else None,
        )
        turned = CaddyConfig(
            "site",
            {
                "app": built.app,
                "container": proxy.container,
                "site": render_site(payload, site),
                "main": render_main(settings.monitoring.metrics_port),
                "upstream": app.upstream,
                "build": build_mark(assets.manifest),
                "routes": payload.route_table(),
                "dockerHost": host,
            },
            pulumi.ResourceOptions(parent=self, depends_on=[app.ready, assets.release]),
        )
        app.after("app-after", settings.hooks.after, turned)
        port = proxy_settings.http_port
        self.digest = image.digest
        self.url = f"https://{settings.domains[0]}" if settings.domains else f"http://localhost:{port}"
        self.register_outputs({"url": self.url})

    def _api(self, args: NextAppArgs, proxy: CaddyProxy) -> GoApi | None:
        """The API goes first: a new app may need what only the new API has, and the old app is served by both."""
        if args.api is None:
            return None
        return GoApi("api", GoApiArgs(args.api, args.settings, proxy), pulumi.ResourceOptions(parent=self))

    @staticmethod
    def _env(args: NextAppArgs) -> dict[str, str]:
        settings = args.settings
        wired = front_end_env(settings)
        if settings.api is not None:
            wired["API_INTERNAL_URL"] = f"http://{settings.proxy.name}-caddy:{settings.api.internal_port}"
        return wired | cache_env(settings.cache, pulumi.get_stack(), args.built.app) | settings.env

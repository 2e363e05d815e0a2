"""GoApi: the Go API as a hardened container beside the app, and the proxy's turn to it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.api_parts import ApiParts
from components.app_image import AppImage, AppImageArgs
from components.caddy_proxy import CaddyProxy
from components.docker_app import TMP
from components.hardening import hardened, labels, rotation
from components.resources import CaddyConfig, Ready
from nextcore.caddyfile import render_api_site, render_main
from nextcore.go_api import PROBE_IN_IMAGE
from stacks.settings import StackSettings
from stacks.wiring import api_env, api_host_port, api_paths, read_cache

PORT = 8080


@dataclass(frozen=True)
class GoApiArgs:
    """`parts.secrets` reach the container and nothing else."""

    parts: ApiParts
    settings: StackSettings
    proxy: CaddyProxy


class GoApi(pulumi.ComponentResource):
    """Image loaded -> new container healthy -> proxy turned -> old container removed.

    `turned` is done when the API takes requests: what depends on it finds the new version. A version that never answers
    its health check fails there, and the old one goes on serving.
    """

    def __init__(self, name: str, args: GoApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:GoApi", name, {}, opts)
        self._args = args
        built, settings, host = args.parts.built, args.settings, args.settings.docker_host
        if settings.api is None:
            raise ValueError("a stack without `api` has no GoApi")
        api = settings.api
        child = pulumi.ResourceOptions(parent=self)
        image = AppImage(
            name, AppImageArgs(built.name, built.image, built.layout, settings.registry, built.contents, True, host), child
        )
        self.digest = image.digest
        container = self._container(image)
        ready = Ready(
            f"{name}-ready",
            {"container": container.id, "seconds": api.start_seconds, "pids": api.pids, "dockerHost": host},
            child,
        )
        self.turned = CaddyConfig(
            f"{name}-site",
            {
                "app": built.name,
                "container": args.proxy.container,
                "site": render_api_site(built.name, api.internal_port, api.host, api_host_port(settings), read_cache(settings)),
                "main": render_main(settings.monitoring.metrics_port),
                "upstream": container.name.apply(lambda found: f"{found}:{PORT}"),
                "build": built.image.short,
                "routes": {path: "go" for path in api_paths(settings)} or {f"{api.host}/": "go"},
                "dockerHost": host,
            },
            pulumi.ResourceOptions(parent=self, depends_on=[ready]),
        )
        self.register_outputs({"digest": self.digest})

    def _container(self, image: AppImage) -> docker.Container:
        built, api, logging = self._args.parts.built, self._args.settings.api, self._args.settings.logging
        assert api is not None
        return docker.Container(
            f"{built.name}-{built.image.short}",
            image=built.image.digest,
            labels=labels(built.name),
            envs=self._environment(),
            networks_advanced=[docker.ContainerNetworksAdvancedArgs(name=self._args.proxy.network)],
            tmpfs={"/tmp": TMP},
            memory=api.memory,
            memory_swap=api.memory,  # the daemon fills in twice the memory: every preview would show it
            cpus=str(api.cpu) if api.cpu else None,
            healthcheck=docker.ContainerHealthcheckArgs(
                tests=["CMD", PROBE_IN_IMAGE, str(PORT), api.health], interval="1s", timeout="3s", retries=20, start_period="0s"
            ),
            must_run=False,  # Ready watches over it, and tells the log of one that fails
            **hardened(api.stop_grace),
            **rotation(logging.max_size, logging.max_file),
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=False,
                depends_on=[image.resource, *self._args.parts.after],
                replace_on_changes=["envs"],
            ),
        )

    def _environment(self) -> pulumi.Input[list[str]]:
        plain = [f"{key}={value}" for key, value in sorted(api_env(self._args.settings).items())]
        fixed = ["HOST=0.0.0.0", f"PORT={PORT}"]
        secrets = self._args.parts.secrets
        if secrets is None:
            return plain + fixed
        return secrets.apply(lambda found: plain + fixed + [f"{key}={value}" for key, value in sorted(found.items())])

"""DockerApp: the app as a hardened container that publishes no port."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.caddy_proxy import ASSETS_MOUNT, CaddyProxy
from components.hardening import hardened, labels, rotation
from components.resources import Hook, Image, Ready
from nextcore.app_image import CACHE
from nextcore.assets.volume import build_mark
from nextcore.oci.image import BuiltImage
from stacks.settings import HookSettings, LoggingSettings, ResourceSettings

PORT = 3000
TMP = "size=64m,mode=1777"
HEALTHY_SECONDS = 60


@dataclass(frozen=True)
class DockerAppArgs:
    """`env`: plain variables. `secrets`: the same as Pulumi secrets; they reach the container and nothing else.

    `image_resource`: the image in the daemon. `manifest`: hash over the build's static files, which name the folder that
    next/image reads from. `hooks` run before the container is made.
    """

    app: str
    git_sha: str | None
    image: BuiltImage
    image_resource: Image
    manifest: str
    env: dict[str, str]
    secrets: pulumi.Output[dict[str, str]] | None
    resources: ResourceSettings
    logging: LoggingSettings
    hooks: tuple[HookSettings, ...]
    proxy: CaddyProxy
    docker_host: str | None


class DockerApp(pulumi.ComponentResource):
    """The container; `upstream` is where the proxy finds it, known once it is healthy.

    A version is a resource of its own, named by its image: the new container runs beside the old one, which is removed
    when all that depends on the new one (the proxy's turn) is done. Where the new one failed, going back to the old
    version finds it still running. The daemon's name has random digits at its end, so that a second try of the same
    version never meets the first one's name.
    """

    def __init__(self, name: str, args: DockerAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:DockerApp", name, {}, opts)
        self._args = args
        self._container_name = f"{args.app}-{(args.git_sha or 'nogit')[:7]}-{args.image.short}"
        self._envs = self._environment()
        before = self._hooks(f"{name}-before", args.hooks)
        # Not deleted first: the former app's container, which still serves, would have to go before it.
        kept = pulumi.ResourceOptions(parent=self, delete_before_replace=False)
        self._cache = docker.Volume(f"{name}-cache", name=f"{args.proxy.name}-{args.app}-cache", opts=kept)
        self.container = self._container(before)
        self.ready = Ready(
            f"{name}-ready",
            {
                "container": self.container.id,
                "seconds": HEALTHY_SECONDS,
                "pids": args.resources.pids,
                "dockerHost": args.docker_host,
            },
            pulumi.ResourceOptions(parent=self),
        )
        self.upstream: pulumi.Output[str] = self.container.name.apply(lambda found: f"{found}:{PORT}")
        self.register_outputs({"upstream": self.upstream})

    def after(self, name: str, hooks: tuple[HookSettings, ...], turned: pulumi.Resource) -> None:
        """Declare the hooks that run when the traffic has moved."""
        self._hooks(name, hooks, [turned])

    def _environment(self) -> pulumi.Input[list[str]]:
        args = self._args
        plain = [f"{key}={value}" for key, value in sorted(args.env.items())]
        fixed = [
            # Docker presets HOSTNAME to the container's name; bound to that, Next takes rewrites for external ones.
            "HOSTNAME=0.0.0.0",
            f"PORT={PORT}",
            f"NEXTCORE_CACHE_DIR={CACHE}",
            f"NEXTCORE_ASSETS_DIR={ASSETS_MOUNT}/{args.app}/builds/{build_mark(args.manifest)}",
        ]
        if args.secrets is None:
            return plain + fixed
        return args.secrets.apply(lambda found: plain + fixed + [f"{key}={value}" for key, value in sorted(found.items())])

    def _container(self, before: list[pulumi.Resource]) -> docker.Container:
        args = self._args
        return docker.Container(
            self._container_name,
            image=args.image.digest,
            labels=labels(args.app),
            envs=self._envs,
            networks_advanced=[docker.ContainerNetworksAdvancedArgs(name=args.proxy.network)],
            mounts=[
                # next/image reads local files here; the app itself serves none of them.
                docker.ContainerMountArgs(type="volume", source=args.proxy.assets, target=ASSETS_MOUNT, read_only=True),
                # Optimised images and the fetch cache outlive a version; remade pages belong to one build each.
                docker.ContainerMountArgs(type="volume", source=self._cache.name, target=CACHE),
            ],
            tmpfs={"/tmp": TMP},
            memory=args.resources.memory,
            memory_swap=args.resources.memory,  # the daemon fills in twice the memory: every preview would show it
            cpus=str(args.resources.cpu) if args.resources.cpu else None,
            healthcheck=docker.ContainerHealthcheckArgs(
                tests=["CMD", "/app/server", "healthcheck"], interval="1s", timeout="3s", retries=20, start_period="0s"
            ),
            must_run=False,  # Ready watches over it, and tells the log of one that fails
            **hardened(args.resources.stop_grace),
            **rotation(args.logging.max_size, args.logging.max_file),
            # Its own dependency, not only the component's: the former image is removed after its container, or it stays.
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=False,
                depends_on=[args.image_resource, *before],
                replace_on_changes=["envs"],
            ),
        )

    def _hooks(
        self, name: str, hooks: tuple[HookSettings, ...], after: list[pulumi.Resource] | None = None
    ) -> list[pulumi.Resource]:
        """One after the other, in the order of the config."""
        done: list[pulumi.Resource] = list(after or [])
        for number, hook in enumerate(hooks, 1):
            declared = Hook(
                f"{name}-{number}",
                {
                    "image": hook.image or self._args.image.digest,
                    "command": list(hook.command),
                    "version": self._args.image.digest,
                    "network": self._args.proxy.network,
                    "envs": self._envs,
                    "seconds": hook.timeout,
                    "dockerHost": self._args.docker_host,
                },
                pulumi.ResourceOptions(parent=self, depends_on=done),
            )
            done = [declared]
        return done

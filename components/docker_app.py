"""DockerApp: the app as a hardened container that publishes no port."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.caddy_proxy import ASSETS_MOUNT, CaddyProxy
from components.hardening import hardened, rotation
from components.resources import Image
from nextcore.oci.image import BuiltImage
from stacks.settings import LoggingSettings, ResourceSettings

PORT = 3000
TMP = "size=64m,mode=1777"
HEALTHY_SECONDS = 60


@dataclass(frozen=True)
class DockerAppArgs:
    """`env`: plain variables. `secrets`: the same as Pulumi secrets; they reach the container and nothing else."""

    app: str
    git_sha: str | None
    image: BuiltImage
    image_resource: Image
    env: dict[str, str]
    secrets: pulumi.Output[dict[str, str]] | None
    resources: ResourceSettings
    logging: LoggingSettings
    proxy: CaddyProxy


class DockerApp(pulumi.ComponentResource):
    """The container; `upstream` is where the proxy finds it, known once it is healthy.

    Its name carries the image, so a new version is a new container beside the old one; the old one is removed when
    all that depends on the new one (the proxy's configuration) is done.
    """

    def __init__(self, name: str, args: DockerAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:DockerApp", name, {}, opts)
        container_name = f"{args.app}-{(args.git_sha or 'nogit')[:7]}-{args.image.short}"
        plain = [f"{key}={value}" for key, value in sorted(args.env.items())]
        fixed = [
            # Docker presets HOSTNAME to the container's name; bound to that, Next takes rewrites for external ones.
            "HOSTNAME=0.0.0.0",
            f"PORT={PORT}",
            f"NEXTCORE_ASSETS_DIR={ASSETS_MOUNT}/{args.app}",
        ]
        envs: pulumi.Input[list[str]] = plain + fixed
        if args.secrets is not None:
            envs = args.secrets.apply(lambda found: plain + fixed + [f"{key}={value}" for key, value in sorted(found.items())])
        container = docker.Container(
            f"{name}-container",
            name=container_name,
            image=args.image.digest,
            envs=envs,
            networks_advanced=[docker.ContainerNetworksAdvancedArgs(name=args.proxy.network.name, aliases=[container_name])],
            mounts=[
                # next/image reads local files here; the app itself serves none of them.
                docker.ContainerMountArgs(type="volume", source=args.proxy.assets.name, target=ASSETS_MOUNT, read_only=True)
            ],
            tmpfs={"/tmp": TMP},
            memory=args.resources.memory,
            memory_swap=args.resources.memory,  # the daemon fills in twice the memory: every preview would show it
            cpus=str(args.resources.cpu) if args.resources.cpu else None,
            healthcheck=docker.ContainerHealthcheckArgs(
                tests=["CMD", "/app/server", "healthcheck"], interval="1s", timeout="3s", retries=20, start_period="0s"
            ),
            wait=True,
            wait_timeout=HEALTHY_SECONDS,
            **hardened(args.resources.stop_grace),
            **rotation(args.logging.max_size, args.logging.max_file),
            opts=pulumi.ResourceOptions(
                parent=self, delete_before_replace=False, depends_on=[args.image_resource], replace_on_changes=["envs"]
            ),
        )
        self.upstream: pulumi.Output[str] = container.id.apply(lambda _id: f"{container_name}:{PORT}")
        self.upstream_name = f"{container_name}:{PORT}"
        self.container = container
        self.register_outputs({"upstream": self.upstream})

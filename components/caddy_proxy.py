"""CaddyProxy: the container that all traffic comes in through, with its network and volumes."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from components.hardening import TMPFS_OWNER, hardened, labels, rotation
from components.resources import Image
from nextcore.oci.image import BuiltImage

ASSETS_MOUNT = "/srv/assets"
MEMORY_MIB = 256


@dataclass(frozen=True)
class CaddyProxyArgs:
    """`http_port` and `https_port` are published on `bind`; no other container publishes any.

    `shared`: another stack has made the proxy of this name; this one adds its app to it. `metrics_port`: published too.
    """

    name: str
    image: BuiltImage
    bind: str
    http_port: int
    https_port: int | None
    metrics_port: int | None
    shared: bool
    docker_host: str | None
    log_max_size: str
    log_max_file: int


class CaddyProxy(pulumi.ComponentResource):
    """Network, volumes and the Caddy container, by name; `container` is known once it runs."""

    def __init__(self, name: str, args: CaddyProxyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:CaddyProxy", name, {}, opts)
        self.name = args.name
        self.network: pulumi.Input[str] = f"{args.name}-network"
        self.assets: pulumi.Input[str] = f"{args.name}-assets"
        self.container: pulumi.Output[str] = pulumi.Output.from_input(f"{args.name}-caddy")
        if not args.shared:
            self._declare(name, args)
        self.register_outputs({"container": self.container})

    def _declare(self, name: str, args: CaddyProxyArgs) -> None:
        child = pulumi.ResourceOptions(parent=self)
        network = docker.Network(f"{name}-network", name=f"{args.name}-network", driver="bridge", opts=child)
        assets = docker.Volume(f"{name}-assets", name=f"{args.name}-assets", opts=child)
        self.network, self.assets = network.name, assets.name
        config = docker.Volume(f"{name}-config", name=f"{args.name}-caddy-config", opts=child)
        data = docker.Volume(f"{name}-data", name=f"{args.name}-caddy-data", opts=child)
        image = Image(
            f"{name}-image",
            {
                "repository": f"{args.name}-caddy",
                "digest": args.image.digest,
                "folder": str(args.image.folder),
                "layers": [str(layer) for layer in args.image.layers],
                "size": args.image.size,
                "contents": "caddy",
                "daemon": True,
                "dockerHost": args.docker_host,
            },
            child,
        )
        ports = [docker.ContainerPortArgs(internal=args.http_port, external=args.http_port, ip=args.bind)]
        if args.https_port:
            ports.append(docker.ContainerPortArgs(internal=443, external=args.https_port, ip=args.bind))
        if args.metrics_port:
            ports.append(docker.ContainerPortArgs(internal=args.metrics_port, external=args.metrics_port, ip=args.bind))
        container = docker.Container(
            f"{name}-container",
            name=f"{args.name}-caddy",
            image=args.image.digest,
            command=["run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
            networks_advanced=[docker.ContainerNetworksAdvancedArgs(name=self.network)],
            ports=ports,
            mounts=[
                docker.ContainerMountArgs(type="volume", source=self.assets, target=ASSETS_MOUNT),
                docker.ContainerMountArgs(type="volume", source=config.name, target="/etc/caddy"),
                docker.ContainerMountArgs(type="volume", source=data.name, target="/data"),
            ],
            labels=labels(args.name),
            envs=["XDG_DATA_HOME=/data", "XDG_CONFIG_HOME=/data", "HOME=/data"],
            tmpfs={"/run/caddy": f"mode=0700,{TMPFS_OWNER}"},
            memory=MEMORY_MIB,
            memory_swap=MEMORY_MIB,
            **hardened(stop_grace=10),
            **rotation(args.log_max_size, args.log_max_file),
            # Its name and ports are taken while the old one runs: an update of Caddy itself is a short gap.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, depends_on=[image]),
        )
        self.container = container.id.apply(lambda _id: f"{args.name}-caddy")

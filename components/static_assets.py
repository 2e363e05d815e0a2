"""StaticAssets: one resource for all static files of a build."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.caddy_proxy import ASSETS_MOUNT, CaddyProxy
from components.resources import Image, Release
from nextcore.assets.manifest import manifest_digest, size_text
from nextcore.distribution import Distribution


@dataclass(frozen=True)
class StaticAssetsArgs:
    """Files of `distribution`, kept for `retain_builds` builds. `image`: the app's, already on the daemon."""

    app: str
    distribution: Distribution
    proxy: CaddyProxy
    image: str
    image_resource: Image
    retain_builds: int
    docker_host: str | None


class StaticAssets(pulumi.ComponentResource):
    """The files in the proxy's volume; `release` is done when all of them are there, `manifest` is their hash."""

    def __init__(self, name: str, args: StaticAssetsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:StaticAssets", name, {}, opts)
        assets = args.distribution.payload.assets
        self.manifest = manifest_digest(assets)
        self.release = Release(
            f"{name}-release",
            {
                "app": args.app,
                "container": args.proxy.container,
                "mount": ASSETS_MOUNT,
                "manifest": self.manifest,
                "files": size_text(len(assets), sum(asset.size for asset in assets)),
                "dist": str(args.distribution.released),
                "image": args.image,
                "retainBuilds": args.retain_builds,
                "dockerHost": args.docker_host,
            },
            pulumi.ResourceOptions(parent=self, depends_on=[args.image_resource]),
        )
        self.register_outputs({})

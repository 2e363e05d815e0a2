"""AppImage: the app's image where the target finds it: pushed to a registry, or loaded into the target's daemon."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.resources import Image
from nextcore.oci.image import BuiltImage
from nextcore.oci.layout import Layout
from nextcore.oci.registry import bare


@dataclass(frozen=True)
class AppImageArgs:
    """`layout` and `registry` (host/namespace) go together; without them the image goes into the daemon directly.

    `contents`: what is in it, for previews. `daemon`: whether the target is a Docker daemon that must have it.
    """

    app: str
    image: BuiltImage
    layout: Layout | None
    registry: str | None
    contents: str
    daemon: bool
    docker_host: str | None


class AppImage(pulumi.ComponentResource):
    """`digest` is what identifies the release: the manifest's in a registry, else the image id. Known in a preview."""

    def __init__(self, name: str, args: AppImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:AppImage", name, {}, opts)
        pushed = {}
        self.digest = args.image.digest
        self.reference = args.image.digest
        if args.registry and args.layout:
            self.digest = args.layout.digest
            self.reference = f"{bare(args.registry)}/{args.app}@{args.layout.digest}"
            pushed = {
                "registry": f"{args.registry}/{args.app}",
                "manifest": args.layout.digest,
                "layout": str(args.layout.folder),
            }
        self.resource = Image(
            f"{name}-image",
            {
                "repository": args.app,
                "digest": args.image.digest,
                "folder": str(args.image.folder),
                "layers": [str(layer) for layer in args.image.layers],
                "size": args.image.size,
                "contents": args.contents,
                "daemon": args.daemon,
                "dockerHost": args.docker_host,
                **pushed,  # type: ignore[typeddict-item]
            },
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"digest": self.digest, "reference": self.reference})

"""nextcore:oci:Image."""

from __future__ import annotations

from typing import NotRequired, TypedDict

import pulumi

from components.resources._custom import register


class ImageArgs(TypedDict):
    """`digest` is the image's id; `folder`, `layers`, `layout` are this machine's files and not compared; `size` in bytes.

    `registry` (host/repository), `manifest` (digest there) and `layout`: push it. `daemon`: have it in the target's.
    """

    repository: pulumi.Input[str]
    digest: pulumi.Input[str]
    folder: pulumi.Input[str]
    layers: pulumi.Input[list[str]]
    size: pulumi.Input[int]
    contents: pulumi.Input[str]
    daemon: pulumi.Input[bool]
    registry: NotRequired[pulumi.Input[str]]
    manifest: NotRequired[pulumi.Input[str]]
    layout: NotRequired[pulumi.Input[str]]
    dockerHost: pulumi.Input[str] | None


class Image(pulumi.CustomResource):
    """An image where the target finds it; `reference` names it there."""

    reference: pulumi.Output[str]

    def __init__(self, name: str, args: ImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        register(self, "nextcore:oci:Image", name, {**args, "reference": None}, opts)

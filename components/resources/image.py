"""nextcore:oci:Image."""

from __future__ import annotations

from typing import TypedDict

import pulumi

from components.resources._custom import register


class ImageArgs(TypedDict):
    """`digest` is the image's id; `folder` and `layers` are this machine's files and are not compared; `size` in bytes."""

    repository: pulumi.Input[str]
    digest: pulumi.Input[str]
    folder: pulumi.Input[str]
    layers: pulumi.Input[list[str]]
    size: pulumi.Input[int]
    contents: pulumi.Input[str]
    dockerHost: pulumi.Input[str] | None


class Image(pulumi.CustomResource):
    """An image in the target's daemon; `reference` is what a container names."""

    reference: pulumi.Output[str]

    def __init__(self, name: str, args: ImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        register(self, "nextcore:oci:Image", name, {**args, "reference": None}, opts)

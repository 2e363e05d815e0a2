"""nextcore:assets:Release."""

from __future__ import annotations

from typing import TypedDict

import pulumi

from components.resources._custom import register


class ReleaseArgs(TypedDict):
    """`manifest`: hash over all files. `files` tells count and size in a preview.

    `dist` and `image` (the app's, whose executable looks after the volume) are not compared.
    """

    app: pulumi.Input[str]
    container: pulumi.Input[str]
    mount: pulumi.Input[str]
    manifest: pulumi.Input[str]
    files: pulumi.Input[str]
    dist: pulumi.Input[str]
    image: pulumi.Input[str]
    retainBuilds: pulumi.Input[int]
    dockerHost: pulumi.Input[str] | None


class Release(pulumi.CustomResource):
    """A build's static files, added to those of the builds before."""

    retained_builds: pulumi.Output[list[str]]

    def __init__(self, name: str, args: ReleaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        register(self, "nextcore:assets:Release", name, {**args, "retainedBuilds": None}, opts)

"""nextcore:assets:Release in a bucket."""

from __future__ import annotations

from typing import TypedDict

import pulumi

from components.resources._custom import register

OUTPUTS = {"retainedBuilds": "retained_builds", "changedPaths": "changed_paths", "generation": "generation"}


class S3ReleaseArgs(TypedDict):
    """`manifest`: hash over all files. `files` (count and size) and `routes` (path to kind) are for previews. `dist` is not
    compared."""

    app: pulumi.Input[str]
    bucket: pulumi.Input[str]
    endpoint: pulumi.Input[str] | None
    region: pulumi.Input[str] | None
    encoding: pulumi.Input[str]
    manifest: pulumi.Input[str]
    files: pulumi.Input[str]
    routes: pulumi.Input[dict[str, str]]
    dist: pulumi.Input[str]
    retainBuilds: pulumi.Input[int]


class S3Release(pulumi.CustomResource):
    """A build's static files, added to those of the builds before."""

    retained_builds: pulumi.Output[list[str]]
    changed_paths: pulumi.Output[list[str]]

    def __init__(self, name: str, args: S3ReleaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        outputs = dict.fromkeys(OUTPUTS.values())
        register(self, "nextcore:assets:Release", name, {**args, "store": "s3", **outputs}, opts)

    def translate_output_property(self, prop: str) -> str:
        return OUTPUTS.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        return next((wire for wire, python in OUTPUTS.items() if python == prop), prop)

"""nextcore:docker:Hook."""

from __future__ import annotations

from typing import TypedDict

import pulumi

from components.resources._custom import register


class HookArgs(TypedDict):
    """`envs`: NAME=value each. It runs again when anything changes; `version` is there for that."""

    image: pulumi.Input[str]
    command: pulumi.Input[list[str]]
    version: pulumi.Input[str]
    network: pulumi.Input[str]
    envs: pulumi.Input[list[str]]
    seconds: pulumi.Input[int]
    dockerHost: pulumi.Input[str] | None


class Hook(pulumi.CustomResource):
    """A command in a one-off container; a failing one stops the deployment."""

    def __init__(self, name: str, args: HookArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        register(self, "nextcore:docker:Hook", name, args, opts)

"""nextcore:docker:Ready."""

from __future__ import annotations

from typing import TypedDict

import pulumi

from components.resources._custom import register


class ReadyArgs(TypedDict):
    """`container`: its id. `seconds` to get healthy in; `pids`: most processes and threads it may have."""

    container: pulumi.Input[str]
    seconds: pulumi.Input[int]
    pids: pulumi.Input[int]
    dockerHost: pulumi.Input[str] | None


class Ready(pulumi.CustomResource):
    """A container that got healthy; its creation fails with the container's last log lines."""

    def __init__(self, name: str, args: ReadyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        register(self, "nextcore:docker:Ready", name, args, opts)

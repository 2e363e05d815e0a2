"""nextcore:cdn:Invalidation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import pulumi

from components.resources._custom import register


class InvalidationArgs(TypedDict):
    """`release` is what a change of is the reason to purge; `pages` and `changed` are what is stale by it."""

    distribution: pulumi.Input[str]
    release: pulumi.Input[str]
    pages: pulumi.Input[Sequence[str]]
    changed: pulumi.Input[Sequence[str]]


class Invalidation(pulumi.CustomResource):
    """What a release made stale, purged from CloudFront."""

    purged: pulumi.Output[list[str]]

    def __init__(self, name: str, args: InvalidationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        register(self, "nextcore:cdn:Invalidation", name, {**args, "purged": None}, opts)

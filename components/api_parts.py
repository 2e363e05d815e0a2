"""What a Go API is declared from, in either target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from nextcore.prepare_api import PreparedApi


@dataclass(frozen=True)
class ApiParts:
    """`secrets`: variables that are Pulumi secrets. `after`: what must be there before it starts."""

    built: PreparedApi
    secrets: pulumi.Output[dict[str, str]] | None
    after: Sequence[pulumi.Resource] = ()

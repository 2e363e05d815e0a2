"""What a Go API is declared from, in either target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from nextcore.prepare_api import PreparedApi

if TYPE_CHECKING:  # pulumi_aws takes a second to import
    from components.image_buckets import ImageBuckets


@dataclass(frozen=True)
class ApiParts:
    """`secrets`: variables that are Pulumi secrets. `images`: its buckets."""

    built: PreparedApi
    secrets: pulumi.Output[dict[str, str]] | None
    images: ImageBuckets | None = None

    @property
    def after(self) -> Sequence[pulumi.Resource]:
        """What must be there before it starts."""
        return self.images.ready if self.images else ()

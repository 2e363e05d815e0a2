"""What the three resources share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

VERSION = "0.1.0"


def register(
    resource: pulumi.CustomResource, token: str, name: str, properties: Mapping[str, Any], opts: pulumi.ResourceOptions | None
) -> None:
    """Declare `resource` with this provider's version."""
    merged = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(version=VERSION))
    pulumi.CustomResource.__init__(resource, token, name, dict(properties), merged)

"""A Kubernetes object from its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

# As pyproject.toml pins pulumi-kubernetes; the engine looks for the plugin of this version.
VERSION = "4.34.2"


def token(api_version: str, kind: str) -> str:
    """pulumi-kubernetes' type: `kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:Secret`."""
    return f"kubernetes:{api_version if '/' in api_version else f'core/{api_version}'}:{kind}"


class KubernetesObject(pulumi.CustomResource):
    """An object of any kind, through pulumi-kubernetes.

    Its Python classes are not used: they take 0.9 s to import, and pure manifests can be tested without Pulumi.
    """

    metadata: pulumi.Output[dict[str, Any]]
    status: pulumi.Output[dict[str, Any] | None]

    def __init__(
        self,
        name: str,
        manifest: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
        values: Mapping[str, pulumi.Input[Any]] | None = None,
    ) -> None:
        """`manifest`: plain. `values`: top-level fields that are outputs; they win."""
        properties: dict[str, Any] = {"metadata": None, "status": None, **manifest, **(values or {})}
        merged = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(version=VERSION), opts)
        super().__init__(token(manifest["apiVersion"], manifest["kind"]), name, properties, merged)

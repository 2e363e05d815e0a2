"""The provider of a stack's cluster."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from stacks.knative_settings import ClusterSettings


def cluster_provider(name: str, settings: ClusterSettings, opts: pulumi.ResourceOptions | None = None) -> kubernetes.Provider:
    """pulumi-kubernetes with what the components count on.

    Existing objects are taken over: an update that was killed has made some that the state does not know, and a Secret
    of an older version is there again when its values come back.
    """
    return kubernetes.Provider(
        name,
        kubeconfig=settings.kubeconfig,
        context=settings.context,
        enable_server_side_apply=True,
        upsert_existing_objects=True,
        opts=opts,
    )

"""The registry that the cluster pulls from: no login, on the bridge's address only.

Plain HTTP is enough on both sides: containerd is told so, and Knative, which resolves tags itself, takes a private
address range for plain HTTP anyway.
"""

from __future__ import annotations

from offline.cluster.places import REGISTRY, ClusterPlaces
from offline.services.registry import Registry


def cluster_registry(places: ClusterPlaces) -> Registry:
    return Registry(places.setup, places.state / "registry", REGISTRY)

"""The S3 server of the cluster, on the bridge's address only: pods read static files there, programs write them."""

from __future__ import annotations

from offline.cluster.places import STORE, ClusterPlaces
from offline.services.versitygw import S3Server


def cluster_store(places: ClusterPlaces) -> S3Server:
    return S3Server(places.setup, places.state / "store", STORE)

"""CoreDNS: names of Services, as pods look them up."""

from __future__ import annotations

from offline.cluster.images import image
from offline.cluster.kubectl import Kubectl
from offline.cluster.places import DNS_SERVICE, ClusterPlaces


def dns_up(places: ClusterPlaces, kubectl: Kubectl) -> None:
    kubectl.apply_file("dns.yaml", image=image(places, "coredns"), address=DNS_SERVICE)
    kubectl.rolled_out("kube-system", "coredns")

"""Objects that the tests declare, and what a person or another program does to them."""

from __future__ import annotations

from offline.plugins.kubernetes.cluster import Cluster, Kind
from offline.plugins.kubernetes.values import Object

CONFIG_MAPS = Kind("v1", "ConfigMap", "configmaps", True)
DEPLOYMENTS = Kind("apps/v1", "Deployment", "deployments", True)
JOBS = Kind("batch/v1", "Job", "jobs", True)
SECRETS = Kind("v1", "Secret", "secrets", True)


def config_map(name: str | None, namespace: str, **data: str) -> Object:
    meta = {"namespace": namespace} | ({"name": name} if name else {})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


def deployment(namespace: str, **spec: object) -> Object:
    """Without replicas, so that it is ready where no node is."""
    labels = {"app": "web"}
    container = {"name": "web", "image": "registry.example.com/web:1", "resources": {"limits": {"cpu": "1000m"}}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template, **spec},
    }


def job(namespace: str, seconds: int) -> Object:
    """Never done where no node is."""
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "registry.example.com/a"}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "job", "namespace": namespace, "annotations": {"pulumi.com/timeoutSeconds": str(seconds)}},
        "spec": {"template": {"spec": pod}},
    }


def edit(cluster: Cluster, kind: Kind, namespace: str, name: str, patch: Object, *, manager: str) -> None:
    """As `kubectl edit` does, or another program."""
    query = {"fieldManager": manager}
    cluster.request("PATCH", kind.path(namespace, name), query, patch, "application/merge-patch+json")

"""What is said of an object that does not become ready: its conditions, events, pods and their last log lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from offline.plugins.kubernetes.cluster import Cluster, Kind
from offline.plugins.kubernetes.failures import PluginError
from offline.plugins.kubernetes.objects import metadata
from offline.plugins.kubernetes.readiness import conditions, said, status
from offline.plugins.kubernetes.values import Object

PODS = Kind("v1", "Pod", "pods", True)
EVENTS = Kind("v1", "Event", "events", True)
LOG_LINES = 15
MOST_PODS = 3
MOST_EVENTS = 6


def reasons(cluster: Cluster, obj: Object) -> list[str]:
    """Lines for the user, most telling first. Never raises: the wait's own failure is what matters."""
    try:
        return list(dict.fromkeys(_reasons(cluster, obj)))
    except PluginError as error:
        return [f"(no more could be found out: {error})"]


def _reasons(cluster: Cluster, obj: Object) -> Iterator[str]:
    yield from (said(entry) for entry in conditions(obj) if _telling(entry))
    yield from _revision(cluster, obj)
    namespace = str(metadata(obj).get("namespace", ""))
    if not namespace:
        return
    yield from _events(cluster, namespace, obj)
    pods = _pods(cluster, namespace, obj)
    for found in pods[:MOST_PODS]:
        yield from _pod(cluster, namespace, found)
        yield from _events(cluster, namespace, found)
    if len(pods) > MOST_PODS:
        yield f"{len(pods) - MOST_PODS} more pods"


def _telling(entry: Object) -> bool:
    """Conditions that are not as they should be; an `Info` one never stops anything."""
    return entry.get("status") != "True" and entry.get("severity") != "Info" and bool(entry.get("message") or entry.get("reason"))


def _revision(cluster: Cluster, obj: Object) -> Iterator[str]:
    """A Knative Service says that a revision failed; why, the revision says."""
    name = status(obj).get("latestCreatedRevisionName")
    if not name or not str(obj.get("apiVersion")).startswith("serving.knative.dev/"):
        return
    found = cluster.get(cluster.kind("serving.knative.dev/v1", "Revision"), metadata(obj)["namespace"], name)
    for entry in conditions(found or {}):
        if _telling(entry):
            yield f"revision {name}: {said(entry)}"


def _events(cluster: Cluster, namespace: str, obj: Object) -> Iterator[str]:
    meta = metadata(obj)
    listed = cluster.list(EVENTS, namespace, fieldSelector=f"involvedObject.uid={meta.get('uid')},type!=Normal")
    for event in sorted(listed, key=_when)[-MOST_EVENTS:]:
        count = event.get("count") or (event.get("series") or {}).get("count") or 1
        times = f" ({count} times)" if count > 1 else ""
        yield f"{obj.get('kind')} {meta.get('name')}: {event.get('reason')}: {event.get('message')}{times}"


def _when(event: Object) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or metadata(event).get("creationTimestamp") or "")


def selector_of(obj: Object) -> str | None:
    """The label selector of the pods that belong to an object."""
    meta, spec = metadata(obj), obj.get("spec") or {}
    kind, version = obj.get("kind"), str(obj.get("apiVersion"))
    if version.startswith("serving.knative.dev/"):
        revision = status(obj).get("latestCreatedRevisionName")
        return f"serving.knative.dev/revision={revision}" if revision else f"serving.knative.dev/service={meta['name']}"
    if kind == "Job":
        return f"batch.kubernetes.io/job-name={meta['name']}"
    labels: Any = spec.get("selector")
    if kind != "Service" and isinstance(labels, dict):
        labels = labels.get("matchLabels")
    if not isinstance(labels, dict) or not labels:
        return None
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _pods(cluster: Cluster, namespace: str, obj: Object) -> list[Object]:
    """The object's pods, unready ones first. A list holds objects without their kind."""
    if obj.get("kind") == "Pod":
        return [obj]
    selector = selector_of(obj)
    if selector is None:
        return []
    found = [{"apiVersion": "v1", "kind": "Pod", **item} for item in cluster.list(PODS, namespace, labelSelector=selector)]
    return sorted(found, key=lambda item: (_is_ready(item), str(metadata(item).get("creationTimestamp"))))


def _is_ready(item: Object) -> bool:
    return any(entry.get("type") == "Ready" and entry.get("status") == "True" for entry in conditions(item))


def _pod(cluster: Cluster, namespace: str, item: Object) -> Iterator[str]:
    name = metadata(item)["name"]
    containers = [*(status(item).get("initContainerStatuses") or []), *(status(item).get("containerStatuses") or [])]
    for container in containers:
        state, last = container.get("state") or {}, container.get("lastState") or {}
        held, ended = state.get("waiting"), state.get("terminated") or last.get("terminated")
        if held:
            yield f"pod {name}, {container['name']}: {held.get('reason')}: {held.get('message', '')}".rstrip(": ")
        if ended and ended.get("exitCode"):
            yield f"pod {name}, {container['name']}: ended with {ended['exitCode']} ({ended.get('reason')})"
        if not container.get("ready") and (ended or state.get("running")) and container["name"] != "queue-proxy":
            previous = "terminated" not in state and "terminated" in last
            text = cluster.logs(namespace, name, container["name"], LOG_LINES, previous).rstrip()
            if text:
                yield f"pod {name}, {container['name']}, last lines:\n" + "\n".join(f"    {line}" for line in text.splitlines())

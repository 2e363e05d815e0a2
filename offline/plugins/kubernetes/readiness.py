"""When an object counts as ready, by kind. Pure: an object in, progress out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from offline.plugins.kubernetes.objects import metadata
from offline.plugins.kubernetes.values import Object

State = Literal["ready", "waiting", "failing", "failed"]


@dataclass(frozen=True)
class Progress:
    """`failing`: it may recover, and is given a while. `failed`: it will not."""

    state: State
    message: str = ""

    @property
    def ready(self) -> bool:
        return self.state == "ready"


READY = Progress("ready")
Rule = Callable[[Object], Progress]


def waiting(message: str) -> Progress:
    return Progress("waiting", message)


def failed(message: str) -> Progress:
    return Progress("failed", message)


def status(obj: Mapping[str, Any]) -> Object:
    found = obj.get("status")
    return found if isinstance(found, dict) else {}


def conditions(obj: Mapping[str, Any]) -> list[Object]:
    """The object's conditions; empty where it has none."""
    found = status(obj).get("conditions")
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def condition(obj: Mapping[str, Any], name: str) -> Object | None:
    """The condition of a type, whatever its case."""
    return next((entry for entry in conditions(obj) if str(entry.get("type", "")).lower() == name.lower()), None)


def said(entry: Mapping[str, Any]) -> str:
    """`Ready is False (RevisionFailed): its message`."""
    reason = f" ({entry['reason']})" if entry.get("reason") else ""
    message = f": {entry['message']}" if entry.get("message") else ""
    return f"{entry.get('type')} is {entry.get('status')}{reason}{message}"


def observed(obj: Mapping[str, Any], entry: Mapping[str, Any] | None = None) -> bool:
    """Whether the status speaks of the object as it is now, not of one before."""
    generation = metadata(obj).get("generation")
    seen = (entry or {}).get("observedGeneration", status(obj).get("observedGeneration"))
    return not isinstance(generation, int) or not isinstance(seen, int) or seen >= generation


def deployment(obj: Object) -> Progress:
    progressing = condition(obj, "Progressing")
    if not observed(obj):
        return waiting("the controller has not seen this version yet")
    if progressing and progressing.get("reason") == "ProgressDeadlineExceeded":
        return failed(said(progressing))
    wanted, found = _replicas(obj), status(obj)
    updated, total, available = (int(found.get(key) or 0) for key in ("updatedReplicas", "replicas", "availableReplicas"))
    if updated < wanted:
        return waiting(f"{updated} of {wanted} pods are of the new version")
    if total > updated:
        return waiting(f"{total - updated} old pods are being removed")
    return READY if available >= wanted else waiting(f"{available} of {wanted} pods are available")


def stateful_set(obj: Object) -> Progress:
    if not observed(obj):
        return waiting("the controller has not seen this version yet")
    wanted, found = _replicas(obj), status(obj)
    ready = int(found.get("readyReplicas") or 0)
    if ready < wanted:
        return waiting(f"{ready} of {wanted} pods are ready")
    update = obj.get("spec", {}).get("updateStrategy", {})
    partition = (update.get("rollingUpdate") or {}).get("partition") or 0
    if update.get("type") == "OnDelete" or partition or found.get("updateRevision") == found.get("currentRevision"):
        return READY
    return waiting(f"{int(found.get('updatedReplicas') or 0)} of {wanted} pods are of the new version")


def daemon_set(obj: Object) -> Progress:
    if not observed(obj):
        return waiting("the controller has not seen this version yet")
    found = status(obj)
    wanted = int(found.get("desiredNumberScheduled") or 0)
    updated = int(found.get("updatedNumberScheduled") or 0)
    available = int(found.get("numberAvailable") or 0)
    if obj.get("spec", {}).get("updateStrategy", {}).get("type") != "OnDelete" and updated < wanted:
        return waiting(f"{updated} of {wanted} nodes have the new version")
    return READY if available >= wanted else waiting(f"{available} of {wanted} nodes have an available pod")


def job(obj: Object) -> Progress:
    for name in ("Failed", "FailureTarget"):
        ended = condition(obj, name)
        if ended and ended.get("status") == "True":
            return failed(said(ended))
    complete = condition(obj, "Complete")
    if complete and complete.get("status") == "True":
        return READY
    if obj.get("spec", {}).get("suspend"):
        return READY
    found = status(obj)
    return waiting(f"{int(found.get('succeeded') or 0)} succeeded, {int(found.get('active') or 0)} active")


def pod(obj: Object) -> Progress:
    phase = status(obj).get("phase")
    if phase == "Succeeded":
        return READY
    if phase == "Failed":
        return failed(f"the pod failed: {status(obj).get('reason') or ''} {status(obj).get('message') or ''}".strip())
    ready = condition(obj, "Ready")
    if ready and ready.get("status") == "True":
        return READY
    scheduled = condition(obj, "PodScheduled")
    if scheduled and scheduled.get("status") == "False":
        return waiting(said(scheduled))
    return waiting(said(ready) if ready else f"the pod is {phase or 'new'}")


def persistent_volume_claim(obj: Object) -> Progress:
    phase = status(obj).get("phase")
    return READY if phase == "Bound" else waiting(f"the claim is {phase or 'new'}")


def namespace(obj: Object) -> Progress:
    phase = status(obj).get("phase")
    return READY if phase == "Active" else waiting(f"the namespace is {phase or 'new'}")


def ingress(obj: Object) -> Progress:
    addresses = (status(obj).get("loadBalancer") or {}).get("ingress")
    return READY if addresses else waiting("no controller has given the Ingress an address")


def service(obj: Object) -> Progress:
    """A load balancer's address. Whether pods stand behind it is asked in waiting.py."""
    if obj.get("spec", {}).get("type") != "LoadBalancer":
        return READY
    addresses = (status(obj).get("loadBalancer") or {}).get("ingress")
    return READY if addresses else waiting("no load balancer has given the Service an address")


def needs_endpoints(obj: Mapping[str, Any]) -> bool:
    """Whether a Service waits for pods: not where it names none, is headless or points outside the cluster."""
    spec = obj.get("spec", {})
    return bool(spec.get("selector")) and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None"


def definition(obj: Object) -> Progress:
    refused = condition(obj, "NamesAccepted")
    if refused and refused.get("status") == "False":
        return failed(said(refused))
    established = condition(obj, "Established")
    done = established and established.get("status") == "True"
    return READY if done else waiting("the API server does not serve the new kind yet")


def _replicas(obj: Object) -> int:
    found = obj.get("spec", {}).get("replicas")
    return 1 if found is None else int(found)


RULES: Mapping[tuple[str, str], Rule] = {
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): definition,
    ("apps/v1", "DaemonSet"): daemon_set,
    ("apps/v1", "Deployment"): deployment,
    ("apps/v1", "StatefulSet"): stateful_set,
    ("batch/v1", "Job"): job,
    ("networking.k8s.io/v1", "Ingress"): ingress,
    ("v1", "Namespace"): namespace,
    ("v1", "PersistentVolumeClaim"): persistent_volume_claim,
    ("v1", "Pod"): pod,
    ("v1", "Service"): service,
}

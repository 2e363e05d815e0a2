"""Waiting until an object is ready or gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from offline.plugins.kubernetes import readiness
from offline.plugins.kubernetes.cluster import Cluster, Kind
from offline.plugins.kubernetes.failures import CancelledError, PluginError
from offline.plugins.kubernetes.objects import SKIP_AWAIT, TIMEOUT_SECONDS, WAIT_FOR, annotation, identity, metadata
from offline.plugins.kubernetes.readiness import READY, Progress, Rule
from offline.plugins.kubernetes.values import Object
from offline.plugins.kubernetes.wait_for import parse

DEFAULT_SECONDS = 600.0  # as pulumi-kubernetes
# One watch's length: how late a cancel or the pods behind a Service are noticed.
SLICE_SECONDS = 2
# How long an object may say that it fails before the wait ends. A container that needs its database restarts after
# 10 and 20 s; an image that does not exist is told in less than 30 s instead of at the timeout.
GRACE_SECONDS = 30.0
CLASSES = Kind("storage.k8s.io/v1", "StorageClass", "storageclasses", False)
SLICES = Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", True)


class NotReadyError(PluginError):
    """The wait ended without success. `last` is the object as it was then."""

    def __init__(self, message: str, last: Object) -> None:
        super().__init__(message)
        self.last = last


@dataclass(frozen=True)
class Waiter:
    """`tell` shows progress to the user; `cancelled` ends every wait."""

    cluster: Cluster
    tell: Callable[[str], None]
    cancelled: threading.Event

    def until_ready(self, kind: Kind, inputs: Object, applied: Object, seconds: float) -> Object:
        """The object once it is ready. Raises NotReadyError and CancelledError."""
        rule = rule_of(inputs)
        if rule is None:
            return applied
        deadline = time.monotonic() + seconds
        failing_since: float | None = None
        current, told = applied, ""
        while True:
            progress = self._behind(rule(current), current)
            if progress.ready:
                return current
            now = time.monotonic()
            failing_since = (failing_since or now) if progress.state == "failing" else None
            if progress.state == "failed" or (failing_since and now - failing_since > GRACE_SECONDS):
                raise NotReadyError(progress.message, current)
            if now >= deadline:
                raise NotReadyError(f"not ready after {seconds:.0f} s: {progress.message}", current)
            if progress.message != told:
                told = progress.message
                self.tell(told)
            found = self.next(kind, current, deadline - now)
            if found is None:
                raise NotReadyError("it was deleted while it was waited for", current)
            current = found

    def until_gone(self, kind: Kind, obj: Object, seconds: float) -> None:
        """Return when no such object is there, or another one of that name. Raises NotReadyError and CancelledError."""
        deadline = time.monotonic() + seconds
        uid, told = metadata(obj).get("uid"), ""
        current: Object | None = self.cluster.get(kind, metadata(obj).get("namespace", ""), metadata(obj)["name"])
        while current is not None and (not uid or metadata(current).get("uid") == uid):
            holders = ", ".join(metadata(current).get("finalizers") or [])
            message = f"finalizers hold it: {holders}" if holders else "its pods or dependents end"
            if time.monotonic() >= deadline:
                hint = "what set the finalizer must release it" if holders else "raise the delete timeout"
                raise NotReadyError(f"{identity(obj)} still exists after {seconds:.0f} s; {message}\n  next: {hint}", current)
            if message != told:
                told = message
                self.tell(message)
            current = self.next(kind, current, deadline - time.monotonic())

    def next(self, kind: Kind, current: Object, seconds: float) -> Object | None:
        """The object after its next change, or as it is after a while. None: it is gone."""
        if self.cancelled.is_set():
            raise CancelledError("the update was cancelled while it waited")
        meta = metadata(current)
        namespace, name = meta.get("namespace", ""), meta["name"]
        length = max(1, min(SLICE_SECONDS, int(seconds) + 1))
        for event in self.cluster.watch(kind, namespace, name, str(meta.get("resourceVersion", "")), length):
            return None if event.kind == "DELETED" else event.object
        return self.cluster.get(kind, namespace, name)

    def _behind(self, progress: Progress, obj: Object) -> Progress:
        """What the object alone does not tell: the pods of a Service, the class of a claim."""
        if obj.get("apiVersion") != "v1":
            return progress
        if obj.get("kind") == "PersistentVolumeClaim" and not progress.ready and self._binds_late(obj):
            return READY
        if obj.get("kind") == "Service" and progress.ready and readiness.needs_endpoints(obj):
            return self._endpoints(obj)
        return progress

    def _binds_late(self, obj: Object) -> bool:
        """A claim of such a class is bound with its first pod, so nobody may wait for it before."""
        name = obj.get("spec", {}).get("storageClassName")
        found = self.cluster.get(CLASSES, "", name) if name else None
        return bool(found) and (found or {}).get("volumeBindingMode") == "WaitForFirstConsumer"

    def _endpoints(self, obj: Object) -> Progress:
        meta = metadata(obj)
        selector = f"kubernetes.io/service-name={meta['name']}"
        for item in self.cluster.list(SLICES, meta["namespace"], labelSelector=selector):
            for endpoint in item.get("endpoints") or []:
                if (endpoint.get("conditions") or {}).get("ready") is not False:
                    return READY
        return readiness.waiting("no ready pod matches its selector")


def rule_of(inputs: Object) -> Rule | None:
    """How an object's readiness is told; None where it counts as ready at once."""
    if annotation(inputs, SKIP_AWAIT) == "true":
        return None
    if text := annotation(inputs, WAIT_FOR):
        return parse(text)
    return readiness.RULES.get((str(inputs.get("apiVersion")), str(inputs.get("kind"))))


def timeout_of(requested: float, inputs: Object) -> float:
    """Seconds: the resource option customTimeouts, else the annotation, else ten minutes."""
    if requested:
        return requested
    text = annotation(inputs, TIMEOUT_SECONDS)
    return float(text) if text.isdecimal() else DEFAULT_SECONDS

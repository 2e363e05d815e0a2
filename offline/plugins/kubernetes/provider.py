"""The resources' life: check, diff, create, read, update, delete. Plain objects in and out; servicer.py speaks the protocol."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from offline.plugins.kubernetes import naming, report
from offline.plugins.kubernetes.applying import Applier
from offline.plugins.kubernetes.changes import Change, besides, compare, effective, mark_immutable, mark_replacing, within
from offline.plugins.kubernetes.cluster import Cluster, Kind
from offline.plugins.kubernetes.drift import as_declared, drifted
from offline.plugins.kubernetes.failures import ApiError, InitFailure, NoSuchKindError, PluginError, UnreachableError
from offline.plugins.kubernetes.host import Host
from offline.plugins.kubernetes.objects import (
    AUTONAMED,
    DELETION_PROPAGATION,
    MANAGER_KEY,
    SKIP_AWAIT,
    VERSION_KEY,
    annotation,
    comparable,
    desired,
    field_manager,
    from_token,
    identity,
    imported,
    metadata,
    parts_of,
    split_identity,
    state_of,
    type_of_urn,
)
from offline.plugins.kubernetes.settings import Settings
from offline.plugins.kubernetes.values import UNKNOWN, Object, has_unknown, marked_like, revealed
from offline.plugins.kubernetes.waiting import NotReadyError, Waiter, timeout_of

# Given by the API server at creation: a dry run's values are not those of the update.
SERVER_GIVEN = ("creationTimestamp", "generation", "resourceVersion", "uid")


@dataclass(frozen=True)
class Difference:
    """What an update would change."""

    changes: list[Change]
    delete_first: bool = False


@dataclass(frozen=True)
class Found:
    """A resource as it is in the cluster."""

    identity: str
    state: Object
    inputs: Object


@dataclass(frozen=True)
class Provider:
    """One configured provider."""

    settings: Settings
    cluster: Cluster
    host: Host
    cancelled: threading.Event

    def check(self, urn: str, olds: Object, news: Object, auto: naming.Autonaming) -> Object:
        """Inputs with name and namespace. Marks of secrecy stay."""
        resource = urn.rsplit("::", maxsplit=1)[-1]
        plain, old = revealed(news), revealed(olds)
        api_version, kind, patch = from_token(type_of_urn(urn))
        plain = {"apiVersion": api_version, "kind": kind, **{key: value for key, value in plain.items() if value is not None}}
        if patch and not metadata(plain).get("name") and not has_unknown(plain.get("metadata")):
            raise PluginError("a patch needs to know what it patches\n  where: metadata.name\n  next: name an existing object")
        checked = plain if patch else naming.named(plain, old, resource, auto)
        if not metadata(checked).get("namespace"):
            namespaced = self.cluster.is_namespaced(str(checked["apiVersion"]), str(checked["kind"]))
            checked = naming.in_namespace(checked, namespaced, self.cluster.namespace() if namespaced else "")
        return marked_like(checked, news)

    def diff(self, urn: str, state: Object, news: Object, ignored: Iterable[str]) -> Difference:
        """Compare with the last update's inputs; where they differ, ask the API server what it would change by them."""
        old, live = parts_of(state)
        new = revealed(news)
        changes = [change for change in compare(old, new) if not within(str(change), ignored)]
        if not changes:
            return Difference([])
        patch = from_token(type_of_urn(urn))[2]
        mutable = frozenset(
            name for name, on in (("ConfigMap", self.settings.config_map_mutable), ("Secret", self.settings.secret_mutable)) if on
        )
        moved = any(change.replaces for change in mark_replacing(changes, {}, mutable))
        immutable: list[str] = []
        if not moved and not has_unknown(new):
            changes, immutable = self._effect(urn, state, old, new, changes)
        changes = mark_replacing(changes, {} if patch else new, mutable)
        if immutable and not patch:
            changes = mark_immutable(changes, immutable)
        same_name = all(metadata(new).get(key) == metadata(live).get(key) for key in ("name", "namespace"))
        replaced = any(change.replaces for change in changes)
        return Difference(changes, replaced and same_name and annotation(new, AUTONAMED) != "true")

    def create(self, urn: str, inputs: Object, timeout: float, preview: bool) -> Found:
        """Make the object and wait until it is ready. In a preview, let the API server try it."""
        plain = revealed(inputs)
        manager = field_manager(urn, plain, {})
        if preview:
            return Found("", self._preview_create(urn, plain, inputs, manager), inputs)
        patch = from_token(type_of_urn(urn))[2]
        live = self._applier(urn).create(plain, manager, patch=patch)
        return self._awaited(
            urn, inputs, live, manager=manager, version=str(plain["apiVersion"]), timeout=timeout, done="was created"
        )

    def update(self, urn: str, state: Object, inputs: Object, *, timeout: float, ignored: Iterable[str], preview: bool) -> Object:
        """Change the object in place and wait until it is ready; the new state."""
        plain, (old, _) = revealed(inputs), parts_of(state)
        manager = field_manager(urn, plain, state)
        version = str(revealed(state.get(VERSION_KEY)) or plain.get("apiVersion"))
        if preview:
            if has_unknown(plain):
                return inputs
            try:
                live = self._applier(urn).update(plain, old, manager, ignored, dry_run=True)
            except (NoSuchKindError, UnreachableError) as error:
                self.host.warning(urn, f"the preview could not ask the API server: {error}")
                return inputs
            return state_of(plain, live, inputs, manager, version)
        live = self._applier(urn).update(plain, old, manager, ignored, dry_run=False)
        before = str(revealed(state.get(MANAGER_KEY)) or manager)
        if before != manager:
            self._applier(urn).release(self.cluster.kind(plain["apiVersion"], plain["kind"]), live, before)
        return self._awaited(urn, inputs, live, manager=manager, version=version, timeout=timeout, done="was updated").state

    def read(self, urn: str, name: str, state: Object, inputs: Object) -> Found | None:
        """The resource as it is; None where it is gone. Without inputs it is an import."""
        old = revealed(inputs)
        api_version, kind_name, _ = from_token(type_of_urn(urn))
        try:
            kind = self.cluster.kind(str(old.get("apiVersion") or api_version), str(old.get("kind") or kind_name))
        except NoSuchKindError:
            return None
        namespace, plain_name = split_identity(name)
        if kind.namespaced and not namespace:
            namespace = self.cluster.namespace()
        live = self.cluster.get(kind, namespace, plain_name)
        if live is None:
            return None
        manager = field_manager(urn, old, state)
        now = self._drifted(old, live, manager) if old else imported(live)
        version = str(revealed(state.get(VERSION_KEY)) or kind.api_version)
        return Found(identity(live), state_of(now, live, inputs, manager, version), marked_like(now, inputs))

    def delete(self, urn: str, name: str, state: Object, timeout: float) -> None:
        """Delete the object and its dependents, and wait until it is gone. No error where it is gone already."""
        old, live = parts_of(state)
        try:
            kind = self.cluster.kind(str(live.get("apiVersion")), str(live.get("kind")))
        except NoSuchKindError:
            return
        namespace, plain_name = split_identity(name)
        if from_token(type_of_urn(urn))[2]:
            if self.cluster.get(kind, namespace, plain_name) is not None:
                self._applier(urn).release(kind, live, field_manager(urn, old, state))
            return
        policy = {"orphan": "Orphan", "background": "Background"}.get(annotation(old, DELETION_PROPAGATION).lower(), "Foreground")
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy}
        try:
            self.cluster.request("DELETE", kind.path(namespace, plain_name), None, body)
        except ApiError as error:
            if error.code == 404:
                return
            raise
        if annotation(old, SKIP_AWAIT) == "true":
            return
        seconds = timeout_of(timeout, old)
        self._waiter(urn).until_gone(kind, {"metadata": {**metadata(live), "name": plain_name, "namespace": namespace}}, seconds)

    def _effect(self, urn: str, state: Object, old: Object, new: Object, changes: list[Change]) -> tuple[list[Change], list[str]]:
        """The changes that the API server would really make, and the fields that it calls immutable."""
        try:
            kind = self.cluster.kind(str(new.get("apiVersion")), str(new.get("kind")))
            live = self.cluster.get(kind, metadata(new).get("namespace", ""), metadata(new)["name"])
            if live is None or not self.settings.server_side_apply:
                return changes, []
            after = self._applier(urn).simulate(new, field_manager(urn, new, state))
        except ApiError as error:
            return changes, error.immutable_fields
        except PluginError:
            return changes, []  # the update's own preview tells it
        found = effective(changes, as_declared(compare(comparable(live), comparable(after)), old, new))
        if not found:
            return [], []
        # A controller may have written between the two requests: what it wrote is in the object by now.
        now = self.cluster.get(kind, metadata(new).get("namespace", ""), metadata(new)["name"]) or live
        return found + besides(changes, as_declared(compare(comparable(now), comparable(after)), old, new)), []

    def _drifted(self, old: Object, live: Object, manager: str) -> Object:
        try:
            kind = self.cluster.kind(str(live["apiVersion"]), str(live["kind"]))
            restored = self.cluster.apply(kind, desired(old), manager, force=True, dry_run=True)
        except PluginError:
            restored = desired(old)  # not allowed, or no longer valid: compare what can be compared
        return drifted(old, restored, live)

    def _preview_create(self, urn: str, plain: Object, inputs: Object, manager: str) -> Object:
        """The object as it will be, as far as a dry run can tell. The API server's refusals are told here already."""
        if has_unknown(plain) or not self.settings.server_side_apply:
            return inputs
        try:
            kind = self.cluster.kind(plain["apiVersion"], plain["kind"])
            live = self._dry_run(kind, plain, manager)
        except NoSuchKindError:
            return inputs  # its definition may be made in the same update
        except UnreachableError as error:
            self.host.warning(urn, f"the preview could not ask the API server: {error}")
            return inputs
        except ApiError as error:
            if error.lacks_namespace or error.code == 403:
                return inputs  # the namespace is made in the same update; or this user may preview only
            raise
        live.pop("status", None)
        given = {key: UNKNOWN for key in SERVER_GIVEN if key in metadata(live)}
        live["metadata"] = {**{key: value for key, value in metadata(live).items() if key != "managedFields"}, **given}
        spec = live.get("spec")
        if plain["kind"] == "Service" and isinstance(spec, dict):
            asked = plain.get("spec") or {}
            spec |= {key: UNKNOWN for key in ("clusterIP", "clusterIPs") if key in spec and key not in asked}
        return state_of(plain, live, inputs, manager, str(plain["apiVersion"]))

    def _dry_run(self, kind: Kind, plain: Object, manager: str) -> Object:
        body = desired(plain)
        try:
            return self.cluster.apply(kind, body, manager, force=True, dry_run=True)
        except ApiError as error:
            if not error.immutable_fields:
                raise
            # It is there and will be replaced: try the new one under a name that is free.
            meta = {**metadata(body), "name": f"{metadata(body)['name']}-preview"}
            tried = self.cluster.apply(kind, {**body, "metadata": meta}, manager, force=True, dry_run=True)
            return {**tried, "metadata": {**metadata(tried), "name": metadata(body)["name"]}}

    def _awaited(self, urn: str, inputs: Object, live: Object, *, manager: str, version: str, timeout: float, done: str) -> Found:
        plain = revealed(inputs)
        kind = self.cluster.kind(str(live["apiVersion"]), str(live["kind"]))
        try:
            ready = self._waiter(urn).until_ready(kind, plain, live, timeout_of(timeout, plain))
        except PluginError as error:
            last = error.last if isinstance(error, NotReadyError) else live
            why = report.reasons(self.cluster, last) if isinstance(error, NotReadyError) else []
            message = f"{plain['kind']} {identity(last)} {done} but is not ready: {error}"
            raise InitFailure(
                identity(last), state_of(plain, last, inputs, manager, version), "\n".join([message, *why]), [str(error), *why]
            ) from None
        self.host.status(urn, "")
        return Found(identity(ready), state_of(plain, ready, inputs, manager, version), inputs)

    def _applier(self, urn: str) -> Applier:
        return Applier(self.cluster, self.settings, self._teller(urn))

    def _waiter(self, urn: str) -> Waiter:
        return Waiter(self.cluster, self._teller(urn), self.cancelled)

    def _teller(self, urn: str) -> Callable[[str], None]:
        return lambda message: self.host.status(urn, message)

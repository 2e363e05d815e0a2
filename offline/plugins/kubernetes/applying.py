"""Bringing an object to the wanted state by server-side apply."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from offline.plugins.kubernetes.cluster import Cluster, Kind
from offline.plugins.kubernetes.failures import CONFLICT, ApiError, NoSuchKindError, PluginError, conflict_text
from offline.plugins.kubernetes.objects import PATCH_FORCE, annotation, desired, metadata, owns
from offline.plugins.kubernetes.settings import Settings
from offline.plugins.kubernetes.values import Object

# People at a terminal and ourselves of before server-side apply: their changes are drift, and the program wins.
# Anything else (an autoscaler, another tool) owns its fields for a reason.
GIVES_WAY = ("kubectl", "before-first-apply", "pulumi-kubernetes", "pulumi-resource-kubernetes")
# A kind or namespace that is being made by another resource of the same update may take a moment: 1+2+4+8 s.
TRIES = 5


@dataclass(frozen=True)
class Applier:
    """`tell` shows that something is tried again."""

    cluster: Cluster
    settings: Settings
    tell: Callable[[str], None]

    def create(self, inputs: Object, manager: str, *, patch: bool) -> Object:
        """Make the object. One that is there already is taken over only where an earlier try of ours made it."""
        body = desired(inputs)

        def once() -> Object:
            kind = self.cluster.kind(body["apiVersion"], body["kind"])
            if not (patch or self.settings.upsert):
                self._refuse_foreign(kind, body, manager)
            if self.settings.server_side_apply or patch:
                return self.apply(kind, body, manager, force=patch or self.forces(inputs))
            return self.cluster.request("POST", kind.path(metadata(body).get("namespace", "")), {"fieldManager": manager}, body)

        return self._patiently(once)

    def update(self, inputs: Object, old_inputs: Object, manager: str, ignored: Iterable[str], *, dry_run: bool) -> Object:
        """Change the object in place; one that somebody deleted is made again."""
        body = desired(inputs)
        kind = self.cluster.kind(body["apiVersion"], body["kind"])
        live = self.cluster.get(kind, metadata(body).get("namespace", ""), metadata(body)["name"])
        if live is not None:
            for path in ignored:
                leave_alone(body, live, path, manager)
            if not self.settings.server_side_apply:
                return self._merge(kind, body, desired(old_inputs), manager, dry_run)
        return self.apply(kind, body, manager, force=self.forces(inputs), dry_run=dry_run)

    def apply(self, kind: Kind, body: Object, manager: str, *, force: bool, dry_run: bool = False) -> Object:
        """Apply. A conflict with a person's edit is forced; any other is told with its owner."""
        try:
            return self.cluster.apply(kind, body, manager, force=force, dry_run=dry_run)
        except ApiError as error:
            if error.code != 409 or not error.causes:
                raise
            managers = [CONFLICT.search(str(cause.get("message"))) for cause in error.causes]
            if all(found and found["manager"].startswith(GIVES_WAY) for found in managers):
                return self.cluster.apply(kind, body, manager, force=True, dry_run=dry_run)
            raise PluginError(conflict_text(error, manager)) from None

    def simulate(self, inputs: Object, manager: str) -> Object:
        """What the object would become, whoever owns what. Raises what the API server would refuse."""
        body = desired(inputs)
        kind = self.cluster.kind(body["apiVersion"], body["kind"])
        return self.cluster.apply(kind, body, manager, force=True, dry_run=True)

    def release(self, kind: Kind, live: Object, manager: str) -> None:
        """Give up all fields that `manager` has applied; the object stays."""
        meta = {key: metadata(live)[key] for key in ("name", "namespace") if key in metadata(live)}
        self.cluster.apply(kind, {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": meta}, manager, force=True)

    def forces(self, inputs: Object) -> bool:
        return self.settings.patch_force or annotation(inputs, PATCH_FORCE) == "true"

    def _refuse_foreign(self, kind: Kind, body: Object, manager: str) -> None:
        live = self.cluster.get(kind, metadata(body).get("namespace", ""), metadata(body)["name"])
        if live is None or owns(live, manager):
            return
        if metadata(live).get("deletionTimestamp"):
            raise PluginError(
                f"{kind.kind} {metadata(body)['name']} of that name is still being deleted\n  next: try again later"
            )
        raise PluginError(
            f"{kind.kind} {metadata(body)['name']} exists already and was not made by this resource\n"
            "  next: take it over with the option import_, give the new one another name, add an alias where the resource\n"
            "        was renamed in the program, or set the provider's upsertExistingObjects"
        )

    def _merge(self, kind: Kind, body: Object, old: Object, manager: str, dry_run: bool) -> Object:
        """A JSON merge patch of what changed in the program: for enableServerSideApply: false."""
        query = {"fieldManager": manager, "fieldValidation": "Strict"} | ({"dryRun": "All"} if dry_run else {})
        path = kind.path(metadata(body).get("namespace", ""), metadata(body)["name"])
        return self.cluster.request("PATCH", path, query, merge_patch(old, body), "application/merge-patch+json")

    def _patiently(self, once: Callable[[], Object]) -> Object:
        for attempt in range(TRIES):
            try:
                return once()
            except (NoSuchKindError, ApiError) as error:
                missing = isinstance(error, NoSuchKindError) or error.lacks_namespace
                if not missing or attempt == TRIES - 1:
                    raise
                self.tell(f"trying again: {error}")
                time.sleep(2**attempt)
        raise AssertionError


def merge_patch(old: Any, new: Any) -> Any:
    """JSON merge patch (RFC 7386) from one object to another."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    patch: Object = {key: None for key in old if key not in new}
    for key, value in new.items():
        if key not in old or old[key] != value:
            patch[key] = merge_patch(old.get(key), value)
    return patch


def leave_alone(body: Object, live: Object, path: str, manager: str) -> None:
    """ignore_changes: a field that only others own is not sent; one of ours is sent as it is in the cluster."""
    parts = path.split(".")
    if not all(part and "[" not in part for part in parts):
        return  # an element of a list: the engine has put the old value there
    found: Any = live
    for part in parts:
        found = found.get(part) if isinstance(found, dict) else None
    parent: Any = body
    for part in parts[:-1]:
        parent = parent.get(part) if isinstance(parent, dict) else None
    if not isinstance(parent, dict):
        return
    if found is not None and not _owned(live, parts, manager):
        parent.pop(parts[-1], None)
    elif found is not None:
        parent[parts[-1]] = found


def _owned(live: Object, parts: list[str], manager: str) -> bool:
    for entry in metadata(live).get("managedFields") or []:
        if entry.get("manager") != manager:
            continue
        fields: Any = entry.get("fieldsV1")
        for part in parts:
            fields = fields.get(f"f:{part}") if isinstance(fields, dict) else None
        if fields is not None:
            return True
    return False

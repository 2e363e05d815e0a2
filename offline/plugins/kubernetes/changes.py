"""What differs between two objects, path by path, and which of it makes another object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from offline.plugins.kubernetes.values import Object, Unknown

Path = tuple[str | int, ...]
Op = Literal["add", "delete", "update"]


@dataclass(frozen=True)
class Change:
    """One differing path. `replaces`: the object must be made anew. `declared`: it is in the program, not the server's doing."""

    path: Path
    op: Op
    replaces: bool = False
    declared: bool = True

    def __str__(self) -> str:
        return path_text(self.path)


def path_text(path: Path) -> str:
    """As the engine reads it: `spec.containers[0].image`, `metadata.annotations["a.b/c"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif any(sign in part for sign in '."[]'):
            text += '["' + part.replace('"', '\\"') + '"]'
        else:
            text += f".{part}" if text else part
    return text


def compare(old: Any, new: Any, path: Path = ()) -> list[Change]:
    """All differences. Null is the same as absent; a value not known yet is a difference."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for key in sorted({*old, *new}):
            before, after = old.get(key), new.get(key)
            if before is None and after is None:
                continue
            found += _compare_child(before, after, (*path, key))
        return found
    if isinstance(old, list) and isinstance(new, list):
        found = []
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            found += _compare_child(before, after, (*path, index))
        return found
    if isinstance(new, Unknown) or isinstance(old, bool) != isinstance(new, bool) or old != new:
        return [Change(path, "update")]
    return []


def _compare_child(before: Any, after: Any, path: Path) -> list[Change]:
    if before is None:
        return [] if after in ({}, []) else [Change(path, "add")]
    if after is None:
        return [] if before in ({}, []) else [Change(path, "delete")]
    return compare(before, after, path)


# What the API server does not let change in place, and (as pulumi-kubernetes plans it) data that pods would not notice.
FORCE_NEW: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("apps/v1", "DaemonSet"): ("spec.selector",),
    ("apps/v1", "Deployment"): ("spec.selector",),
    ("apps/v1", "StatefulSet"): (
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ),
    ("batch/v1", "Job"): ("spec.completions", "spec.parallelism", "spec.selector", "spec.template"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): ("roleRef",),
    ("storage.k8s.io/v1", "StorageClass"): ("parameters", "provisioner"),
    ("v1", "ConfigMap"): ("binaryData", "data"),
    ("v1", "PersistentVolumeClaim"): ("spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"),
    ("v1", "Pod"): ("spec",),
    ("v1", "ResourceQuota"): ("spec.scopes",),
    ("v1", "Secret"): ("data", "stringData", "type"),
    ("v1", "Service"): ("spec.clusterIP",),
}
IN_PLACE = ("spec.activeDeadlineSeconds", "spec.tolerations")  # of a Pod


def mark_replacing(changes: Iterable[Change], obj: Object, mutable: frozenset[str]) -> list[Change]:
    """Mark the changes that need another object. `mutable`: kinds (ConfigMap, Secret) whose data changes in place."""
    kind = str(obj.get("kind"))
    fields = FORCE_NEW.get((str(obj.get("apiVersion")), kind), ())
    if kind in mutable and not obj.get("immutable"):
        fields = tuple(field for field in fields if field == "type")
    always = ("metadata.name", "metadata.namespace")
    return [
        replace(change, replaces=True)
        if within(str(change), (*always, *fields)) and not (kind == "Pod" and within(str(change), IN_PLACE))
        else change
        for change in changes
    ]


def mark_immutable(changes: Iterable[Change], fields: Iterable[str]) -> list[Change]:
    """Mark what the API server itself calls immutable. A field that no change touches is one change more."""
    marked = list(changes)
    for field in fields:
        hits = [index for index, change in enumerate(marked) if _touches(str(change), field)]
        for index in hits:
            marked[index] = replace(marked[index], replaces=True)
        if not hits:
            marked.append(Change(tuple(field.split(".")), "update", replaces=True))
    return marked


def within(path: str, fields: Iterable[str]) -> bool:
    """Whether a path is one of the fields or inside of one."""
    return any(path == field or path.startswith((f"{field}.", f"{field}[")) for field in fields)


def _touches(path: str, field: str) -> bool:
    return within(path, (field,)) or within(field, (path,))


def effective(declared: list[Change], actual: list[Change]) -> list[Change]:
    """Of the declared changes those that change something."""
    return [change for change in declared if any(_touches(str(change), str(real)) for real in actual)]


def besides(declared: list[Change], actual: list[Change]) -> list[Change]:
    """What the API server changes besides the declared changes."""
    return [replace(real, declared=False) for real in actual if not any(_touches(str(real), str(one)) for one in declared)]

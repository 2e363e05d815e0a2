"""Kubernetes objects as the program gives them, as the API server gives them, and as the state keeps them."""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Mapping
from typing import Any

from offline.plugins.kubernetes.values import Object, marked_like, revealed

AUTONAMED = "pulumi.com/autonamed"
SKIP_AWAIT = "pulumi.com/skipAwait"
WAIT_FOR = "pulumi.com/waitFor"
TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds"
PATCH_FORCE = "pulumi.com/patchForce"
PATCH_MANAGER = "pulumi.com/patchFieldManager"
DELETION_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

INPUTS_KEY = "__inputs"
VERSION_KEY = "__initialApiVersion"
MANAGER_KEY = "__fieldManager"

# Set by the API server alone.
READ_ONLY = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
# Fields of a CustomResourceDefinition that no SDK can name as they are.
DASHED = (
    "embedded-resource",
    "int-or-string",
    "list-map-keys",
    "list-type",
    "map-type",
    "preserve-unknown-fields",
    "validations",
)
TO_DASHES = {f"x_kubernetes_{name.replace('-', '_')}": f"x-kubernetes-{name}" for name in DASHED}
TO_UNDERSCORES = {dashed: underscored for underscored, dashed in TO_DASHES.items()}


def metadata(obj: Mapping[str, Any]) -> Object:
    """The object's metadata; empty where there is none or it is not known yet."""
    found = obj.get("metadata")
    return found if isinstance(found, dict) else {}


def annotation(obj: Mapping[str, Any], name: str) -> str:
    """An annotation's text, empty where it is not there."""
    found = metadata(obj).get("annotations")
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""


def annotated(obj: Object, name: str, value: str) -> Object:
    """A copy with one annotation more."""
    meta = metadata(obj)
    return {**obj, "metadata": {**meta, "annotations": {**(meta.get("annotations") or {}), name: value}}}


def identity(obj: Mapping[str, Any]) -> str:
    """The resource's id: `namespace/name`, or `name`."""
    meta = metadata(obj)
    return f"{meta['namespace']}/{meta['name']}" if meta.get("namespace") else str(meta["name"])


def split_identity(text: str) -> tuple[str, str]:
    """Namespace (may be empty) and name."""
    namespace, _, name = text.rpartition("/")
    return namespace, name


def from_token(token: str) -> tuple[str, str, bool]:
    """apiVersion, kind and whether it is a patch, from `kubernetes:apps/v1:Deployment` or `kubernetes:core/v1:PodPatch`."""
    _, group_version, kind = token.split(":", 2)
    patch = kind.endswith("Patch") and kind != "Patch"
    return group_version.removeprefix("core/"), kind.removesuffix("Patch") if patch else kind, patch


def type_of_urn(urn: str) -> str:
    """The resource's own type; those of its parents stand before it."""
    return urn.split("::")[2].rsplit("$", 1)[-1]


def field_manager(urn: str, inputs: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """Who we are to the API server. Of the URN, so that an update that was cut off knows its own objects again."""
    kept = revealed(state.get(MANAGER_KEY))
    return annotation(inputs, PATCH_MANAGER) or kept or f"pulumi-kubernetes-{hashlib.sha256(urn.encode()).hexdigest()[:8]}"


def owns(live: Mapping[str, Any], manager: str) -> bool:
    """Whether `manager` has applied this object before."""
    entries = metadata(live).get("managedFields") or []
    return any(entry.get("manager") == manager and entry.get("operation") == "Apply" for entry in entries)


def desired(inputs: Object) -> Object:
    """What is sent to the API server: no nulls, none of its own fields, stringData as data.

    A key that leaves stringData would stay in data for ever: ownership of write-only fields is not tracked.
    """
    body: Object = renamed(_without_nulls(copy.deepcopy(inputs)), TO_DASHES)
    for name in READ_ONLY:
        metadata(body).pop(name, None)
    body.pop("status", None)
    if body.get("kind") == "Secret" and body.get("apiVersion") == "v1" and "stringData" in body:
        texts = body.pop("stringData") or {}
        encoded = {key: base64.b64encode(str(value).encode()).decode() for key, value in texts.items()}
        body["data"] = {**(body.get("data") or {}), **encoded}
    return body


def _without_nulls(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _without_nulls(value) for key, value in tree.items() if value is not None}
    if isinstance(tree, list):
        return [_without_nulls(item) for item in tree]
    return tree


def renamed(tree: Any, names: Mapping[str, str]) -> Any:
    """The tree with some keys renamed, at any depth."""
    if isinstance(tree, dict):
        return {names.get(key, key): renamed(value, names) for key, value in tree.items()}
    if isinstance(tree, list):
        return [renamed(item, names) for item in tree]
    return tree


def comparable(live: Mapping[str, Any]) -> Object:
    """A live object without what changes by itself."""
    kept = {key: value for key, value in live.items() if key != "status"}
    kept["metadata"] = {key: value for key, value in metadata(live).items() if key not in READ_ONLY}
    return kept


def imported(live: Mapping[str, Any]) -> Object:
    """Inputs for an object that was not made by us: all that a user could have written."""
    kept = comparable(live)
    meta = kept["metadata"]
    annotations = meta.get("annotations") or {}
    meta["annotations"] = {
        key: value for key, value in annotations.items() if key not in (LAST_APPLIED, "deployment.kubernetes.io/revision")
    }
    if not meta["annotations"]:
        del meta["annotations"]
    return kept


def state_of(inputs: Object, live: Object, marks: Object, manager: str, version: str) -> Object:
    """What the engine keeps: the live object, and under private keys what made it. Secrets marked as in `marks`."""
    return {
        **marked_like(renamed(live, TO_UNDERSCORES), _data_marks(marks)),
        INPUTS_KEY: marked_like(inputs, marks),
        VERSION_KEY: version,
        MANAGER_KEY: manager,
    }


def _data_marks(marks: Object) -> Object:
    return {**marks, "data": marks["stringData"]} if "stringData" in marks and "data" not in marks else marks


def parts_of(state: Object) -> tuple[Object, Object]:
    """Inputs and live object of a kept state."""
    plain = revealed(state)
    inputs = plain.pop(INPUTS_KEY, None) or {}
    for key in (VERSION_KEY, MANAGER_KEY):
        plain.pop(key, None)
    return inputs, plain

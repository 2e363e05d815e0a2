"""Somebody else's changes to an object, told as the inputs that would have made them."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from offline.plugins.kubernetes.changes import Change, Path, compare
from offline.plugins.kubernetes.objects import comparable
from offline.plugins.kubernetes.values import Object


def drifted(inputs: Object, restored: Object, live: Object) -> Object:
    """`inputs` as they would have to be for `live`. `restored` is what applying them again would make of it.

    Only what that apply would change back is drift: defaults, quantities written another way and fields that others
    own are not.
    """
    now = inputs
    for change in compare(comparable(restored), comparable(live)):
        path, value = _as_input(change.path, _at(live, change.path), inputs)
        now = _with(now, path, value)
    return now


def as_declared(changes: list[Change], old: Object, new: Object) -> list[Change]:
    """Changes of a live Secret's data under the name by which the program gave them."""
    texts = {**(old.get("stringData") or {}), **(new.get("stringData") or {})} if new.get("kind") == "Secret" else {}
    if not texts:
        return changes
    return [
        Change(("stringData", *change.path[1:]), change.op)
        if change.path[0] == "data" and (len(change.path) == 1 or change.path[1] in texts)
        else change
        for change in changes
    ]


def _as_input(path: Path, value: Any, inputs: Object) -> tuple[Path, Any]:
    texts = inputs.get("stringData")
    if inputs.get("kind") != "Secret" or not isinstance(texts, dict) or path[0] != "data":
        return path, value
    if len(path) > 1 and path[1] not in texts:
        return path, value
    return ("stringData", *path[1:]), _decoded(value)


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _decoded(item) for key, item in value.items()}
    try:
        return base64.b64decode(str(value)).decode() if value is not None else None
    except (binascii.Error, UnicodeDecodeError):
        return value


def _at(tree: Any, path: Path) -> Any:
    for part in path:
        if isinstance(tree, dict) and isinstance(part, str):
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            tree = tree[part]
        else:
            return None
    return tree


def _with(tree: Any, path: Path, value: Any) -> Any:
    """A copy with another value at `path`; the tree itself where it declares nothing there."""
    part, rest = path[0], path[1:]
    if isinstance(tree, dict) and isinstance(part, str):
        if rest:
            return {**tree, part: _with(tree[part], rest, value)} if part in tree else tree
        kept = {key: item for key, item in tree.items() if key != part}
        return kept if value is None else {**tree, part: value}
    if isinstance(tree, list) and isinstance(part, int):
        if part >= len(tree):
            return [*tree, value] if not rest and value is not None else tree
        if rest:
            return [*tree[:part], _with(tree[part], rest, value), *tree[part + 1 :]]
        return [*tree[:part], *([] if value is None else [value]), *tree[part + 1 :]]
    return tree

"""Which properties changed, as precisely as a reader wants: entries of a map one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pulumi.provider.experimental import provider as p
from pulumi.provider.experimental.property_value import PropertyValue

UPDATE = (p.PropertyDiffKind.UPDATE, p.PropertyDiffKind.UPDATE_REPLACE)
ADD = (p.PropertyDiffKind.ADD, p.PropertyDiffKind.ADD_REPLACE)
DELETE = (p.PropertyDiffKind.DELETE, p.PropertyDiffKind.DELETE_REPLACE)


def property_diffs(key: str, old: PropertyValue | None, new: PropertyValue | None, replaces: bool) -> dict[str, p.PropertyDiff]:
    """Property path to kind. `routes["/new"]` is added, where `routes` as a whole would show both maps."""
    if old is not None and new is not None and isinstance(old.value, Mapping) and isinstance(new.value, Mapping):
        before, after = old.value, new.value
        changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
        return {f"{key}[{json.dumps(name)}]": _diff(before.get(name), after.get(name), replaces) for name in changed}
    return {key: _diff(old, new, replaces)}


def _diff(old: PropertyValue | None, new: PropertyValue | None, replaces: bool) -> p.PropertyDiff:
    kinds = ADD if old is None else DELETE if new is None else UPDATE
    return p.PropertyDiff(kinds[replaces], input_diff=True)

"""Diffs that name entries of a map."""

from pulumi.provider.experimental import provider as p

from provider.nextcore_provider.property_diff import property_diffs
from provider.nextcore_provider.values import wrapped


def kinds(old: object, new: object, replaces: bool = False) -> dict[str, p.PropertyDiffKind]:
    found = property_diffs("routes", wrapped(old), wrapped(new), replaces)
    return {path: diff.kind for path, diff in found.items()}


def test_entries_of_a_map_are_told_one_by_one() -> None:
    assert kinds({"/": "SSG", "/old": "SSR", "/a": "1"}, {"/": "ISR", "/new": "SSR", "/a": "1"}) == {
        'routes["/"]': p.PropertyDiffKind.UPDATE,
        'routes["/new"]': p.PropertyDiffKind.ADD,
        'routes["/old"]': p.PropertyDiffKind.DELETE,
    }


def test_other_values_are_told_as_a_whole() -> None:
    assert kinds("a", "b", True) == {"routes": p.PropertyDiffKind.UPDATE_REPLACE}


def test_a_value_that_was_not_there_is_added() -> None:
    found = property_diffs("change", None, wrapped("1 new"), False)
    assert found["change"].kind == p.PropertyDiffKind.ADD

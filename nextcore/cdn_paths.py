"""Paths as Next's routes and rules name them: which of them can meet. Pure.

Every answer is on the safe side: where a pattern cannot be read, it is taken to match.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

ANY = "*"  # one segment
REST = "**"  # one or more; what may also be none is taken the same way, as both only mean "may match"

Segments = tuple[str, ...]
INTERCEPTING = re.compile(r"^\(\.{1,3}\)")


def route_segments(path: str) -> Segments:
    """/blog/[slug] and /docs/[...all], Next's own folders."""
    found: list[str] = []
    for part in path.strip("/").split("/"):
        if part.startswith(("[...", "[[...")):
            return (*found, REST)
        found.append(ANY if "[" in part or INTERCEPTING.match(part) else part)
    return tuple(part for part in found if part)


def source_segments(source: str) -> Segments:
    """/shop/:path*, as redirects, rewrites, headers and middleware have it."""
    found: list[str] = []
    for part in source.strip("/").split("/"):
        if "(" in part or part.endswith(("*", "+", "?")):
            return (*found, REST)
        found.append(ANY if ":" in part else part)
    return tuple(part for part in found if part)


def may_meet(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether some path is matched by both."""
    for left, right in zip(one, other, strict=False):
        if REST in (left, right):
            return True
        if left != right and ANY not in (left, right):
            return False
    longer = one if len(one) > len(other) else other
    return len(one) == len(other) or longer[min(len(one), len(other))] == REST


def may_lie_below(segments: Sequence[str], folder: Sequence[str]) -> bool:
    """Whether some path that `segments` match lies in `folder`."""
    return may_meet(segments, (*folder, REST))

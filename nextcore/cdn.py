"""What a CDN does with an app's paths: payload in, behaviours, routing function and paths to purge out. Pure.

CloudFront caches by an allow-list: only pages that the build says are the same for everybody. All other requests get a
cache key of their own, because CloudFront lets requests with one key wait for one answer while none says `private`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from nextcore.caddyfile import path_pattern
from nextcore.cdn_function import FUNCTION_BYTES, routing_function
from nextcore.cdn_paths import INTERCEPTING, REST, Segments, may_lie_below, may_meet, route_segments, source_segments
from nextcore.errors import UserError
from nextcore.payload import NO_STORE, Condition, HeaderRule, NextCorePayload, Redirect, Rewrite, Route

Rule = Redirect | Rewrite | HeaderRule

MAX_BEHAVIOURS = 24  # beside the default one: the quota of a new AWS account is 25
STORE_BYTES = 5_000_000  # of a key value store
WILDCARDS = 15  # purges with * that CloudFront works on at one time
EXACT_PURGES = 100  # beyond, one `/*` is cheaper than what AWS bills by path
# What Next answers differently by. x-nextcore-alone is the routing function's mark of what must not be shared.
KEY_HEADERS = (
    "next-router-prefetch",
    "next-router-segment-prefetch",
    "next-router-state-tree",
    "next-url",
    "rsc",
    "x-nextcore-alone",
)
PLAIN = re.compile(r"[A-Za-z0-9_\-.$/~'@:+&]+")  # CloudFront's patterns know no escape for the rest
CHALLENGES = ".well-known"  # certificates are proven here by others: never claimed as a whole


@dataclass(frozen=True)
class Behaviour:
    """`hashed` never changes; `public` is kept at the edge until purged; `uncached` never; `image` is Next's optimizer."""

    pattern: str
    origin: Literal["assets", "app", "images"]
    policy: Literal["hashed", "public", "uncached", "image"]


@dataclass(frozen=True)
class CdnPlan:
    """`keys`: what the routing function looks up to send a path to the assets; None: behaviours do it.

    `purge`: what a new build makes stale. `notes`: what a user should know, for the log.
    """

    behaviours: tuple[Behaviour, ...]
    keys: tuple[str, ...] | None
    shared: tuple[str, ...]
    function: str
    purge: tuple[str, ...]
    notes: tuple[str, ...]


def cdn_plan(payload: NextCorePayload, max_behaviours: int = MAX_BEHAVIOURS, images: str | None = None) -> CdnPlan:
    """UserError where the app cannot be served this way. `images`: the path of users' derived images, as /_images/*."""
    if payload.app.output == "export":
        raise UserError(
            "an exported app has no server behind a CDN", "nextcore:cdn", "set `cdn: none`, or remove `output: export`"
        )
    base = payload.app.base_path
    fixed = [
        Behaviour(f"{base}/_next/static/*", "assets", "hashed"),
        Behaviour(f"{base}/_next/image*", "app", "image"),
        *(
            Behaviour(path, "assets", "uncached")
            for path in sorted(a.path for a in payload.assets if a.cache_control == NO_STORE)
        ),
        *([Behaviour(images, "images", "hashed")] if images else []),
    ]
    claims = public_claims(payload)
    keys: tuple[str, ...] | None = None
    if len(fixed) + len(claims) > max_behaviours or not all(PLAIN.fullmatch(claim.removesuffix("*")) for claim in claims):
        keys, claims = claims, ()
        if (size := sum(len(key.encode()) + 1 for key in keys)) > STORE_BYTES:
            raise UserError(
                f"the names of {len(keys)} files below public/ take {size / 1e6:.1f} MB; CloudFront's store holds 5",
                "public/",
                "put them into folders that no route reaches into: a folder needs one name",
            )
    shared = shared_routes(payload)
    prefix = base + _locale_prefix(payload)
    patterns = [prefix + path_pattern(route.path) for route in shared]
    private = [prefix + path_pattern(route.path) for route in _among(payload, shared)]
    taken, function = _that_fit(patterns, private, keys)
    left = len(patterns) - len(taken)
    notes = (f"{left} of {len(patterns)} page routes are not cached at the edge: the function is full",) if left else ()
    behaviours = (*fixed, *(Behaviour(claim, "assets", "public") for claim in claims))
    return CdnPlan(behaviours, keys, tuple(taken), function, tuple(_purges(base, shared)), notes)


def public_claims(payload: NextCorePayload) -> tuple[str, ...]:
    """Paths and `folder/*` of public/ that go to the assets; a folder as a whole where no route reaches into it."""
    base = payload.app.base_path
    taken = [route_segments(route.path) for route in payload.routes]
    rules = [rule for rule in _rules(payload) if not isinstance(rule, HeaderRule)]
    # Next's own rules match everything to strip a slash: they claim no path.
    taken += [source_segments(rule.source.removeprefix(base)) for rule in rules if not getattr(rule, "internal", False)]
    taken = [segments for segments in taken if segments]
    claims = {
        _claim(asset.path.removeprefix(base), taken)
        for asset in payload.assets
        if not asset.immutable and asset.cache_control != NO_STORE
    }
    return tuple(sorted(base + claim for claim in claims))


def _claim(path: str, taken: Sequence[Segments]) -> str:
    folders = path.strip("/").split("/")[:-1]
    for depth in range(1, len(folders) + 1):
        folder = tuple(folders[:depth])
        if folder[0] != CHALLENGES and not any(may_lie_below(segments, folder) for segments in taken):
            return f"/{'/'.join(folder)}/*"
    return path


def shared_routes(payload: NextCorePayload) -> list[Route]:
    """Prerendered pages that are the same for everybody who asks, as far as the build can tell.

    Not those that middleware may touch: it would not run where the edge answers. Not those that a cookie, a host or
    a header outside of the cache key decides about.
    """
    base = payload.app.base_path
    touched = [
        source_segments(rule.source.removeprefix(base)) for rule in _rules(payload) if _depends((*rule.has, *rule.missing))
    ]
    if payload.middleware:
        touched += [source_segments(matcher.source.removeprefix(base)) for matcher in payload.middleware.matchers] or [(REST,)]
    if payload.app.i18n and payload.app.i18n.locale_detection:
        touched.append(())  # the start page sends a browser to its language
    return [
        route
        for route in payload.routes
        if route.kind in ("SSG", "ISR")
        and not route.ppr
        and not _intercepting(route)
        and not any(may_meet(route_segments(route.path), segments) for segments in touched)
    ]


def _rules(payload: NextCorePayload) -> list[Rule]:
    rewrites = payload.rewrites
    return [*payload.redirects, *rewrites.before_files, *rewrites.after_files, *rewrites.fallback, *payload.headers]


def _depends(conditions: Iterable[Condition]) -> bool:
    """Whether the answer depends on what is not in the cache key. All queries are in it."""
    return any(
        condition.type in ("cookie", "host") or (condition.type == "header" and (condition.key or "").lower() not in KEY_HEADERS)
        for condition in conditions
    )


def _intercepting(route: Route) -> bool:
    return any(INTERCEPTING.match(part) for part in route.path.split("/"))


def _among(payload: NextCorePayload, shared: Sequence[Route]) -> list[Route]:
    """Routes that a shared route's pattern matches as well, though Next answers them differently: /items/new in /items/[id]."""
    names = {route.path for route in shared}
    wide = [route_segments(route.path) for route in shared if "[" in route.path]
    return [
        route
        for route in payload.routes
        if route.path not in names
        and not _intercepting(route)
        and any(may_meet(route_segments(route.path), segments) for segments in wide)
    ]


def _locale_prefix(payload: NextCorePayload) -> str:
    i18n = payload.app.i18n
    return f"(?:/(?:{'|'.join(re.escape(locale) for locale in i18n.locales)}))?" if i18n else ""


def _that_fit(patterns: Sequence[str], private: Sequence[str], keys: Sequence[str] | None) -> tuple[list[str], str]:
    """As many patterns as the function has room for, those of many pages first; and the function."""
    taken = sorted(set(patterns), key=lambda pattern: ("[^/]" not in pattern and ".+" not in pattern, len(pattern), pattern))
    while True:
        function = routing_function(taken, private, keys)
        if len(function.encode()) <= FUNCTION_BYTES:
            return sorted(taken), function
        if not taken:
            raise UserError("the app's routes do not fit into a CloudFront Function", "nextcore:cdn", "set `cdn: none`")
        taken = taken[: len(taken) * 9 // 10]


def _purges(base: str, shared: Sequence[Route]) -> list[str]:
    """With a star each, for the queries of Next's own requests. `/?*` is the start page's."""
    found = {base + _before_dynamic(route.path) for route in shared}
    starred = _widest("/?*" if path in ("", "/") else path if path.endswith("*") else f"{path}*" for path in found)
    if len(starred) > WILDCARDS:
        starred = _widest(path if path == "/?*" else f"/{path.strip('/*').split('/')[0]}*" for path in starred)
    if len(starred) > WILDCARDS or "/*" in starred:
        return ["/*"]
    return ["/", *starred] if "/?*" in starred else starred


def _widest(paths: Iterable[str]) -> list[str]:
    """Without those that another one's star covers."""
    found = set(paths)
    return sorted(
        path for path in found if not any(path != other and path.startswith(other[:-1]) for other in found if other != "/?*")
    )


def _before_dynamic(path: str) -> str:
    """/blog/[slug] -> /blog/* ; /help/[[...topic]] -> /help* ; /[slug] -> /*"""
    fixed, bracket, rest = path.partition("[")
    if not bracket:
        return quote(path, safe="/-._~")
    return quote(fixed.rstrip("/") if rest.startswith("[") and fixed != "/" else fixed, safe="/-._~") + "*"


def purge_paths(pages: Sequence[str], changed: Sequence[str]) -> list[str]:
    """What to purge for a release: `pages` of the plan, and the files whose content changed under their old name."""
    if "/*" in pages or len(changed) > EXACT_PURGES:
        return ["/*"]
    return sorted({*pages, *changed})

"""Which paths of routes and rules can meet."""

import pytest

from nextcore.cdn import purge_paths
from nextcore.cdn_paths import may_lie_below, may_meet, route_segments, source_segments


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("/about", "/about", True),
        ("/about", "/account/:path*", False),
        ("/account", "/account/:path*", True),
        ("/account/orders", "/account/:path*", True),
        ("/blog/[slug]", "/blog/news", True),
        ("/blog/[slug]", "/:lang/news", True),
        ("/blog/[slug]", "/blog/[slug]/edit", False),
        ("/", "/", True),
        ("/", "/about", False),
        ("/", "/:path*", True),
        ("/docs/[...all]", "/docs/a/b/c", True),
        ("/docs/[[...all]]", "/docs", True),
        ("/anything", "/((?!api|_next).*)", True),
        ("/post-1", "/post-:id", True),
    ],
)
def test_may_meet(one: str, other: str, meet: bool) -> None:
    left, right = route_segments(one), source_segments(other) if ":" in other or "(" in other else route_segments(other)
    assert may_meet(left, right) is meet
    assert may_meet(right, left) is meet


@pytest.mark.parametrize(
    ("route", "folder", "below"),
    [("/images/[id]", "images", True), ("/images", "images", True), ("/blog", "images", False), ("/[...all]", "images", True),
     ("/[page]", "images", True), ("/images/a/b", "images", True)],
)  # fmt: skip
def test_may_lie_below(route: str, folder: str, below: bool) -> None:
    assert may_lie_below(route_segments(route), (folder,)) is below


def test_purges_are_one_star_where_paths_would_cost_more() -> None:
    assert purge_paths(["/about*"], ["/a.png"]) == ["/a.png", "/about*"]
    assert purge_paths(["/about*"], [f"/{n}.png" for n in range(101)]) == ["/*"]
    assert purge_paths(["/*"], ["/a.png"]) == ["/*"]

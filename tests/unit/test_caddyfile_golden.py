"""One case a file in tests/golden/caddyfile: payload parts in, Caddyfile out; and Caddy itself accepts it.

`NEXTCORE_UPDATE_GOLDEN=1 pytest tests/unit/test_caddyfile_golden.py` writes the outputs anew.
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nextcore.caddyfile import (
    ApiRoute,
    ReadCache,
    SiteOptions,
    is_re2,
    path_pattern,
    render_api_site,
    render_main,
    render_site,
)
from tests.conftest import REPO
from tests.payloads import payload, redirect, route

CASES = sorted((REPO / "tests/golden/caddyfile").glob("*.json"))


def render(case: Path) -> str:
    value: dict[str, Any] = json.loads(case.read_text())
    parts = value["payload"]
    parts["routes"] = [route(*pair) for pair in parts.get("routes", [])]
    parts["redirects"] = [
        redirect(entry.pop("source"), entry.pop("destination"), **entry) for entry in parts.get("redirects", [])
    ]
    given = {"app": "shop", **value.get("options", {})}
    api = value.get("api")
    if api and "paths" in api:
        given["api"] = ApiRoute(api["name"], tuple(api["paths"]), _cache(api))
    return render_site(payload(**parts), SiteOptions(**given)) + _api_site(api)


def _api_site(api: dict[str, Any] | None) -> str:
    """What stands beside the app's site in the proxy."""
    if api is None:
        return ""
    return render_api_site(api["name"], api.get("internalPort", 8090), api.get("host"), api.get("httpPort"), _cache(api))


def _cache(api: dict[str, Any]) -> ReadCache | None:
    return ReadCache(**{**api["cache"], "paths": tuple(api["cache"]["paths"])}) if "cache" in api else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_golden(case: Path) -> None:
    expected = case.with_suffix(".caddy")
    if os.environ.get("NEXTCORE_UPDATE_GOLDEN"):
        expected.write_text(render(case))
    assert render(case) == expected.read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_caddy_accepts_it(case: Path, tmp_path: Path, tool: Callable[[str], str]) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites/shop.caddy").write_text(render(case))
    (tmp_path / "Caddyfile").write_text(render_main())
    done = subprocess.run(
        [tool("caddy"), "adapt", "--config", tmp_path / "Caddyfile", "--validate"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/", ""),
        ("/blog/[slug]", "/blog/[^/]+"),
        ("/docs/[...rest]", "/docs/.+"),
        ("/help/[[...topic]]", "/help(?:/.*)?"),
        ("/a.b", r"/a\.b"),
    ],
)
def test_path_pattern(path: str, pattern: str) -> None:
    assert path_pattern(path) == pattern


def test_look_around_is_no_re2() -> None:
    assert not is_re2("^(?!/_next)/a$")
    assert is_re2("^(?:/a)$")

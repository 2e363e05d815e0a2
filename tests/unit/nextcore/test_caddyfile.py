"""The generated Caddyfile, as the real Caddy reads it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nextcore.caddyfile import SiteOptions, is_re2, path_pattern, render_site
from nextcore.payload import NextCorePayload


def payload(**parts: Any) -> NextCorePayload:
    return NextCorePayload.model_validate(
        {
            "schemaVersion": 1,
            "build": {
                "id": "b1", "gitSha": None, "nextVersion": "16.0.0", "bunVersion": "1.3.0", "builderVersion": "0.1.0",
                "arch": "x64", "sourceFingerprint": "sha256:00", "executable": None, "natives": [], "externals": [],
            },
            "app": {
                "name": "shop", "basePath": "", "assetPrefix": "", "trailingSlash": False, "i18n": None, "images": {},
                "output": "server",
            },
            "routes": [], "redirects": [], "rewrites": {"beforeFiles": [], "afterFiles": [], "fallback": []},
            "headers": [], "middleware": None, "assets": [], "env": {"read": [], "public": [], "required": []},
            **parts,
        }
    )  # fmt: skip


def caddy() -> str:
    found = shutil.which("caddy") or str(Path.home() / ".cache" / "nextcore" / "bin" / "caddy")
    if not Path(found).exists():
        assert not os.environ.get("CI"), "caddy is missing"
        pytest.skip("caddy is missing")
    return found


def adapted(site: str, folder: Path) -> list[dict[str, Any]]:
    """The routes of the one site, in the order in which Caddy tries them."""
    file = folder / "Caddyfile"
    file.write_text(site)
    done = subprocess.run([caddy(), "adapt", "--config", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (server,) = json.loads(done.stdout)["apps"]["http"]["servers"].values()
    routes: list[dict[str, Any]] = server["routes"]
    return routes


def test_internal_paths_are_answered_before_the_app_is_asked(tmp_path: Path) -> None:
    routes = adapted(render_site(payload(), SiteOptions(app="shop")), tmp_path)
    texts = [json.dumps(route) for route in routes]
    internal = next(n for n, text in enumerate(texts) if "/_nextcore/*" in text)
    app = next(n for n, text in enumerate(texts) if "reverse_proxy" in text)
    assert internal < app


def test_index_of_builds_is_not_served(tmp_path: Path) -> None:
    routes = adapted(render_site(payload(), SiteOptions(app="shop")), tmp_path)
    texts = [json.dumps(route) for route in routes]
    index = next(n for n, text in enumerate(texts) if "/.nextcore.json" in text)
    assert index < next(n for n, text in enumerate(texts) if "file_server" in text)


def test_middleware_that_re2_cannot_read_is_left_to_the_app(tmp_path: Path) -> None:
    matcher: dict[str, Any] = {"regex": "^/((?!api).*)$", "source": "/((?!api).*)", "has": [], "missing": [], "locale": None}
    site = render_site(payload(middleware={"runtime": "edge", "matchers": [matcher]}), SiteOptions(app="shop"))
    assert "(?!api)" not in site
    assert adapted(site, tmp_path)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [("/", ""), ("/blog/[slug]", "/blog/[^/]+"), ("/docs/[...all]", "/docs/.+"), ("/shop/[[...all]]", "/shop(?:/.*)?")],
)
def test_path_pattern(path: str, pattern: str) -> None:
    assert path_pattern(path) == pattern


@pytest.mark.parametrize(("pattern", "taken"), [("^/a/(?:b)$", True), ("^/(?!a)", False), ("(?<=x)", False), (r"(a)\1", False)])
def test_is_re2(pattern: str, taken: bool) -> None:
    assert is_re2(pattern) is taken

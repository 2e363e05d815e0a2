"""One case a file in tests/golden/cdn: payload parts in, plan out; and node runs the routing function.

`NEXTCORE_UPDATE_GOLDEN=1 pytest tests/unit/test_cdn_golden.py` writes the outputs anew.
"""

import dataclasses
import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nextcore.cdn import CdnPlan, cdn_plan
from nextcore.cdn_function import without_prefix
from tests.conftest import REPO
from tests.payloads import payload, redirect, route

FOLDER = REPO / "tests/golden/cdn"
CASES = sorted(path for path in FOLDER.glob("*.json") if not path.name.endswith(".plan.json"))


def asset(path: str) -> dict[str, Any]:
    hashed = "/_next/static/" in path
    return {
        "path": path, "file": path.lstrip("/"), "sha256": hashlib.sha256(path.encode()).hexdigest(), "size": 1,
        "contentType": "text/plain", "cacheControl": "no-store" if path.endswith("/sw.js") else "public", "immutable": hashed,
    }  # fmt: skip


def plan_of(case: Path) -> CdnPlan:
    """`assets`: paths, `{count}` stands for 0 to `many`; `routes`: [path, kind]."""
    value: dict[str, Any] = json.loads(case.read_text())
    parts = value["payload"]
    paths = [path.replace("{count}", str(n)) for path in parts.get("assets", []) for n in range(value.get("many", 1))]
    parts["assets"] = [asset(path) for path in dict.fromkeys(paths)]
    parts["routes"] = [
        route(path.replace("{count}", str(n)), kind)
        for path, kind in parts.get("routes", [])
        for n in range(value.get("many", 1) if "{count}" in path else 1)
    ]
    parts["redirects"] = [
        redirect(entry.pop("source"), entry.pop("destination"), **entry) for entry in parts.get("redirects", [])
    ]
    return cdn_plan(payload(**parts), images=value.get("images"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_golden(case: Path) -> None:
    expected, function = case.with_suffix(".plan.json"), case.with_suffix(".js")
    plan = plan_of(case)
    told = {key: value for key, value in dataclasses.asdict(plan).items() if key != "function"}
    text = json.dumps(told, indent=1) + "\n"
    if os.environ.get("NEXTCORE_UPDATE_GOLDEN"):
        expected.write_text(text)
        function.write_text(plan.function)
    assert text == expected.read_text()
    assert plan.function == function.read_text()


def test_the_path_of_images_is_taken_off(tool: Callable[[str], str]) -> None:
    script = without_prefix("/_images") + "console.log(handler({ request: { uri: process.argv[1] } }).uri);"
    found = subprocess.run([tool("node"), "-e", script, "/_images/7/320.webp"], check=True, capture_output=True, text=True)
    assert found.stdout == "/7/320.webp\n"


# What CloudFront gives a function, as far as ours uses it.
HARNESS = """
const calls = JSON.parse(process.argv[2]);
const keys = new Set(JSON.parse(process.argv[3]));
let chosen;
const cf = { kvs: () => ({ exists: async (key) => keys.has(key) }), selectRequestOriginById: (id) => { chosen = id; } };
%s
const answers = [];
for (const call of calls) {
  chosen = 'app';
  const request = { method: 'GET', headers: { host: { value: 'shop.example' } }, cookies: {}, querystring: { a: 1 }, ...call };
  const found = await handler({ request, context: { requestId: 'id' } });
  answers.push([found.statusCode ?? chosen, 'x-nextcore-alone' in (found.headers ?? {}) ? 'alone' : 'shared']);
}
console.log(JSON.stringify(answers));
"""


def run(plan: CdnPlan, calls: list[dict[str, Any]], node: str, folder: Path) -> list[list[Any]]:
    script = folder / "function.mjs"
    script.write_text(HARNESS % plan.function.replace("import cf from 'cloudfront';", ""))
    command = [node, str(script), json.dumps(calls), json.dumps(plan.keys or [])]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answers: list[list[Any]] = json.loads(done.stdout)
    return answers


def test_routing_function_shares_what_is_prerendered_and_nothing_else(tmp_path: Path, tool: Callable[[str], str]) -> None:
    plan = plan_of(FOLDER / "routes.json")
    wanted = {
        "/": "shared", "/about": "shared", "/about/": "shared", "/%61bout": "shared", "/items/7": "shared",
        "/items/new": "alone", "/api/me": "alone", "/account": "alone", "/About": "alone", "/items/7/edit": "alone",
        "/nothing": "alone", "/beta": "alone",
    }  # fmt: skip
    answers = run(plan, [{"uri": uri} for uri in wanted], tool("node"), tmp_path)
    assert dict(zip(wanted, [shared for _, shared in answers], strict=True)) == wanted


def test_preview_mode_and_the_clients_own_mark_are_not_shared(tmp_path: Path, tool: Callable[[str], str]) -> None:
    plan = plan_of(FOLDER / "routes.json")
    draft = {"uri": "/about", "cookies": {"__prerender_bypass": {"value": "x"}}}
    forged = {"uri": "/about", "headers": {"host": {"value": "h"}, "x-nextcore-alone": {"value": "mine"}}}
    answers = run(plan, [draft, forged, {"uri": "/%E0%A4%A"}], tool("node"), tmp_path)
    assert answers == [["app", "alone"], ["app", "shared"], [400, "shared"]]


def test_routing_function_finds_files_of_public(tmp_path: Path, tool: Callable[[str], str]) -> None:
    plan = plan_of(FOLDER / "many-public-files.json")
    wanted = {"/icon-3.png": "assets", "/a%20b.png": "assets", "/media/x/y.png": "assets", "/media": "app", "/icon-99.png": "app"}
    answers = run(plan, [{"uri": uri} for uri in wanted], tool("node"), tmp_path)
    assert dict(zip(wanted, [origin for origin, _ in answers], strict=True)) == wanted
    assert run(plan, [{"uri": "/icon-3.png", "method": "POST"}], tool("node"), tmp_path)[0][0] == "app"


def test_a_function_that_is_full_caches_less_and_says_so() -> None:
    plan = plan_of(FOLDER / "more-pages-than-the-function-holds.json")
    assert len(plan.function.encode()) <= 10_000
    assert "/items/[^/]+" in plan.shared
    assert "are not cached at the edge" in plan.notes[0]

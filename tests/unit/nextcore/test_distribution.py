"""What a failed build tells, and two builds at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nextcore.distribution import _print_progress, _told_error, build_distribution
from tests.payloads import payload_json

# A build that fails where another one is in the same app's folder.
BUILDER = """
const fs = require('node:fs');
const [app, , out] = process.argv.slice(2);
fs.mkdirSync(app + '/.next');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
fs.rmdirSync(app + '/.next');
fs.mkdirSync(out, { recursive: true });
fs.writeFileSync(out + '/payload.json', fs.readFileSync(app + '/payload.json'));
console.log(JSON.stringify({ cached: false }));
"""


def test_two_stacks_of_one_app_build_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTCORE_CACHE", str(tmp_path / "cache"))
    app, builder = tmp_path / "app", tmp_path / "builder"
    (builder / "bin").mkdir(parents=True)
    (builder / "bin/distribution-builder.js").write_text(BUILDER)
    app.mkdir()
    (app / "payload.json").write_text(json.dumps(payload_json()))
    with ThreadPoolExecutor() as pool:
        built = list(pool.map(lambda stack: build_distribution(app, tmp_path / stack / "dist", builder), ("staging", "prod")))
    assert [distribution.payload.app.name for distribution in built] == ["shop", "shop"]


def test_an_error_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    told, block = _print_progress(["building\n", "error: of the app's own\n", "  more\n", "error: failed\n", "  next: mend it\n"])
    assert capsys.readouterr().err == "building\nerror: of the app's own\n  more\n"
    assert told == ["building", "error: of the app's own", "  more"]
    assert block == ["error: failed", "  next: mend it"]


def test_the_builders_error_is_told_as_it_is() -> None:
    told = ["Failed to compile", "error: the app's build failed (exit code 1)", "  where: /app, npm run build", "  next: mend it"]
    error = _told_error(told, Path("/app"))
    assert str(error) == "the app's build failed (exit code 1)\n  where: /app, npm run build\n  next: mend it"


def test_lines_that_go_on_stay_where_they_are() -> None:
    error = _told_error(["error: two things", "  one", "  two", "  next: mend them"], Path("/app"))
    assert error.what == "two things\n  one\n  two"
    assert error.where == "/app"


def test_without_a_block_the_last_lines_are_told() -> None:
    assert _told_error(["a", "b"], Path("/app")).what == "a\nb"

"""Signing secrets by the real engine: kept as secrets, the same from run to run, rotated when told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation

from tests.conftest import REPO, need


@dataclass
class StackUnderTest:
    stack: automation.Stack
    env: dict[str, str]
    folder: Path

    def state(self) -> str:
        """All that the backend has on disk."""
        return "\n".join(file.read_text() for file in self.folder.rglob("*") if file.is_file())

    def told(self, **settings: Any) -> None:
        self.env["STACK_UNDER_TEST"] = json.dumps(settings)

    def up(self, **settings: Any) -> tuple[dict[str, str], dict[str, str]]:
        """Variables of app and API."""
        self.told(**settings)
        outputs = self.stack.up().outputs
        assert outputs["app"].secret, "the engine shows it as [secret]"
        return outputs["app"].value, outputs["api"].value


@pytest.fixture
def under_test(tmp_path: Path) -> Iterator[StackUnderTest]:
    need("pulumi")
    project, state = tmp_path / "project", tmp_path / "state"
    project.mkdir()
    state.mkdir()
    plugins = {"providers": [{"name": "nextcore", "path": str(REPO / "provider")}]}
    program = str(REPO / "tests/signing/program")
    (project / "Pulumi.yaml").write_text(
        json.dumps({"name": "signing", "runtime": "python", "main": program, "plugins": plugins})
    )
    env = {
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "",
        "PYTHONPATH": str(REPO),
    }
    options = automation.LocalWorkspaceOptions(env_vars=env)
    stack = automation.create_or_select_stack("test", work_dir=str(project), opts=options)
    yield StackUnderTest(stack, env, state)
    stack.destroy()


def test_a_generated_secret_stays_and_rotates(under_test: StackUnderTest) -> None:
    under_test.told(auth={})
    under_test.stack.preview()  # nothing is known yet, and nothing fails over that
    app, api = under_test.up(auth={})
    assert app["NEXTAUTH_SECRET"] == api["JWT_SECRET"] and len(api["JWT_SECRET"]) == 64
    assert under_test.up(auth={"overlap": "2h"}) == (app, api), "another overlap alone changes nothing"
    assert set(under_test.stack.refresh().summary.resource_changes or {}) == {"same"}

    under_test.told(auth={"rotation": 2})
    assert under_test.stack.preview().change_summary[automation.OpType.UPDATE] == 1
    newer, newer_api = under_test.up(auth={"rotation": 2})
    assert newer["NEXTAUTH_SECRET"] != app["NEXTAUTH_SECRET"]
    assert newer["NEXTAUTH_SECRET_PREVIOUS"] == newer_api["JWT_SECRET_PREVIOUS"] == app["NEXTAUTH_SECRET"]
    assert newer_api["JWT_SECRET_PREVIOUS_UNTIL"].endswith("Z")
    state = under_test.state()
    assert not [value for value in (app["NEXTAUTH_SECRET"], newer["NEXTAUTH_SECRET"]) if value in state]


def test_a_configured_secret_is_taken_and_rotates_to_another(under_test: StackUnderTest) -> None:
    app, api = under_test.up(auth={}, configured="a" * 40)
    assert app["NEXTAUTH_SECRET"] == api["JWT_SECRET"] == "a" * 40
    app, api = under_test.up(auth={}, configured="b" * 40)
    assert (api["JWT_SECRET"], api["JWT_SECRET_PREVIOUS"]) == ("b" * 40, "a" * 40)
    state = under_test.state()
    assert "signing-secret" in state
    assert "a" * 40 not in state and "b" * 40 not in state


def test_key_pairs(under_test: StackUnderTest) -> None:
    app, api = under_test.up(auth={"mode": "jwks"})
    private = json.loads(app["JWT_PRIVATE_KEY"])
    (public,) = json.loads(api["JWT_JWKS"])["keys"]
    assert private["kid"] == public["kid"] and "d" not in public
    assert set(api) == {"JWT_JWKS"}
    app, api = under_test.up(auth={"mode": "jwks", "rotation": 2, "algorithm": "RS256"})
    keys = json.loads(api["JWT_JWKS"])["keys"]
    assert [key["alg"] for key in keys] == ["RS256", "ES256"]
    assert keys[1]["kid"] == public["kid"] and keys[1]["exp"] > 0
    state = under_test.state()
    assert private["d"] not in state

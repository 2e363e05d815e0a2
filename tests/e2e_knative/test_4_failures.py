"""Versions that cannot run: the update fails with the reason, the old version serves."""

from __future__ import annotations

from pathlib import Path

import pytest
from pulumi.automation import CommandError

from tests.e2e.load import Load
from tests.e2e_knative.conftest import Deployment
from tests.registry.conftest import Registry, registry

__all__ = ["registry"]


def test_a_version_that_crashes_takes_no_traffic_and_its_log_is_told(deployment: Deployment) -> None:
    file = deployment.app / "instrumentation.ts"
    text = file.read_text()
    file.write_text("export function register() { console.error('no database at all'); process.exit(3); }\n")
    try:
        with Load(80, "/products/lamp", 4, deployment.address) as load, pytest.raises(CommandError) as caught:
            deployment.stack.up()
    finally:
        file.write_text(text)
    assert set(load.answers) == {"200"}, load.answers
    assert "no database at all" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_an_image_that_nodes_may_not_pull_is_told(deployment: Deployment, registry: Registry) -> None:
    deployment.env["DOCKER_CONFIG"] = str(registry.docker_config)
    try:
        with (
            deployment.setting(registry=f"http://{registry.host}/e2e"),
            Load(80, "/products/lamp", 4, deployment.address) as load,
            pytest.raises(CommandError, match=r"ImagePull|pull") as caught,
        ):
            deployment.stack.up()
    finally:
        del deployment.env["DOCKER_CONFIG"]
    assert set(load.answers) == {"200"}, load.answers
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("name", ["PORT", "K_SERVICE"])
def test_a_variable_that_knative_sets_is_refused_before_anything_changes(deployment: Deployment, name: str) -> None:
    with (
        deployment.setting(env={"STOREFRONT_SESSION_SECRET": "test", name: "1"}),
        pytest.raises(CommandError, match=name) as caught,
    ):
        deployment.stack.preview()
    assert "Traceback" not in str(caught.value)


def test_what_is_right_again_is_deployed(deployment: Deployment) -> None:
    deployment.stack.up()
    assert set(deployment.stack.preview().change_summary) == {"same"}
    assert deployment.get("ksvc", "e2e-shop")["status"]["conditions"][0]["status"] == "True"


def test_destroy_leaves_nothing(deployment: Deployment, tmp_path: Path) -> None:
    deployment.stack.destroy()
    assert not deployment.kubectl.succeeds("get", "namespace", "e2e-shop")

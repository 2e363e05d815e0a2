"""The same stack with a registry, and its end. Last: it takes the stack away."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack

import pytest

from nextcore.attachments import PAYLOAD, SBOM
from nextcore.oci import registry as oci_registry
from tests.e2e.conftest import NAME, Deployment
from tests.e2e.looking import CHUNK, app_container, get, images, inspect
from tests.registry.conftest import Registry


def test_an_image_of_a_registry_is_pulled_and_has_payload_and_sbom(
    deployment: Deployment, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(registry.docker_config))
    with deployment.setting("registry", f"{registry.host}/team"):
        digest = deployment.stack.up().outputs["imageDigest"].value
        target = f"{registry.host}/team/e2e-shop"
        assert oci_registry.exists(target, digest)
        payload = oci_registry.referrer(target, digest, PAYLOAD)
        sbom = oci_registry.referrer(target, digest, SBOM)
        assert payload == (deployment.dist / "payload.json").read_bytes()
        assert sbom is not None
        assert b"pkg:npm/next@" in sbom
        assert b"pkg:deb/debian/libc6@" in sbom
        assert get(deployment.url)[0] == 200
        assert set(deployment.stack.preview().change_summary) == {"same"}


def test_a_release_is_promoted_without_its_source(
    deployment: Deployment, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another registry's image is deployed; `app.path` names a folder that is not there."""
    monkeypatch.setenv("DOCKER_CONFIG", str(registry.docker_config))
    target = f"{registry.host}/team"
    with deployment.setting("registry", target):
        released = deployment.stack.up().outputs
        build, digest = released["buildId"].value, released["imageDigest"].value
    deployment.edit("app/about/page.tsx", "<h1>About</h1>", "<h1>About the next version</h1>")
    assert deployment.stack.up().outputs["buildId"].value != build
    assert "About the next version" in get(f"{deployment.url}/about")[1]
    promoted = {"registry": f"{registry.host}/production", "release": f"{target}/e2e-shop@{digest}"}
    with ExitStack() as settings:
        for key, value in {**promoted, "app": {"name": "e2e-shop", "path": "nowhere"}}.items():
            settings.enter_context(deployment.setting(key, value))
        outputs = deployment.stack.up().outputs
        assert (outputs["buildId"].value, outputs["imageDigest"].value) == (build, digest)
        page = get(f"{deployment.url}/about")[1]
        assert "About the next version" not in page
        assert [get(deployment.url + chunk)[0] for chunk in set(CHUNK.findall(page))].count(200) > 0
        assert oci_registry.exists(f"{registry.host}/production/e2e-shop", digest)
    deployment.stack.up()


def test_destroy_leaves_nothing(deployment: Deployment) -> None:
    image = inspect(app_container(deployment))["Image"]
    deployment.stack.destroy()
    ours = f"name=^{NAME}-(network|assets|caddy-config|caddy-data|e2e-shop-cache)$"
    for kind in ("network", "volume"):
        command = ["docker", kind, "ls", "--quiet", "--filter", ours]
        assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == ""
    assert deployment.containers() == []
    assert image not in images("e2e-shop")

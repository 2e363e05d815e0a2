"""The same stack with a registry, and its end. Last: it takes the stack away."""

from __future__ import annotations

import subprocess

import pytest

from nextcore.app_image import PAYLOAD_TYPE, SBOM_TYPE
from nextcore.oci import registry as oci_registry
from tests.e2e.conftest import NAME, Deployment
from tests.e2e.looking import get
from tests.registry.conftest import Registry


def test_an_image_of_a_registry_is_pulled_and_has_payload_and_sbom(
    deployment: Deployment, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(registry.docker_config))
    with deployment.setting("registry", f"{registry.host}/team"):
        digest = deployment.stack.up().outputs["imageDigest"].value
        target = f"{registry.host}/team/e2e-shop"
        assert oci_registry.exists(target, digest)
        payload = oci_registry.referrer(target, digest, PAYLOAD_TYPE)
        sbom = oci_registry.referrer(target, digest, SBOM_TYPE)
        assert payload == (deployment.dist / "payload.json").read_bytes()
        assert sbom is not None
        assert b"pkg:npm/next@" in sbom
        assert b"pkg:deb/debian/libc6@" in sbom
        assert get(deployment.url)[0] == 200
        assert set(deployment.stack.preview().change_summary) == {"same"}
    deployment.stack.up()


def test_destroy_leaves_nothing(deployment: Deployment) -> None:
    deployment.stack.destroy()
    for kind in ("network", "volume"):
        left = subprocess.run(
            ["docker", kind, "ls", "--quiet", "--filter", f"name={NAME}"], check=True, capture_output=True, text=True
        )
        assert left.stdout == ""
    assert deployment.containers() == []

"""Images, what is attached to them, and bases, in a real registry."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import tarfile
from pathlib import Path

import pytest

from nextcore.attachments import ASSETS, SBOM, pack
from nextcore.errors import UserError
from nextcore.go_api import GoSource
from nextcore.oci import registry as oci_registry
from nextcore.oci.base import MACHINES, BaseImage, BaseLayer, base_image, registry_base
from nextcore.oci.image import BuiltImage, ImageSpec, build_image, file_sha256
from nextcore.oci.layout import Attachment, Layout, write_layout
from nextcore.prepare_api import ApiImageOptions, prepare_api
from nextcore.promotion import promoted
from tests.conftest import REPO
from tests.payloads import payload_json
from tests.registry.conftest import Registry

PAYLOAD = "application/vnd.nextcore.payload.v1+json"


@pytest.fixture
def image(tmp_path: Path) -> BuiltImage:
    base = tmp_path / "base.tar"
    with tarfile.open(base, "w") as archive:
        archive.addfile(tarfile.TarInfo("etc"))
    program = tmp_path / "server"
    program.write_bytes(b"program" * 1000)
    layers = (BaseLayer(base, f"sha256:{file_sha256(base)}"),)
    spec = ImageSpec(BaseImage(layers, "test"), program, file_sha256(program), "/app/server", ("/app/server",), "x64")
    return build_image(spec, tmp_path / "images")


@pytest.fixture
def layout(image: BuiltImage, tmp_path: Path) -> Layout:
    return write_layout(image, tmp_path / "images", "gzip", [Attachment.of(PAYLOAD, "payload.json", b'{"a": 1}')])


@pytest.fixture
def logged_in(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setenv("DOCKER_CONFIG", str(registry.docker_config))
    return registry


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_the_digest_is_known_before_and_is_what_the_registry_has(
    image: BuiltImage, logged_in: Registry, tmp_path: Path, compression: str
) -> None:
    layout = write_layout(image, tmp_path / "images", compression)  # type: ignore[arg-type]
    target = f"{logged_in.host}/team/{compression}"
    assert not oci_registry.exists(target, layout.digest)
    oci_registry.push(layout.folder, layout.digest, target, "v1")
    assert oci_registry.exists(target, layout.digest)
    again = write_layout(image, tmp_path / "elsewhere", compression)  # type: ignore[arg-type]
    assert again.digest == layout.digest


def test_the_payload_comes_back_from_its_referrer(layout: Layout, logged_in: Registry) -> None:
    target = f"{logged_in.host}/team/shop"
    oci_registry.push(layout.folder, layout.digest, target, "v1")
    content = oci_registry.referrer(target, layout.digest, PAYLOAD)
    assert content is not None
    assert json.loads(content) == {"a": 1}
    assert oci_registry.referrer(target, layout.digest, "application/none") is None


def test_a_pushed_image_serves_as_a_base(
    image: BuiltImage, layout: Layout, logged_in: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEXTCORE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    monkeypatch.setattr(oci_registry, "cache_folder", lambda: Path.home() / ".cache/nextcore")
    target = f"{logged_in.host}/team/base"
    oci_registry.push(layout.folder, layout.digest, target, "v1")
    base = registry_base(f"{target}@{layout.digest}", "amd64")
    assert [layer.diff_id for layer in base.layers] == [f"sha256:{file_sha256(path)}" for path in image.layers]
    for layer in base.layers:
        assert f"sha256:{hashlib.sha256(layer.path.read_bytes()).hexdigest()}" == layer.diff_id


def test_without_a_login_it_says_so(layout: Layout, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(UserError, match="docker login") as caught:
        oci_registry.push(layout.folder, layout.digest, f"{registry.host}/team/shop", "v1")
    assert "refused" in caught.value.what


def test_no_registry_there_is_said(layout: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nextcore:registry"):
        oci_registry.push(layout.folder, layout.digest, "127.0.0.1:1/team/shop", "v1")


def test_a_changed_attachment_is_another_layout_of_the_same_image(image: BuiltImage, tmp_path: Path) -> None:
    one = write_layout(image, tmp_path / "images", "gzip", [Attachment.of(PAYLOAD, "payload.json", b"1")])
    two = write_layout(image, tmp_path / "images", "gzip", [Attachment.of(PAYLOAD, "payload.json", b"2")])
    assert one.digest == two.digest
    assert one.folder != two.folder


def test_a_release_comes_back_whole_without_its_source(image: BuiltImage, logged_in: Registry, tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    (dist / "assets/_next/static").mkdir(parents=True)
    (dist / "assets/_next/static/a.js").write_text("a")
    attached = [
        Attachment.of(PAYLOAD, "payload.json", json.dumps(payload_json()).encode()),
        Attachment(ASSETS, "assets.tar.gz", "key", lambda: pack(dist / "assets")),
    ]
    layout = write_layout(image, tmp_path / "images", "gzip", attached)
    target = f"{logged_in.host}/team/promoted"
    oci_registry.push(layout.folder, layout.digest, target, "v1")
    distribution, found, its_layout = promoted(target, layout.digest, tmp_path / "other")
    assert distribution.payload.app.name == "shop"
    assert (distribution.assets / "_next/static/a.js").read_text() == "a"
    assert found.digest == image.digest
    elsewhere = f"{logged_in.host}/production/shop"
    oci_registry.push(its_layout.folder, its_layout.digest, elsewhere, "v1")
    assert oci_registry.referrer(elsewhere, layout.digest, PAYLOAD) is not None


def test_an_image_without_its_files_cannot_be_promoted(layout: Layout, logged_in: Registry, tmp_path: Path) -> None:
    target = f"{logged_in.host}/team/bare"
    oci_registry.push(layout.folder, layout.digest, target, "v1")
    with pytest.raises(UserError, match=re.escape(ASSETS)):
        promoted(target, layout.digest, tmp_path / "other")


def test_a_release_that_is_not_there(logged_in: Registry, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not found"):
        promoted(f"{logged_in.host}/team/none", "sha256:" + "0" * 64, tmp_path)


def test_the_debian_base_is_of_this_machine_alone() -> None:
    other = {"x86_64": "arm64"}.get(platform.machine(), "x64")
    with pytest.raises(UserError, match="assembled for this machine's processor"):
        base_image("debian", other)


def test_the_apis_sbom_lies_beside_its_image(logged_in: Registry, tmp_path: Path) -> None:
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text("module example.com/api\n\ngo 1.26.0\n")
    (module / "main.go").write_text("package main\n\nfunc main() {}\n")
    arch = MACHINES[platform.machine()]
    options = ApiImageOptions("debian", {}, "gzip", pushed=True)
    built = prepare_api("shop-api", GoSource(module), REPO / "packages/health-probe", tmp_path / "work", arch, options)
    assert built.layout is not None
    target = f"{logged_in.host}/team/shop-api"
    oci_registry.push(built.layout.folder, built.layout.digest, target, "v1")
    content = oci_registry.referrer(target, built.layout.digest, SBOM)
    assert content is not None
    found = json.loads(content)
    assert (found["bomFormat"], found["metadata"]["component"]["name"]) == ("CycloneDX", "example.com/api")
    purls = [component.get("purl", "") for component in found["components"]]
    assert any(purl.startswith("pkg:golang/stdlib@1.") for purl in purls)
    assert any(purl.startswith("pkg:deb/debian/ca-certificates@") for purl in purls)
    assert not any("libc6" in purl for purl in purls), "the base of a static binary has none"

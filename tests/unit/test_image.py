"""Images are deterministic and hold what they should."""

import hashlib
import json
import tarfile
from pathlib import Path

import pytest

from nextcore.oci.base import BaseImage, BaseLayer
from nextcore.oci.image import ImageSpec, build_image, file_sha256


@pytest.fixture
def spec(tmp_path: Path) -> ImageSpec:
    base = tmp_path / "base.tar"
    with tarfile.open(base, "w"):
        pass
    program = tmp_path / "server"
    program.write_bytes(b"program")
    base_image = BaseImage((BaseLayer(base, f"sha256:{file_sha256(base)}"),), "empty")
    return ImageSpec(base_image, program, file_sha256(program), "/app/server", ("/app/server",), "x64", {"b": "2", "a": "1"})


def test_the_same_input_gives_the_same_bytes_wherever_it_lies(spec: ImageSpec, tmp_path: Path) -> None:
    first, second = build_image(spec, tmp_path / "one"), build_image(spec, tmp_path / "two")
    assert first.digest == second.digest
    assert (first.folder / "layer.tar").read_bytes() == (second.folder / "layer.tar").read_bytes()


def test_the_digest_is_the_configs(spec: ImageSpec, tmp_path: Path) -> None:
    built = build_image(spec, tmp_path / "out")
    assert built.digest == "sha256:" + hashlib.sha256((built.folder / "config.json").read_bytes()).hexdigest()


def test_it_runs_as_nonroot_and_has_the_layers_hashes(spec: ImageSpec, tmp_path: Path) -> None:
    built = build_image(spec, tmp_path / "out")
    config = json.loads((built.folder / "config.json").read_text())
    assert config["config"]["User"] == "65532:65532"
    assert config["rootfs"]["diff_ids"] == [f"sha256:{file_sha256(layer)}" for layer in built.layers]


def test_the_layer_holds_the_program_and_nothing_else(spec: ImageSpec, tmp_path: Path) -> None:
    built = build_image(spec, tmp_path / "out")
    with tarfile.open(built.layers[1]) as layer:
        assert [(m.name, oct(m.mode)) for m in layer] == [("app", "0o755"), ("app/server", "0o755")]


def test_a_build_that_was_cut_off_is_made_again(spec: ImageSpec, tmp_path: Path) -> None:
    built = build_image(spec, tmp_path / "out")
    (built.folder / "config.json").unlink()
    (built.folder / "layer.tar").write_bytes(b"half")
    assert build_image(spec, tmp_path / "out").digest == built.digest

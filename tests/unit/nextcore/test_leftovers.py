"""A stack's build folder does not grow with every build."""

from __future__ import annotations

import os
import time
from pathlib import Path

from nextcore.leftovers import UNUSED_SECONDS, remove_unused
from nextcore.oci.base import BaseImage
from nextcore.oci.image import BuiltImage, ImageSpec, build_image, file_sha256


def built(work: Path, content: bytes) -> BuiltImage:
    program = work / "server"
    program.write_bytes(content)
    spec = ImageSpec(BaseImage((), "empty"), program, file_sha256(program), "/app/server", ("/app/server",), "x64")
    return build_image(spec, work / "images")


def grow_old(folder: Path) -> None:
    long_ago = time.time() - UNUSED_SECONDS - 1
    os.utime(folder, (long_ago, long_ago))


def test_an_image_that_no_run_used_goes(tmp_path: Path) -> None:
    former, recent = built(tmp_path, b"one"), built(tmp_path, b"two")
    grow_old(former.folder)
    remove_unused(tmp_path)
    assert not former.folder.exists()
    assert recent.folder.exists()


def test_an_old_image_that_this_run_uses_stays(tmp_path: Path) -> None:
    image = built(tmp_path, b"one")
    grow_old(image.folder)
    again = built(tmp_path, b"one")
    remove_unused(tmp_path)
    assert again == image
    assert image.folder.exists()


def test_a_release_goes_and_the_build_itself_stays(tmp_path: Path) -> None:
    for name in ("release-0123", "dist"):
        (tmp_path / name).mkdir()
        grow_old(tmp_path / name)
    remove_unused(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]

"""What a Docker daemon is given."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

from nextcore.oci.daemon import image_archive


def test_an_image_is_streamed_as_the_archive_that_docker_load_reads(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"os": "linux"}')
    base, program = tmp_path / "base.tar", tmp_path / "layer.tar"
    base.write_bytes(b"b" * 512)  # a whole block
    program.write_bytes(b"p" * ((1 << 20) + 7))  # more than one piece, and not whole blocks
    pieces = list(image_archive(tmp_path, [base, program], "shop:abc"))
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
        found = {member.name: archive.extractfile(member) for member in archive}
        content = {name: file.read() for name, file in found.items() if file}
    (manifest,) = json.loads(content.pop("manifest.json"))
    assert manifest["RepoTags"] == ["shop:abc"]
    assert content[manifest["Config"]] == b'{"os": "linux"}'
    assert [content[name] for name in manifest["Layers"]] == [base.read_bytes(), program.read_bytes()]
    assert max(len(piece) for piece in pieces) <= 1 << 20, "an image is larger than the memory that one should take"

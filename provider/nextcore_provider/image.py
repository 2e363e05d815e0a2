"""nextcore:oci:Image: an image that was built before the program ran, loaded into a Docker daemon."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from nextcore.oci import daemon
from provider.nextcore_provider.resource import Inputs, Kind, Outputs


class ImageKind(Kind):
    required: ClassVar[frozenset[str]] = frozenset({"repository", "digest", "folder", "layers"})
    outputs: ClassVar[frozenset[str]] = frozenset({"reference"})
    not_compared: ClassVar[frozenset[str]] = frozenset({"folder", "layers", "size"})
    replaced_by: ClassVar[frozenset[str]] = frozenset({"digest", "repository", "dockerHost"})

    def identity(self, inputs: Inputs) -> str:
        return f"{inputs['repository']}@{inputs['digest']}"

    def write(self, inputs: Inputs) -> Outputs:
        digest = str(inputs["digest"])
        tag = f"{inputs['repository']}:{digest.removeprefix('sha256:')[:12]}"
        if not daemon.has_image(inputs.get("dockerHost"), digest):
            daemon.load_image(inputs.get("dockerHost"), Path(inputs["folder"]), [Path(p) for p in inputs["layers"]], tag)
        return {"reference": tag}

    def read(self, inputs: Inputs, outputs: Outputs) -> Inputs | None:
        return inputs if daemon.has_image(inputs.get("dockerHost"), str(inputs["digest"])) else None

    def delete(self, state: Inputs) -> None:
        daemon.remove_image(state.get("dockerHost"), str(state["reference"]))

"""nextcore:oci:Image: an image that was built before the program ran, pushed to a registry, in a Docker daemon, or both."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from nextcore.oci import daemon, registry
from provider.nextcore_provider.resource import Inputs, Kind, Outputs


class ImageKind(Kind):
    required: ClassVar[frozenset[str]] = frozenset({"repository", "digest", "folder", "layers", "daemon"})
    outputs: ClassVar[frozenset[str]] = frozenset({"reference"})
    not_compared: ClassVar[frozenset[str]] = frozenset({"folder", "layers", "layout", "size"})
    replaced_by: ClassVar[frozenset[str]] = frozenset({"digest", "manifest", "registry", "repository", "dockerHost"})

    def identity(self, inputs: Inputs) -> str:
        return f"{inputs['repository']}@{inputs.get('manifest') or inputs['digest']}"

    def write(self, inputs: Inputs, old: Inputs | None = None) -> Outputs:
        pushed = inputs.get("registry")
        if pushed and not registry.exists(pushed, inputs["manifest"]):
            registry.push(Path(inputs["layout"]), inputs["manifest"], pushed, _short(inputs["manifest"]))
        if inputs["daemon"] and not daemon.has_image(inputs.get("dockerHost"), str(inputs["digest"])):
            _bring(inputs, _tag(inputs))
        return {"reference": f"{pushed}@{inputs['manifest']}" if pushed else _tag(inputs)}

    def read(self, inputs: Inputs, outputs: Outputs) -> Inputs | None:
        there = not inputs["daemon"] or daemon.has_image(inputs.get("dockerHost"), str(inputs["digest"]))
        if inputs.get("registry"):
            there = there and registry.exists(inputs["registry"], inputs["manifest"])
        return inputs if there else None

    def delete(self, state: Inputs) -> None:
        # What was pushed stays: a release of a registry can be deployed again, also by another stack.
        if state["daemon"]:
            daemon.remove_image(state.get("dockerHost"), _tag(state))


def _bring(inputs: Inputs, tag: str) -> None:
    """Into the daemon: out of the registry where there is one (it may be a far daemon), else from this machine's files."""
    if inputs.get("registry"):
        daemon.pull_image(inputs.get("dockerHost"), registry.bare(inputs["registry"]), inputs["manifest"], tag)
    else:
        layers = [Path(path) for path in inputs["layers"]]
        daemon.load_image(inputs.get("dockerHost"), Path(inputs["folder"]), layers, tag)


def _tag(inputs: Inputs) -> str:
    return f"{inputs['repository']}:{_short(inputs['digest'])}"


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]

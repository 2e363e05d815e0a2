"""nextcore:assets:Release: all static files of a build as one resource."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from nextcore.assets.manifest import change_text, manifest_digest
from nextcore.assets.volume import VolumeStore
from nextcore.errors import UserError
from nextcore.payload import load_payload
from provider.nextcore_provider.resource import Inputs, Kind, Outputs


class ReleaseKind(Kind):
    required: ClassVar[frozenset[str]] = frozenset({"app", "container", "mount", "manifest", "dist", "image", "retainBuilds"})
    outputs: ClassVar[frozenset[str]] = frozenset({"retainedBuilds"})
    not_compared: ClassVar[frozenset[str]] = frozenset({"dist", "image"})
    shown: ClassVar[frozenset[str]] = frozenset({"change"})
    replaced_by: ClassVar[frozenset[str]] = frozenset({"app"})

    def described(self, old: Inputs, new: Inputs) -> Inputs:
        """`change`: what this release adds to the one before, by count and size."""
        if old.get("manifest") == new.get("manifest"):
            return {"change": old["change"]} if "change" in old else {}
        payload = load_payload(Path(new["dist"]) / "payload.json")
        try:
            builds = _store(new).builds() if new.get("container") else []
        except UserError:
            builds = []  # the first release: there is no proxy yet
        return {"change": change_text(builds[0]["files"] if builds else {}, payload.assets)}

    def identity(self, inputs: Inputs) -> str:
        return f"{inputs['container']}/{inputs['app']}"

    def write(self, inputs: Inputs, old: Inputs | None = None) -> Outputs:
        dist = Path(inputs["dist"])
        payload = load_payload(dist / "payload.json")
        if manifest_digest(payload.assets) != inputs["manifest"]:
            raise UserError("the build changed while it was being released", str(dist), "run `pulumi up` again")
        retained = _store(inputs).release(
            payload.build.id, str(inputs["manifest"]), payload.assets, dist / "assets", int(inputs["retainBuilds"])
        )
        return {"retainedBuilds": retained}

    def read(self, inputs: Inputs, outputs: Outputs) -> Inputs | None:
        try:
            builds = _store(inputs).builds()
            damaged = _store(inputs).damaged() if builds else []
        except UserError:
            return None  # its container is gone
        if not builds:
            return None
        return {**inputs, "manifest": f"{len(damaged)} files damaged" if damaged else builds[0]["manifest"]}

    def delete(self, state: Inputs) -> None:
        _store(state).forget()


def _store(inputs: Inputs) -> VolumeStore:
    return VolumeStore(
        str(inputs["container"]), str(inputs["mount"]), str(inputs["app"]), str(inputs["image"]), inputs.get("dockerHost")
    )

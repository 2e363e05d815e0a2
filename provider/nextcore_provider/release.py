"""nextcore:assets:Release: all static files of a build as one resource, in a Docker volume or a bucket."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from nextcore.assets.manifest import manifest_digest
from nextcore.assets.s3 import S3Store, S3Target
from nextcore.assets.volume import VolumeStore
from nextcore.errors import UserError
from nextcore.payload import load_payload
from provider.nextcore_provider.resource import Inputs, Kind, Outputs


class ReleaseKind(Kind):
    """`store`: none or `volume` (container, mount), or `s3` (bucket, endpoint, region, encoding)."""

    not_compared: ClassVar[frozenset[str]] = frozenset({"dist"})
    replaced_by: ClassVar[frozenset[str]] = frozenset({"app", "store", "bucket"})

    def identity(self, inputs: Inputs) -> str:
        return f"{inputs['bucket'] if _in_bucket(inputs) else inputs['container']}/{inputs['app']}"

    def write(self, inputs: Inputs) -> Outputs:
        dist, retain = Path(inputs["dist"]), int(inputs["retainBuilds"])
        payload = load_payload(dist / "payload.json")
        manifest = manifest_digest(payload.assets)
        if manifest != inputs["manifest"]:
            raise UserError("the build changed while it was being released", str(dist), "run `pulumi up` again")
        if _in_bucket(inputs):
            released = _bucket(inputs).release(payload.build.id, manifest, payload.assets, dist / "assets", retain)
            return {
                "retainedBuilds": list(released.builds),
                "changedPaths": list(released.changed),
                "generation": released.generation,
            }
        retained = _volume(inputs).release(payload.build.id, manifest, payload.assets, dist / "assets", retain)
        return {"retainedBuilds": retained}

    def read(self, inputs: Inputs, outputs: Outputs) -> Inputs | None:
        if _in_bucket(inputs):
            manifest = _bucket(inputs).manifest()
            return {**inputs, "manifest": manifest} if manifest else None
        try:
            builds = _volume(inputs).builds()
        except UserError:
            return None  # its container is gone
        return {**inputs, "manifest": builds[0]["manifest"]} if builds else None

    def delete(self, state: Inputs) -> None:
        if _in_bucket(state):
            _bucket(state).forget(int(state["generation"]))
        else:
            _volume(state).forget()


def _in_bucket(inputs: Inputs) -> bool:
    return inputs.get("store") == "s3"


def _volume(inputs: Inputs) -> VolumeStore:
    return VolumeStore(str(inputs["container"]), str(inputs["mount"]), str(inputs["app"]), inputs.get("dockerHost"))


def _bucket(inputs: Inputs) -> S3Store:
    return S3Store(
        S3Target(
            str(inputs["bucket"]),
            str(inputs["app"]),
            inputs.get("endpoint"),
            inputs.get("region"),
            inputs.get("encoding") or "identity",
        )
    )

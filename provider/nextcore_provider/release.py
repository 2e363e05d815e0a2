"""nextcore:assets:Release: all static files of a build as one resource, in a Docker volume or a bucket."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from nextcore.errors import UserError
from provider.nextcore_provider.resource import Inputs, Kind, Outputs

# The payload's models (0.1 s), boto3 and obstore (0.3 s) are imported where a release is made: every start of the provider
# would pay for them.
if TYPE_CHECKING:
    from nextcore.assets.s3 import S3Store
    from nextcore.assets.volume import VolumeStore
    from nextcore.payload import Asset


class ReleaseKind(Kind):
    """`store`: none or `volume` (container, mount, image), or `s3` (bucket, endpoint, region, encoding)."""

    required: ClassVar[frozenset[str]] = frozenset({"app", "manifest", "dist", "retainBuilds"})
    outputs: ClassVar[frozenset[str]] = frozenset({"retainedBuilds", "changedPaths", "generation"})
    not_compared: ClassVar[frozenset[str]] = frozenset({"dist", "image"})
    shown: ClassVar[frozenset[str]] = frozenset({"change"})
    replaced_by: ClassVar[frozenset[str]] = frozenset({"app", "store", "bucket"})

    def described(self, old: Inputs, new: Inputs) -> Inputs:
        """`change`: what this release adds to the one before, by count and size."""
        if old.get("manifest") == new.get("manifest"):
            return {"change": old["change"]} if "change" in old else {}
        from nextcore.assets.manifest import change_text
        from nextcore.payload import load_payload

        payload = load_payload(Path(new["dist"]) / "payload.json")
        try:
            before = _files_before(new, payload.assets)
        except UserError:
            before = {}  # the first release: there is no proxy and no bucket yet
        return {"change": change_text(before, payload.assets)}

    def identity(self, inputs: Inputs) -> str:
        return f"{inputs['bucket'] if _in_bucket(inputs) else inputs['container']}/{inputs['app']}"

    def write(self, inputs: Inputs, old: Inputs | None = None) -> Outputs:
        from nextcore.assets.manifest import manifest_digest
        from nextcore.payload import load_payload

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
            damaged = _volume(inputs).damaged() if builds else []
        except UserError:
            return None  # its container is gone
        if not builds:
            return None
        return {**inputs, "manifest": f"{len(damaged)} files damaged" if damaged else builds[0]["manifest"]}

    def delete(self, state: Inputs) -> None:
        if _in_bucket(state):
            _bucket(state).forget(int(state["generation"]))
        else:
            _volume(state).forget()


def _files_before(inputs: Inputs, assets: Sequence[Asset]) -> dict[str, str]:
    """File to SHA-256 of the newest release there is."""
    if _in_bucket(inputs):
        return _bucket(inputs).files(assets) if inputs.get("bucket") else {}
    builds = _volume(inputs).builds() if inputs.get("container") else []
    files: dict[str, str] = builds[0]["files"] if builds else {}
    return files


def _in_bucket(inputs: Inputs) -> bool:
    return inputs.get("store") == "s3"


def _volume(inputs: Inputs) -> VolumeStore:
    from nextcore.assets.volume import VolumeStore

    return VolumeStore(
        str(inputs["container"]), str(inputs["mount"]), str(inputs["app"]), str(inputs["image"]), inputs.get("dockerHost")
    )


def _bucket(inputs: Inputs) -> S3Store:
    from nextcore.assets.s3 import S3Store, S3Target

    return S3Store(
        S3Target(
            str(inputs["bucket"]),
            str(inputs["app"]),
            inputs.get("endpoint"),
            inputs.get("region"),
            inputs.get("encoding") or "identity",
        )
    )

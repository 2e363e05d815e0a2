"""The index of an app's bucket: which builds are retained, and what was stored under which key. Pure."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from nextcore.assets.s3_objects import StoredFile
from nextcore.errors import UserError

# The old version serves until the new one is healthy, so two builds are kept at least.
LEAST_BUILDS = 2


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stored(_Part):
    """`etag`: as the server told it when the object was complete; None: begun, nobody knows how it ended."""

    digest: str
    etag: str | None
    hashed: bool


class RetainedBuild(_Part):
    """`changed`: keys under stable names that became others with this build."""

    build: str
    manifest: str
    keys: tuple[str, ...]
    changed: tuple[str, ...] = ()


class Index(_Part):
    """`builds` newest first. `objects`: every key that this store ever wrote and has not deleted since.

    Only keys of `objects` are ever deleted: files that others put into the bucket stay. `generation` counts releases.
    `changed`: what a release that was cut off had begun to change; the next one still has to tell a CDN of it.
    """

    version: Literal[1] = 1
    generation: int = 0
    builds: tuple[RetainedBuild, ...] = ()
    objects: Mapping[str, Stored] = {}
    changed: tuple[str, ...] = ()

    def dump(self) -> bytes:
        return gzip.compress(self.model_dump_json().encode(), 1, mtime=0)

    def missing(self, files: Iterable[StoredFile]) -> dict[str, StoredFile]:
        """Files that were never stored, or with another content, whatever the bucket holds now."""
        return {f.key: f for f in files if f.key not in self.objects or self.objects[f.key].digest != f.digest}

    def begun(self, files: Iterable[StoredFile], changed: Sequence[str]) -> Index:
        """Written before the first upload: what a cut-off release leaves behind is known to the next one."""
        pending = {f.key: Stored(digest=f.digest, etag=None, hashed=f.asset.immutable) for f in files}
        return self.model_copy(update={"objects": {**self.objects, **pending}, "changed": tuple(changed)})

    def released(self, entry: RetainedBuild, files: Sequence[StoredFile], etags: Mapping[str, str | None], retain: int) -> Index:
        """With `entry` as the newest of `retain` builds, all of its files complete."""
        others = [old for old in self.builds if old.manifest != entry.manifest]
        complete = {f.key: self._stored(f, etags[f.key]) for f in files}
        return Index(
            generation=self.generation + 1,
            builds=tuple([entry, *others][: max(LEAST_BUILDS, retain)]),
            objects={**self.objects, **complete},
        )

    def _stored(self, file: StoredFile, etag: str | None) -> Stored:
        known = self.objects.get(file.key)
        if known and known.digest == file.digest and known.etag == etag:
            return known  # most are: making 5,000 anew takes 10 ms
        return Stored(digest=file.digest, etag=etag, hashed=file.asset.immutable)

    def unneeded(self) -> list[str]:
        """Keys that no retained build names."""
        needed = {key for build in self.builds for key in build.keys}
        return sorted(set(self.objects) - needed)

    def without(self, keys: Iterable[str]) -> Index:
        gone = set(keys)
        return self.model_copy(update={"objects": {k: v for k, v in self.objects.items() if k not in gone}})

    def changing(self, manifest: str, files: Iterable[StoredFile]) -> list[str]:
        """Keys under stable names whose content differs from the newest build's, or that it had and `files` have not.

        A release that is repeated, because the update around it failed, tells the same again.
        """
        newest = self.builds[0] if self.builds else None
        mutable = {f.key: f.digest for f in files if not f.asset.immutable}
        differing = {k for k, d in mutable.items() if k in self.objects and self.objects[k].digest != d}
        before = set(newest.keys) if newest else set()
        gone = {k for k in before - mutable.keys() if k in self.objects and not self.objects[k].hashed}
        repeated = newest.changed if newest and newest.manifest == manifest else ()
        return sorted({*differing, *gone, *repeated, *self.changed})


def load_index(data: bytes, where: str) -> Index:
    """UserError where it is none of ours: a bucket that others write to must not be collected."""
    try:
        return Index.model_validate_json(gzip.decompress(data))
    except (OSError, EOFError, ValidationError) as error:
        raise UserError(
            "the index of static files cannot be read", where, "delete it: the next `pulumi up` compares file by file"
        ) from error

"""Static files in a bucket of any S3-compatible server: one release for all files of a build.

Order: what is to come is written into the index, then all that is not HTML goes up, then HTML, then the build
becomes the index's newest, then what no retained build needs is deleted. Cut off anywhere, the next release goes on.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
import obstore
from obstore.auth.boto3 import Boto3CredentialProvider
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store as Bucket

from nextcore.assets.compress import Encoding
from nextcore.assets.s3_index import Index, RetainedBuild, load_index
from nextcore.assets.s3_objects import StoredFile, key_of, stored_files
from nextcore.assets.s3_transfer import reason, told, transfer
from nextcore.errors import UserError
from nextcore.payload import Asset

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import ClientConfig, RetryConfig

DRIFTED = "drifted"
PART_BYTES = 8 << 20
PAGE = 1000  # keys that S3 lists in one answer
# obstore's own backoff with jitter. 20 % failing requests: one of 2e7 is left after ten tries.
RETRY: RetryConfig = {
    "max_retries": 10,
    "backoff": {"init_backoff": timedelta(milliseconds=50), "max_backoff": timedelta(seconds=5), "base": 2},
    "retry_timeout": timedelta(minutes=2),
}
CLIENT: ClientConfig = {"timeout": timedelta(minutes=2), "connect_timeout": timedelta(seconds=5)}  # 8 MiB at 0.6 Mbit/s


@dataclass(frozen=True)
class S3Target:
    """Where an app's files lie: `<bucket>/<app>/…`. No endpoint: AWS. Credentials are never part of it."""

    bucket: str
    app: str
    endpoint: str | None = None
    region: str | None = None
    encoding: Encoding = "identity"

    @property
    def where(self) -> str:
        return f"s3://{self.bucket}/{self.app} at {self.endpoint or 'AWS'}"

    @property
    def index_key(self) -> str:
        """Beside the app's folder, not in it: the bucket's policy lets the CDN read the folder alone."""
        return f".nextcore/{self.app}.json.gz"


@dataclass(frozen=True)
class Released:
    """`changed`: URL paths with stable names whose content is another now: what a CDN has to forget."""

    generation: int
    builds: tuple[str, ...]
    changed: tuple[str, ...]
    uploaded: int
    deleted: int


class S3Store:
    """The files of one app. `session` is for tests; by default boto3's own chain finds region and credentials."""

    def __init__(self, target: S3Target, session: boto3.Session | None = None) -> None:
        self.target = target
        self._bucket = _bucket(target, session or boto3.Session())

    def release(self, build: str, manifest: str, assets: Sequence[Asset], root: Path, retain: int) -> Released:
        """Make `assets` complete in the bucket. UserError names what is missing; nothing of a page is visible then
        that the files it names are not there for."""
        return asyncio.run(self._release(build, manifest, assets, root, retain))

    def manifest(self) -> str | None:
        """The newest build's manifest; `drifted: …` where its files are not as they were stored; None: no release."""
        return asyncio.run(self._manifest())

    def files(self, assets: Sequence[Asset]) -> dict[str, str]:
        """File to SHA-256 of the newest release there is; what differs from `assets` has none of theirs."""
        return asyncio.run(self._files(assets))

    def forget(self, generation: int) -> None:
        """Delete every file that this store wrote, and the index, unless somebody released since `generation`.

        A resource that was renamed is made anew before the old one is deleted: its files are the new one's by then.
        No error where the bucket is gone.
        """
        asyncio.run(self._forget(generation))

    async def _release(self, build: str, manifest: str, assets: Sequence[Asset], root: Path, retain: int) -> Released:
        listing = asyncio.create_task(self._list(key_of(self.target.app, asset) for asset in assets))
        reading = asyncio.create_task(self._read_index())
        try:
            await asyncio.sleep(0)  # both requests go out; what follows is computed meanwhile
            files = stored_files(self.target.app, assets, self.target.encoding)
            index, version = await reading
            changed = tuple(index.changing(manifest, files))
            # What the index alone tells goes up while the listing comes, which of a small change is the longer part.
            new = index.missing(files) if version else {}
            if new:
                index, version = await self._write_index(index.begun(new.values(), changed), version)
            etags = await self._upload({key: file for key, file in new.items() if not file.html}, root)
            known, lost = await self._compare([file for file in files if file.key not in new], index, await listing)
        finally:
            await _end(listing, reading)
        if lost:
            index, version = await self._write_index(index.begun(lost.values(), changed), version)
        missing = new | lost
        etags |= known | await self._upload({key: file for key, file in lost.items() if not file.html}, root)
        etags |= await self._upload({key: file for key, file in missing.items() if file.html}, root)
        keys = tuple(sorted(file.key for file in files))
        entry = RetainedBuild(build=build, manifest=manifest, keys=keys, changed=changed)
        index, version = await self._write_index(index.released(entry, files, etags, retain), version)
        unneeded = index.unneeded()
        if unneeded:
            await self._delete(unneeded)
            index, version = await self._write_index(index.without(unneeded), version)
        names = tuple(entry.build for entry in index.builds)
        return Released(index.generation, names, tuple(self._url_path(key) for key in changed), len(missing), len(unneeded))

    async def _compare(
        self, files: Sequence[StoredFile], index: Index, there: Mapping[str, str | None]
    ) -> tuple[dict[str, str | None], dict[str, StoredFile]]:
        """(ETags of what is complete already, files that are to go up).

        The index tells content and headers, the listing's ETag that nobody changed the object since: 5,000 files
        need five requests. Only what a cut-off release left behind is asked for one by one.
        """
        etags: dict[str, str | None] = {}
        unsure: dict[str, StoredFile] = {}
        missing: dict[str, StoredFile] = {}
        for file in files:
            known, etag = index.objects.get(file.key), there.get(file.key)
            if file.key not in there:
                missing[file.key] = file
            elif known and known.etag and known.etag == etag:
                etags[file.key] = etag
            else:
                unsure[file.key] = file
        try:
            same, _ = await transfer(unsure, self._is_stored)
        except BaseError as error:
            raise self._refused(error) from error
        for key, file in unsure.items():
            if same.get(key):
                etags[key] = there[key]
            else:
                missing[key] = file
        return etags, missing

    async def _is_stored(self, file: StoredFile) -> bool:
        found = await obstore.get_async(self._bucket, file.key, options={"head": True})
        return dict(found.attributes) == file.attributes()

    async def _upload(self, files: Mapping[str, StoredFile], root: Path) -> dict[str, str | None]:
        async def put(file: StoredFile) -> str | None:
            content = file.content(root)
            # Signed with the body's SHA-256: a server takes no other bytes than these.
            result = await obstore.put_async(
                self._bucket,
                file.key,
                content,
                attributes=file.attributes(),
                use_multipart=file.streamed,
                chunk_size=PART_BYTES,
            )
            return result["e_tag"]

        try:
            done, failed = await transfer(files, put)
        except BaseError as error:
            raise self._refused(error) from error
        if failed:
            raise UserError(
                f"{len(failed)} of {len(files)} static files could not be stored:\n{told(failed)}",
                self.target.where,
                "run `pulumi up` again: it goes on where this ended. What serves now is unchanged.",
            )
        return done

    async def _list(self, expected: Iterable[str]) -> dict[str, str | None]:
        """ETag by key of all that is there. Side by side: every 1,000th expected key begins a listing of its own."""
        starts: list[str | None] = [None, *sorted(expected)[PAGE - 1 :: PAGE]]
        try:
            parts = await asyncio.gather(*map(self._list_part, starts, [*starts[1:], None]))
        except (BaseError, OSError) as error:
            raise self._refused(error) from error
        return {key: etag for part in parts for key, etag in part.items()}

    async def _list_part(self, after: str | None, last: str | None) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        async for batch in obstore.list(self._bucket, self.target.app, offset=after, chunk_size=PAGE):
            found.update({meta["path"]: meta["e_tag"] for meta in batch if last is None or meta["path"] <= last})
            if last is not None and batch[-1]["path"] >= last:
                break
        return found

    async def _read_index(self) -> tuple[Index, str | None]:
        """The index and its ETag; an empty one and None where there is none."""
        try:
            result = await obstore.get_async(self._bucket, self.target.index_key)
            data = bytes(await result.bytes_async())
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise self._refused(error) from error
            return Index(), None
        except BaseError as error:
            raise self._refused(error) from error
        return load_index(data, f"s3://{self.target.bucket}/{self.target.index_key}"), result.meta["e_tag"]

    async def _write_index(self, index: Index, version: str | None) -> tuple[Index, str | None]:
        """Only over the version that was read: of two releases at once, the second ends without harm."""
        mode: PutMode = {"e_tag": version} if version else "create"
        data = index.dump()
        try:
            result = await obstore.put_async(self._bucket, self.target.index_key, data, mode=mode)
        except (PreconditionError, AlreadyExistsError) as error:
            # A repeated request whose first answer was lost is refused as well: then the index is ours already.
            there, etag = await self._read_index()
            if there != index:
                raise UserError(
                    "another release writes to the same bucket at this moment", self.target.where, "wait for it, then run again"
                ) from error
            return index, etag
        except (BaseError, OSError) as error:
            raise self._refused(error) from error
        return index, result["e_tag"]

    async def _delete(self, keys: Sequence[str]) -> None:
        try:
            await obstore.delete_async(self._bucket, keys)
        except (BaseError, OSError) as error:
            raise self._refused(error) from error

    async def _files(self, assets: Sequence[Asset]) -> dict[str, str]:
        index = await self._index_or_none()
        if index is None or not index.builds:
            return {}
        ours = {file.key: file for file in stored_files(self.target.app, assets, self.target.encoding)}
        prefix = f"{self.target.app}/"
        return {
            key.removeprefix(prefix): ours[key].asset.sha256
            if key in ours and ours[key].digest == index.objects[key].digest
            else ""
            for key in index.builds[0].keys
        }

    async def _manifest(self) -> str | None:
        index = await self._index_or_none()
        if index is None or not index.builds:
            return None
        there = await self._list(index.objects)
        newest = index.builds[0]
        wrong = sum(1 for key in newest.keys if key not in there or there[key] != index.objects[key].etag)
        return f"{DRIFTED}: {wrong} files missing or changed" if wrong else newest.manifest

    async def _forget(self, generation: int) -> None:
        index = await self._index_or_none()
        if index is not None and index.generation == generation:
            await self._delete([*index.objects, self.target.index_key])

    async def _index_or_none(self) -> Index | None:
        """None where the bucket is gone."""
        try:
            index, _ = await self._read_index()
        except UserError as error:
            if "NoSuchBucket" in str(error):
                return None
            raise
        return index

    def _url_path(self, key: str) -> str:
        return "/" + quote(key.removeprefix(f"{self.target.app}/"), safe="/-._~$'@:+&,;=!*()")

    def _refused(self, error: BaseException) -> UserError:
        why = reason(error)
        help_ = "check the endpoint and this machine's network, then run again"
        if "NoSuchBucket" in why:
            help_ = "create the bucket, or mend its name or region in the stack config"
        elif any(word in why for word in ("AccessDenied", "Signature", "InvalidAccessKeyId", "403", "Token")):
            help_ = "check the AWS credentials of this shell (aws sts get-caller-identity) and what they may do with the bucket"
        return UserError(f"S3 refused: {why}", self.target.where, help_)


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)  # their own errors have been raised, or another one was first


def _bucket(target: S3Target, session: boto3.Session) -> Bucket:
    endpoint = target.endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    try:
        credentials = Boto3CredentialProvider(session)
    except ValueError as error:
        raise UserError(
            "there are no AWS credentials", target.where, "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ) from error
    client: ClientConfig = {**CLIENT, "allow_http": bool(endpoint and endpoint.startswith("http://"))}
    # boto3 reads AWS_DEFAULT_REGION alone, the other AWS tools AWS_REGION too.
    region = target.region or os.environ.get("AWS_REGION") or session.region_name or "us-east-1"
    if endpoint:
        return Bucket(
            target.bucket,
            endpoint=endpoint,
            region=region,
            virtual_hosted_style_request=False,
            client_options=client,
            retry_config=RETRY,
            credential_provider=credentials,
        )
    return Bucket(
        target.bucket,
        region=region,
        virtual_hosted_style_request="." not in target.bucket,
        client_options=client,
        retry_config=RETRY,
        credential_provider=credentials,
    )

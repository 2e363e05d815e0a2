"""Releases of static files to a real S3 server."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from nextcore.assets.s3 import S3Store, S3Target
from nextcore.errors import UserError
from tests.s3.conftest import Site
from tests.s3.fault_proxy import FaultProxy
from tests.s3.server import REGION, SECRET_KEY, S3Server


def keys(server: S3Server, bucket: str, prefix: str = "shop/") -> list[str]:
    pages = server.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def get(server: S3Server, bucket: str, key: str) -> Any:
    return server.client.get_object(Bucket=bucket, Key=key)


def test_every_file_is_there_with_its_headers(server: S3Server, bucket: str, store: S3Store, site: Site) -> None:
    released = site.release(store, "b1")
    assert released.uploaded == len(site.assets)
    assert keys(server, bucket) == sorted(f"shop/{file}" for file in site.assets)
    for file, asset in site.assets.items():
        found = get(server, bucket, f"shop/{file}")
        assert found["Body"].read() == (site.root / file).read_bytes()
        assert (found["ContentType"], found["CacheControl"]) == (asset.content_type, asset.cache_control)
        assert "ContentEncoding" not in found


def test_stored_compressed_are_hashed_texts_only(server: S3Server, bucket: str, site: Site) -> None:
    store = S3Store(S3Target(bucket, "shop", server.endpoint, REGION, "gzip"), server.session())
    site.release(store, "b1")
    found = get(server, bucket, "shop/_next/static/chunks/main.js")
    assert found["ContentEncoding"] == "gzip"
    assert gzip.decompress(found["Body"].read()) == (site.root / "_next/static/chunks/main.js").read_bytes()
    assert "ContentEncoding" not in get(server, bucket, "shop/robots.txt")
    assert site.release(store, "b1").uploaded == 0


def test_only_what_changed_goes_up(bucket: str, behind_proxy: S3Store, proxy: FaultProxy, site: Site) -> None:
    site.release(behind_proxy, "b1")
    proxy.requests.clear()
    assert site.release(behind_proxy, "b1").uploaded == 0
    assert proxy.requests["PUT"] == 1  # the index
    site.put("robots.txt", b"other")
    site.put("_next/static/chunks/new.js", b"new")
    released = site.release(behind_proxy, "b2")
    assert (released.uploaded, released.changed) == (2, ("/robots.txt",))


def test_another_header_is_another_object(server: S3Server, bucket: str, store: S3Store, site: Site) -> None:
    site.release(store, "b1")
    site.put("robots.txt", (site.root / "robots.txt").read_bytes(), cache_control="public, max-age=60")
    assert site.release(store, "b2").uploaded == 1
    assert get(server, bucket, "shop/robots.txt")["CacheControl"] == "public, max-age=60"


def test_what_others_changed_is_told_and_mended(server: S3Server, bucket: str, store: S3Store, site: Site) -> None:
    site.release(store, "b1")
    manifest = store.manifest()
    server.client.put_object(Bucket=bucket, Key="shop/robots.txt", Body=b"not ours")
    server.client.delete_object(Bucket=bucket, Key="shop/index.html")
    assert store.manifest() == "drifted: 2 files missing or changed"
    assert site.release(store, "b1").uploaded == 2
    assert store.manifest() == manifest


def test_old_builds_stay_and_the_rest_goes(server: S3Server, bucket: str, store: S3Store, site: Site) -> None:
    server.client.put_object(Bucket=bucket, Key="shop/uploads/users.png", Body=b"of others")
    for number in range(4):
        site.assets.pop(f"_next/static/chunks/{number - 1}.js", None)
        site.put(f"_next/static/chunks/{number}.js", f"{number}".encode())
        released = site.release(store, f"b{number}", retain=3)
    assert released.builds == ("b3", "b2", "b1")
    there = keys(server, bucket)
    assert [f"shop/_next/static/chunks/{n}.js" in there for n in range(4)] == [False, True, True, True]
    assert "shop/uploads/users.png" in there


def test_the_build_that_serves_is_kept_however_few_are_wanted(server: S3Server, bucket: str, store: S3Store, site: Site) -> None:
    site.put("_next/static/chunks/old.js", b"old")
    site.release(store, "b1", retain=1)
    del site.assets["_next/static/chunks/old.js"]
    assert site.release(store, "b2", retain=1).builds == ("b2", "b1")
    assert "shop/_next/static/chunks/old.js" in keys(server, bucket)


def test_going_back_uploads_nothing(store: S3Store, site: Site) -> None:
    site.put("_next/static/chunks/old.js", b"old")
    site.release(store, "b1")
    kept = site.assets.pop("_next/static/chunks/old.js")
    site.release(store, "b2")
    site.assets["_next/static/chunks/old.js"] = kept
    released = site.release(store, "b1")
    assert (released.uploaded, released.builds) == (0, ("b1", "b2"))


def test_a_cut_off_release_is_resumed(
    server: S3Server, bucket: str, behind_proxy: S3Store, proxy: FaultProxy, site: Site
) -> None:
    proxy.policy = lambda method, path: "damage" if method == "PUT" and path.endswith("main.js") else None
    with pytest.raises(UserError, match=r"main\.js"):
        site.release(behind_proxy, "b1")
    before = set(keys(server, bucket))
    proxy.policy = lambda _method, _path: None
    assert site.release(behind_proxy, "b1").uploaded == len(site.assets) - len(before) == 2
    assert behind_proxy.manifest()


def test_what_a_cut_off_release_changed_is_told_by_the_next(behind_proxy: S3Store, proxy: FaultProxy, site: Site) -> None:
    """Or a CDN would go on with the old content for as long as it may."""
    site.release(behind_proxy, "b1")
    site.put("robots.txt", b"changed")
    site.put("_next/static/chunks/main.js", b"changed")
    proxy.policy = lambda method, path: "damage" if method == "PUT" and path.endswith("main.js") else None
    with pytest.raises(UserError):
        site.release(behind_proxy, "b2")
    proxy.policy = lambda _method, _path: None
    assert site.release(behind_proxy, "b2").changed == ("/robots.txt",)
    assert site.release(behind_proxy, "b2").changed == ("/robots.txt",)
    site.put("_next/static/chunks/main.js", b"changed once more")
    assert site.release(behind_proxy, "b3").changed == ()


def test_what_may_not_be_written_ends_it_at_once(behind_proxy: S3Store, proxy: FaultProxy, site: Site) -> None:
    proxy.policy = lambda method, path: "deny" if method == "PUT" and path.endswith("main.js") else None
    with pytest.raises(UserError, match="S3 refused: AccessDenied"):
        site.release(behind_proxy, "b1")
    assert proxy.faults["deny"] == 1


def test_what_a_cut_off_release_left_is_collected(server: S3Server, bucket: str, store: S3Store, site: Site) -> None:
    site.put("_next/static/chunks/never.js", b"of a build that never came to be")
    site.put("late.html", b"built")
    (site.root / "late.html").write_bytes(b"changed after the build")
    with pytest.raises(UserError, match="changed after the build"):
        site.release(store, "b1")
    assert "shop/_next/static/chunks/never.js" in keys(server, bucket)
    del site.assets["_next/static/chunks/never.js"], site.assets["late.html"]
    assert site.release(store, "b2").deleted == 2
    assert "shop/_next/static/chunks/never.js" not in keys(server, bucket)


def test_large_files_go_up_in_parts(server: S3Server, bucket: str, store: S3Store, site: Site) -> None:
    content = bytes(range(256)) * (20 << 12)
    site.put("film.mp4", content)
    site.release(store, "b1")
    found = get(server, bucket, "shop/film.mp4")
    assert found["Body"].read() == content
    assert found["CacheControl"] == "public, max-age=0"
    assert "-" in found["ETag"]
    assert site.release(store, "b1").uploaded == 0


def test_two_releases_at_once_do_not_lose_each_other(store: S3Store, site: Site) -> None:
    import asyncio

    async def both() -> None:
        index, version = await store._read_index()
        await store._write_index(index.begun([], []), version)
        await store._write_index(index.model_copy(update={"objects": {}}), '"of another release"')

    site.release(store, "b1")
    with pytest.raises(UserError, match="another release"):
        asyncio.run(both())


def test_forget_takes_our_files_alone(server: S3Server, bucket: str, store: S3Store, site: Site) -> None:
    released = site.release(store, "b1")
    server.client.put_object(Bucket=bucket, Key="shop/uploads/users.png", Body=b"of others")
    store.forget(released.generation)
    assert keys(server, bucket, "") == ["shop/uploads/users.png"]
    assert store.manifest() is None
    server.client.delete_object(Bucket=bucket, Key="shop/uploads/users.png")
    server.client.delete_bucket(Bucket=bucket)
    store.forget(released.generation)
    assert store.manifest() is None


def test_a_renamed_resource_does_not_take_the_files_of_its_successor(
    server: S3Server, bucket: str, store: S3Store, site: Site
) -> None:
    first = site.release(store, "b1")
    site.release(store, "b1")  # the same files by the resource of the new name
    store.forget(first.generation)
    assert len(keys(server, bucket)) == len(site.assets)


@pytest.mark.parametrize(
    ("bucket_name", "secret", "code"), [("nowhere", SECRET_KEY, "NoSuchBucket"), ("refusing", "wrong", "Signature")]
)
def test_refusals_are_told_without_secrets(server: S3Server, site: Site, bucket_name: str, secret: str, code: str) -> None:
    server.client.create_bucket(Bucket="refusing") if bucket_name == "refusing" else None
    store = S3Store(S3Target(bucket_name, "shop", server.endpoint, REGION), server.session(secret))
    with pytest.raises(UserError) as caught:
        site.release(store, "b1")
    text = str(caught.value)
    assert code in text
    assert "next:" in text
    assert "tests" not in text.replace("tests/", "")


def test_no_credentials_is_told(server: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(UserError, match="no AWS credentials"):
        S3Store(S3Target(bucket, "shop", server.endpoint, REGION))

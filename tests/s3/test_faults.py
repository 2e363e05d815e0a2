"""A server that throttles, fails, cuts connections and a network that damages bodies."""

from __future__ import annotations

import hashlib
import random

import pytest

from nextcore.assets.s3 import S3Store
from nextcore.errors import UserError
from tests.s3.conftest import Site
from tests.s3.fault_proxy import Fault, FaultProxy
from tests.s3.server import S3Server
from tests.s3.test_release import get, keys

FAULTS: tuple[Fault, ...] = ("slow down", "internal error", "cut before", "cut after")


def many(site: Site, count: int = 300) -> None:
    for number in range(count):
        site.put(f"_next/static/chunks/{number}.js", f"export default {number};\n".encode() * 50)
        site.put(f"pages/{number}.html", f"<script src=/_next/static/chunks/{number}.js></script>".encode())


def test_a_fifth_of_all_requests_fails_and_the_release_is_complete(
    server: S3Server, bucket: str, behind_proxy: S3Store, proxy: FaultProxy, site: Site
) -> None:
    many(site)
    dice = random.Random(7)
    proxy.policy = lambda _method, _path: dice.choice(FAULTS) if dice.random() < 0.2 else None
    site.release(behind_proxy, "b1")
    assert min(proxy.faults[fault] for fault in FAULTS) > 10
    for key in keys(server, bucket):
        body = get(server, bucket, key)["Body"].read()
        assert hashlib.sha256(body).hexdigest() == site.assets[key.removeprefix("shop/")].sha256
    assert len(keys(server, bucket)) == len(site.assets)


def test_a_damaged_body_is_never_stored(
    server: S3Server, bucket: str, behind_proxy: S3Store, proxy: FaultProxy, site: Site
) -> None:
    damaged = iter(["damage"])

    def policy(method: str, path: str) -> Fault | None:
        return "damage" if method == "PUT" and path.endswith("main.js") and next(damaged, None) else None

    proxy.policy = policy
    site.release(behind_proxy, "b1")
    assert proxy.faults["damage"] == 1
    body = get(server, bucket, "shop/_next/static/chunks/main.js")["Body"].read()
    assert body == (site.root / "_next/static/chunks/main.js").read_bytes()


def test_no_page_is_visible_while_a_file_is_missing(
    server: S3Server, bucket: str, behind_proxy: S3Store, proxy: FaultProxy, site: Site
) -> None:
    """The file that never arrives is named, with the server's own reason; what was released before stays the newest."""
    many(site, 20)
    proxy.policy = lambda method, path: "damage" if method == "PUT" and path.endswith("/7.js") else None
    with pytest.raises(UserError) as caught:
        site.release(behind_proxy, "b1")
    assert "1 of 24 static files could not be stored" in str(caught.value)
    assert "shop/_next/static/chunks/7.js: " in str(caught.value)
    assert not [key for key in keys(server, bucket) if key.endswith(".html")]
    assert behind_proxy.manifest() is None


def test_what_others_took_away_is_back_before_a_changed_page(
    server: S3Server, bucket: str, store: S3Store, behind_proxy: S3Store, proxy: FaultProxy, site: Site
) -> None:
    """New files go up while the bucket is listed; HTML waits for what the listing misses."""
    site.release(store, "b1")
    before = get(server, bucket, "shop/index.html")["Body"].read()
    server.client.delete_object(Bucket=bucket, Key="shop/_next/static/chunks/main.js")
    site.put("_next/static/chunks/new.js", b"new")
    site.put("index.html", b"<script src=/_next/static/chunks/new.js></script>")
    proxy.policy = lambda method, path: "damage" if method == "PUT" and path.endswith("/main.js") else None
    with pytest.raises(UserError, match=r"1 of 1 static files could not be stored"):
        site.release(behind_proxy, "b2")
    assert get(server, bucket, "shop/_next/static/chunks/new.js")["Body"].read() == b"new"
    assert get(server, bucket, "shop/index.html")["Body"].read() == before

    proxy.policy = lambda _method, _path: None
    released = site.release(behind_proxy, "b2")
    assert (released.uploaded, released.changed) == (2, ("/index.html",))
    assert get(server, bucket, "shop/index.html")["Body"].read() != before
    assert behind_proxy.manifest() is not None


def test_a_listing_that_fails_ends_the_release_before_any_page(
    server: S3Server, bucket: str, behind_proxy: S3Store, proxy: FaultProxy, site: Site
) -> None:
    site.release(behind_proxy, "b1")
    before = get(server, bucket, "shop/index.html")["Body"].read()
    site.put("_next/static/chunks/new.js", b"new")
    site.put("index.html", b"changed")
    proxy.policy = lambda method, path: "deny" if method == "GET" and "list-type" in path else None
    with pytest.raises(UserError, match="AccessDenied"):
        site.release(behind_proxy, "b2")
    assert get(server, bucket, "shop/index.html")["Body"].read() == before

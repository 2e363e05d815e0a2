"""Sign in, upload, derived images, gallery: as people and their browsers use the product."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.e2e.looking import until
from tests.e2e.product.browser import Answer, Browser
from tests.e2e.product.conftest import DERIVED, LOCAL_ORIGIN, ORIGINALS, Product

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"


def png(width: int, height: int) -> bytes:
    """A picture with a gradient."""
    rows = b"".join(
        b"\0" + bytes(v for x in range(width) for v in (x * 255 // width, y * 255 // height, 128)) for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def call(product: Product, method: str, path: str, token: str | None = None, body: Any = None) -> Answer:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = json.dumps(body).encode() if body is not None else None
    return product.ask(method, f"{product.url}/api{path}", data, headers)


@pytest.fixture(scope="module")
def browser(product: Product) -> Browser:
    """Signed in."""
    found = Browser(product.network)
    answer = found.submit("/sign-in", "sign-up", email=EMAIL, password=PASSWORD)
    assert answer.status == 303, answer.text[-2000:]
    return found


@pytest.fixture(scope="module")
def uploaded(product: Product, browser: Browser) -> dict[str, Any]:
    """The API's answer about an image whose derived images are made."""
    token, picture = browser.cookies["session"], png(700, 500)
    started = call(product, "POST", "/uploads", token, {"title": "First", "contentType": "image/png", "size": len(picture)})
    assert started.status == 201, started.text
    upload = started.data["upload"]
    put = product.ask(upload["method"], upload["url"], picture, {**upload["headers"], "Origin": LOCAL_ORIGIN})
    assert put.status == 200, put.text
    assert put.headers["Access-Control-Allow-Origin"] == LOCAL_ORIGIN
    done = call(product, "POST", f"/images/{started.data['id']}/process", token)
    assert done.status == 201, done.text
    found: dict[str, Any] = done.data
    return found


def test_signing_in_and_out_by_forms(product: Product) -> None:
    person = Browser(product.network)
    person.submit("/sign-in", "sign-up", email="bob@example.com", password=PASSWORD)
    assert "bob@example.com" in person.get("/sign-in").text
    person.submit("/sign-in", "sign-out")
    assert "bob@example.com" not in person.get("/sign-in").text
    assert "wrong" in person.submit("/sign-in", "sign-in", email="bob@example.com", password="something else").text
    again = person.submit("/sign-in", "sign-in", email="bob@example.com", password=PASSWORD)
    assert again.status == 303
    cookie = again.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie


def test_the_apps_token_is_the_apis(product: Product, browser: Browser) -> None:
    assert call(product, "GET", "/auth/me", browser.cookies["session"]).data["user"]["email"] == EMAIL
    assert call(product, "GET", "/auth/me").status == 401
    head, body, _ = browser.cookies["session"].split(".")
    assert call(product, "GET", "/auth/me", f"{head}.{body}.{'A' * 43}").status == 401
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    assert call(product, "GET", "/auth/me", f"{none}.{body}.").status == 401


def test_derived_images_come_by_the_asset_route(product: Product, uploaded: dict[str, Any]) -> None:
    assert [variant["width"] for variant in uploaded["variants"]] == [320, 700]
    for variant in uploaded["variants"]:
        assert variant["url"].startswith(f"{product.url}/_images/")
        found = product.ask("GET", variant["url"])
        assert (found.status, found.headers["Content-Type"]) == (200, "image/webp")
        assert found.body[:4] == b"RIFF" and found.body[8:12] == b"WEBP"
        assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert product.ask("GET", f"{product.url}/_images/{uploaded['id']}/321.webp").status == 404


def test_the_original_is_refused_without_a_signature(product: Product, browser: Browser, uploaded: dict[str, Any]) -> None:
    signed = call(product, "GET", f"/images/{uploaded['id']}/original", browser.cookies["session"]).data["url"]
    assert product.ask("GET", signed).body == png(700, 500)
    assert product.ask("GET", signed.split("?")[0]).status == 403
    assert product.ask("GET", signed.replace("X-Amz-Signature=", "X-Amz-Signature=0")).status == 403
    assert product.ask("GET", f"{product.store.url}/{DERIVED}/{uploaded['id']}/320.webp").status == 403, "through the route only"
    assert call(product, "GET", f"/images/{uploaded['id']}/original").status == 401


def test_size_and_type_of_an_upload_are_part_of_the_signature(product: Product, browser: Browser) -> None:
    token, picture = browser.cookies["session"], png(20, 20)
    wanted = {"title": "x", "contentType": "image/png", "size": len(picture)}
    upload = call(product, "POST", "/uploads", token, wanted).data["upload"]
    longer = {**upload["headers"], "Content-Length": str(len(picture) + 1)}
    assert product.ask("PUT", upload["url"], picture + b"x", longer).status == 403
    assert product.ask("PUT", upload["url"], picture, {**upload["headers"], "Content-Type": "text/html"}).status == 403
    for change in ({"contentType": "text/html"}, {"size": 10 << 20 << 1}):
        assert call(product, "POST", "/uploads", token, {**wanted, **change}).status == 422


def test_what_is_no_image_is_refused(product: Product, browser: Browser) -> None:
    token, text = browser.cookies["session"], b"<script>alert(1)</script>"
    started = call(product, "POST", "/uploads", token, {"title": "x", "contentType": "image/png", "size": len(text)}).data
    assert product.ask("PUT", started["upload"]["url"], text, started["upload"]["headers"]).status == 200
    assert call(product, "POST", f"/images/{started['id']}/process", token).status == 422


def test_the_apis_identity_may_these_buckets_and_no_more(product: Product, uploaded: dict[str, Any]) -> None:
    envs = product.target.environment("api")
    keys = envs["S3_ACCESS_KEY_ID"], envs["S3_SECRET_ACCESS_KEY"]
    session = boto3.Session(*keys, region_name="us-east-1")
    client = session.client("s3", endpoint_url=product.store.url)
    assert client.get_object(Bucket=ORIGINALS, Key=f"originals/{uploaded['id']}")["ContentLength"] == len(png(700, 500))
    refused: list[Callable[[], object]] = [
        lambda: client.put_object(Bucket=ORIGINALS, Key="elsewhere", Body=b"x"),
        lambda: client.list_objects_v2(Bucket=ORIGINALS),
        lambda: client.create_bucket(Bucket="another-bucket"),
        lambda: client.put_bucket_policy(Bucket=DERIVED, Policy="{}"),
    ]
    for attempt in refused:
        with pytest.raises(ClientError, match="AccessDenied"):
            attempt()


def test_gallery_and_page_follow_their_tags(product: Product, browser: Browser, uploaded: dict[str, Any]) -> None:
    page = f"/images/{uploaded['id']}"
    assert "First" in browser.get(page).text
    assert browser.get(page).headers["x-nextjs-cache"] == "HIT"
    assert browser.submit(page, "rename", title="Renamed").status in (200, 303)
    until(lambda: "Renamed" in browser.get(page).text, 10, "the page has the new title")
    until(lambda: "Renamed" in browser.get("/gallery").text, 10, "the gallery has the image")
    gallery = browser.get("/gallery").text
    assert f"/_images/{uploaded['id']}/320.webp" in gallery


def test_the_proxy_keeps_the_public_list_and_nothing_of_a_persons_own(product: Product, browser: Browser) -> None:
    def kept(token: str | None = None) -> str:
        answer = call(product, "GET", "/images?limit=1", token)
        assert answer.status == 200
        return answer.headers["Cache-Status"] or ""

    # On a cluster each replica of the routing keeps its own.
    until(lambda: kept().startswith("nextcore; hit"), 5, "the list comes out of the proxy")
    assert kept(browser.cookies["session"]) == ""
    assert call(product, "GET", "/auth/me", browser.cookies["session"]).headers["Cache-Status"] is None


def test_cors_allows_the_named_origins_alone(product: Product) -> None:
    def preflight(origin: str, method: str = "PATCH") -> Answer:
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type",
        }
        return product.ask("OPTIONS", f"{product.url}/api/images/1", None, asked)

    for origin in (LOCAL_ORIGIN, product.url):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            allowed = preflight(origin, method)
            assert allowed.headers["Access-Control-Allow-Origin"] == origin
            assert allowed.headers["Access-Control-Allow-Methods"] == method
            assert allowed.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    for foreign in ("https://evil.example", "http://localhost:3001", "null"):
        assert preflight(foreign).headers["Access-Control-Allow-Origin"] is None


def test_the_bucket_takes_uploads_of_the_same_origins(product: Product) -> None:
    url = f"{product.store.url}/{ORIGINALS}/uploads/x"
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
    assert (
        product.ask("OPTIONS", url, None, {**asked, "Origin": LOCAL_ORIGIN}).headers["Access-Control-Allow-Origin"]
        == LOCAL_ORIGIN
    )
    foreign = product.ask("OPTIONS", url, None, {**asked, "Origin": "https://evil.example"})
    assert foreign.headers["Access-Control-Allow-Origin"] is None


def test_addresses_and_secrets_are_wired(product: Product, browser: Browser) -> None:
    app, api = product.target.environment("app"), product.target.environment("api")
    assert app["NEXT_PUBLIC_API_BASE_URL"] == f"{product.url}/api"
    assert app["NEXT_PUBLIC_IMAGE_BASE"] == f"{product.url}/_images"
    assert app["NEXTAUTH_URL"] == product.url
    assert app["API_INTERNAL_URL"] == product.target.internal_api
    assert app["NEXTAUTH_SECRET"] == api["JWT_SECRET"]
    assert not {"DATABASE_URL", "S3_SECRET_ACCESS_KEY", "JWT_SECRET"} & set(app)
    policy = browser.get("/gallery").headers["Content-Security-Policy"]
    assert product.store.url in policy

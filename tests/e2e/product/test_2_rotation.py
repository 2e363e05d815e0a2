"""A rotated secret, a key pair instead of it, and mistakes that leave all as it was."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

import boto3
import pytest
from pulumi import automation

from tests.e2e.looking import until
from tests.e2e.product.browser import Browser
from tests.e2e.product.conftest import OVERLAP, Product
from tests.e2e.product.test_1_product import PASSWORD, call


def signed_in(product: Product, email: str) -> Browser:
    person = Browser(product.network)
    assert person.submit("/sign-in", "sign-up", email=email, password=PASSWORD).status == 303
    return person


def me(product: Product, person: Browser) -> int:
    return call(product, "GET", "/auth/me", person.cookies["session"]).status


def envs(product: Product) -> dict[str, str]:
    return product.target.environment("api")


def test_an_unchanged_stack_changes_nothing(product: Product) -> None:
    product.stack.refresh()
    assert set(product.stack.preview().change_summary) == {automation.OpType.SAME}


def test_tokens_of_a_rotated_secret_are_accepted_in_the_overlap_and_refused_after(product: Product) -> None:
    before = signed_in(product, "before@example.com")
    former = envs(product)["JWT_SECRET"]
    product.set("auth", {"overlap": OVERLAP, "rotation": 2})
    product.stack.up()
    told = envs(product)
    assert told["JWT_SECRET_PREVIOUS"] == former != told["JWT_SECRET"]
    after = signed_in(product, "after@example.com")
    assert me(product, after) == 200
    end = datetime.fromisoformat(told["JWT_SECRET_PREVIOUS_UNTIL"]).timestamp()
    assert time.time() < end, "the update took longer than the overlap"
    assert me(product, before) == 200
    assert "before@example.com" in before.get("/sign-in").text, "the app accepts it too"
    until(lambda: time.time() > end, 100, "the overlap ends")
    assert me(product, before) == 401
    assert "before@example.com" not in before.get("/sign-in").text
    assert me(product, after) == 200


def test_with_a_key_pair_the_private_half_is_the_apps_alone(product: Product) -> None:
    product.set("auth", {"mode": "jwks", "overlap": OVERLAP, "rotation": 2})
    product.stack.up()
    person = signed_in(product, "keys@example.com")
    assert me(product, person) == 200
    published = product.ask("GET", f"{product.url}/.well-known/jwks.json").data
    assert [(key["alg"], "d" in key) for key in published["keys"]] == [("ES256", False)]
    assert "JWT_PRIVATE_KEY" not in envs(product) and "JWT_SECRET" not in envs(product)
    product.set("auth", {"mode": "jwks", "overlap": OVERLAP, "rotation": 3, "algorithm": "RS256"})
    product.stack.up()
    assert me(product, person) == 200, "signed with the former key"
    assert me(product, signed_in(product, "rsa@example.com")) == 200
    keys: list[dict[str, Any]] = product.ask("GET", f"{product.url}/.well-known/jwks.json").data["keys"]
    assert [key["alg"] for key in keys] == ["RS256", "ES256"]
    until(lambda: time.time() > keys[1]["exp"], 100, "the former key's end")
    assert me(product, person) == 401


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("cors", {"origins": ["*"], "credentials": True}, "lets every site act for a signed-in user"),
        ("cors", {"origins": ["https://shop.example/"]}, "an origin is scheme, host and port"),
        ("api", {"path": "examples/nothing"}, "there is no folder examples/nothing"),
        ("api", {"path": "examples/api"}, "asks for a dynamic loader"),
        ("apiSecrets", None, "the API needs DATABASE_URL"),
    ],
)
def test_mistakes_are_told_before_anything_changes(product: Product, key: str, value: Any, told: str) -> None:
    text = product.file.read_text()
    try:
        product.set(key, value) if value is not None else product.set(key, {})
        with pytest.raises(automation.CommandError) as caught:
            product.stack.up()
        assert told in str(caught.value)
        assert "Traceback" not in str(caught.value)
        assert product.ask("GET", f"{product.url}/api/images").status == 200
    finally:
        product.file.write_text(text)


def test_a_bucket_name_that_is_taken_is_told_and_the_old_version_serves(product: Product) -> None:
    session = boto3.Session(product.owner.access_key, product.owner.secret_key, region_name="us-east-1")
    session.client("s3", endpoint_url=product.store.url).create_bucket(Bucket="taken-bucket")
    text = product.file.read_text()
    try:
        config = automation_settings(product)
        product.set("imageBuckets", {**config, "derived": "taken-bucket"})
        with pytest.raises(automation.CommandError, match="BucketAlreadyOwnedByYou"):
            product.stack.up()
        assert product.ask("GET", f"{product.url}/api/images").status == 200
    finally:
        product.file.write_text(text)


def automation_settings(product: Product) -> dict[str, Any]:
    found = product.stack.get_config("nextcore:imageBuckets").value
    value: dict[str, Any] = json.loads(found)
    return value

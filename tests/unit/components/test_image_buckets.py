"""What the two buckets are declared as, on AWS and on a server that knows S3 alone."""

from __future__ import annotations

import json
from typing import Any

import pulumi

from components.image_buckets import ImageBuckets
from stacks.api_settings import ImageBucketsSettings

PRINCIPAL = "arn:aws:iam::123456789012:role/shop-api"


class Mocks(pulumi.runtime.Mocks):
    def __init__(self) -> None:
        self.made: dict[str, tuple[str, dict[str, Any]]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.made[args.name] = args.typ, dict(args.inputs)
        return f"{args.name}-id", dict(args.inputs)

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        return {}, None


def declared(**settings: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    mocks = Mocks()
    pulumi.runtime.set_mocks(mocks, project="shop", stack="test", preview=False)
    given = ImageBucketsSettings.model_validate(
        {"originals": "shop-originals", "derived": "shop-derived", "region": "eu-central-1", **settings}
    )

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def wait() -> object:
        return ImageBuckets("images", given, ["https://shop.example"])

    wait()
    return mocks.made


def test_nobody_but_the_apis_identity_and_only_below_its_prefixes() -> None:
    made = declared(principal=PRINCIPAL)
    policy = json.loads(made["images-originals-policy"][1]["policy"])
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"AWS": PRINCIPAL}
    assert statement["Resource"] == ["arn:aws:s3:::shop-originals/uploads/*", "arn:aws:s3:::shop-originals/originals/*"]
    assert "s3:ListBucket" not in statement["Action"]
    for role in ("originals", "derived"):
        block = made[f"images-{role}-private"][1]
        assert all(block[name] for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"))


def test_cors_lets_the_apps_origins_upload() -> None:
    (rule,) = declared()["images-cors"][1]["corsRules"]
    assert rule["allowedOrigins"] == ["https://shop.example"]
    assert "PUT" in rule["allowedMethods"] and "DELETE" not in rule["allowedMethods"]
    assert rule["allowedHeaders"] == ["Content-Type"]


def test_abandoned_uploads_are_removed() -> None:
    (rule,) = declared(abandonedDays=3)["images-lifecycle"][1]["rules"]
    assert rule["filter"] == {"prefix": "uploads/"} and rule["expiration"] == {"days": 3}
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 3}


def test_a_server_that_is_not_aws_gets_what_it_knows() -> None:
    made = declared(endpoint="http://s3.local:7070")
    assert sorted(made) == ["images", "images-cors", "images-derived", "images-originals", "images-server"]
    assert "images-lifecycle" not in declared(lifecycle=False), "nor does AWS where it is not wanted"
    assert "images-lifecycle" in declared(endpoint="http://s3.local:7070", lifecycle=True)


def test_buckets_that_are_there_already_stay_as_they_are() -> None:
    assert sorted(declared(create=False)) == ["images"]

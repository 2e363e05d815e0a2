"""S3StaticAssets and Cdn as the engine gets them, by Pulumi's mocks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from nextcore.cdn import cdn_plan
from nextcore.distribution import Distribution
from nextcore.errors import UserError
from nextcore.payload import NextCorePayload
from stacks.api_settings import ImageBucketsSettings
from stacks.cdn_settings import CdnSettings, S3Settings
from stacks.wiring import IMAGES_PATH
from tests.payloads import payload, route
from tests.unit.test_cdn_golden import asset


@dataclass
class Recorder(pulumi.runtime.Mocks):
    """Every resource by name."""

    made: dict[str, pulumi.runtime.MockResourceArgs] = field(default_factory=dict)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.made[args.name] = args
        outputs = {
            **args.inputs,
            "arn": f"arn:{args.name}",
            "bucketRegionalDomainName": "files.s3.eu-central-1.amazonaws.com",
            "domainName": args.inputs.get("domainName") or "d1.cloudfront.net",
            "hostedZoneId": "Z2",
            "changedPaths": ["/robots.txt"],
            "fqdn": "proof.example.com",
            "domainValidationOptions": [
                {"domainName": domain, "resourceRecordName": "_p", "resourceRecordType": "CNAME", "resourceRecordValue": "_v"}
                for domain in ("shop.example.com", "www.example.com")
            ],
        }
        return f"id-{args.name}", outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"no lookups: {args.token}")

    def of(self, type_: str) -> list[pulumi.runtime.MockResourceArgs]:
        return [args for args in self.made.values() if args.typ.endswith(type_)]


Declared = Callable[..., Recorder]


@pytest.fixture
def declared() -> Iterator[Declared]:
    """Declares both components with changes to the settings; returns what the engine was asked for."""

    def declare(
        s3: dict[str, Any], cdn: dict[str, Any] | None, found: NextCorePayload, images: dict[str, Any] | None = None
    ) -> Recorder:
        from components.cdn import Cdn, CdnArgs
        from components.image_buckets import ImageBuckets
        from components.static_assets_s3 import S3StaticAssets, S3StaticAssetsArgs

        recorder = Recorder()
        pulumi.runtime.set_mocks(recorder, preview=False)

        def program() -> None:
            settings = S3Settings.model_validate({"bucket": "files", **s3})
            distribution = Distribution(Path("/dist"), found, True)
            assets = S3StaticAssets("assets", S3StaticAssetsArgs("shop", distribution, settings, 5, cdn is not None))
            if cdn is not None:
                cdn_settings = CdnSettings.model_validate({"origin": "gateway.example.com", **cdn})
                plan = cdn_plan(found, cdn_settings.max_behaviours - 1, IMAGES_PATH if images else None)
                buckets = ImageBuckets("images", ImageBucketsSettings(**images), ["*"], cdn=True) if images else None
                Cdn("cdn", CdnArgs(plan, cdn_settings, assets, buckets)).purge("sha256:1", [])

        run: Callable[[], None] = pulumi.runtime.test(program)  # type: ignore[no-untyped-call]
        run()
        return recorder

    loop = asyncio.new_event_loop()  # the SDK's tests take the thread's own, which asyncio.run of other tests takes away
    asyncio.set_event_loop(loop)
    yield declare
    asyncio.set_event_loop(None)
    loop.close()


def app() -> NextCorePayload:
    return payload(
        assets=[asset("/_next/static/a.js"), asset("/robots.txt")], routes=[route("/", "SSG"), route("/api/me", "API")]
    )


def test_the_bucket_is_closed_and_nothing_of_it_is_lost_by_mistake(declared: Declared) -> None:
    made = declared({}, None, app()).made
    closed = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert made["assets-private"].inputs == {"bucket": "files", **dict.fromkeys(closed, True)}
    assert made["assets-ownership"].inputs["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    (rule,) = made["assets-lifecycle"].inputs["rules"]
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 2}
    assert made["assets"].inputs["forceDestroy"] is False
    assert made["assets-release"].inputs["encoding"] == "gzip"
    assert "assets-versioning" not in made


def test_versions_expire(declared: Declared) -> None:
    made = declared({"versioning": True, "keepVersions": 7}, None, app()).made
    assert made["assets-versioning"].inputs["versioningConfiguration"] == {"status": "Enabled"}
    rules = {rule["id"]: rule for rule in made["assets-lifecycle"].inputs["rules"]}
    assert rules["old-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 7}


def test_a_server_that_is_not_aws_gets_the_bucket_alone(declared: Declared) -> None:
    recorder = declared({"endpoint": "http://127.0.0.1:7070"}, None, app())
    aws = [args.typ for args in recorder.made.values() if args.typ.startswith(("aws:", "pulumi:providers:aws"))]
    assert sorted(aws) == ["aws:s3/bucket:Bucket", "pulumi:providers:aws"]
    assert recorder.made["assets-release"].inputs["endpoint"] == "http://127.0.0.1:7070"


def test_a_bucket_of_others_stays_as_it_is(declared: Declared) -> None:
    recorder = declared({"create": False, "region": "eu-west-1"}, {}, app())
    assert not [args for args in recorder.made.values() if args.typ.startswith("aws:s3/")]
    origins = {origin["originId"]: origin for origin in recorder.made["cdn"].inputs["origins"]}
    assert origins["assets"]["domainName"] == "files.s3.eu-west-1.amazonaws.com"


def test_the_distribution_reads_the_apps_folder_and_nobody_else_does(declared: Declared) -> None:
    made = declared({}, {}, app()).made
    origins = {origin["originId"]: origin for origin in made["cdn"].inputs["origins"]}
    assert (origins["assets"]["originPath"], origins["assets"]["originAccessControlId"]) == ("/shop", "id-cdn-access")
    for statement in json.loads(made["cdn-reads"].inputs["policy"])["Statement"]:
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"AWS:SourceArn": "arn:cdn"}}
    assert made["assets-release"].inputs["encoding"] == "identity"


IMAGES = {"originals": "shop-originals", "derived": "shop-derived", "region": "eu-central-1"}


def test_derived_images_come_out_of_their_bucket_and_originals_do_not(declared: Declared) -> None:
    made = declared({}, {}, app(), IMAGES).made
    origins = {origin["originId"]: origin for origin in made["cdn"].inputs["origins"]}
    assert origins["images"] == {
        "originId": "images",
        "domainName": "shop-derived.s3.eu-central-1.amazonaws.com",
        "originAccessControlId": "id-cdn-access",
    }
    behaviours = {found["pathPattern"]: found for found in made["cdn"].inputs["orderedCacheBehaviors"]}
    images = behaviours["/_images/*"]
    assert images["targetOriginId"] == "images" and images["cachePolicyId"] == behaviours["/_next/static/*"]["cachePolicyId"]
    assert images["allowedMethods"] == ["GET", "HEAD", "OPTIONS"]
    assert images["functionAssociations"] == [{"eventType": "viewer-request", "functionArn": "arn:cdn-images"}]
    assert "functionAssociations" not in behaviours["/_next/static/*"]
    assert "shop-originals" not in repr(made["cdn"].inputs)


@pytest.mark.parametrize("principal", [None, "arn:aws:iam::123456789012:role/shop-api"])
def test_this_distribution_alone_reads_the_derived_bucket_and_cannot_list_it(declared: Declared, principal: str | None) -> None:
    made = declared({}, {}, app(), {**IMAGES, "principal": principal}).made
    *own, reads = json.loads(made["images-derived-policy"].inputs["policy"])["Statement"]
    assert [statement["Principal"] for statement in own] == ([{"AWS": principal}] if principal else [])
    assert reads["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert reads["Condition"] == {"StringEquals": {"AWS:SourceArn": "arn:cdn"}}
    assert (reads["Action"], reads["Resource"]) == ("s3:GetObject", "arn:aws:s3:::shop-derived/*")
    assert ("images-originals-policy" in made) == (principal is not None)
    assert made["images-derived-private"].inputs["restrictPublicBuckets"] is True


def test_images_of_a_bucket_of_others_stay_as_they_are(declared: Declared) -> None:
    made = declared({}, {}, app(), {**IMAGES, "create": False}).made
    assert "images-derived-policy" not in made
    assert "images" in {origin["originId"] for origin in made["cdn"].inputs["origins"]}


def test_pages_are_cached_by_what_next_answers_differently_by(declared: Declared) -> None:
    made = declared({}, {}, app()).made
    key = made["cdn-pages"].inputs["parametersInCacheKeyAndForwardedToOrigin"]
    assert {"rsc", "next-url", "next-router-prefetch", "x-nextcore-alone"} <= set(key["headersConfig"]["headers"]["items"])
    assert "__prerender_bypass" in key["cookiesConfig"]["cookies"]["items"]
    assert (made["cdn-pages"].inputs["minTtl"], made["cdn-pages"].inputs["defaultTtl"]) == (0, 0)
    assert made["cdn-to-app"].inputs["headersConfig"] == {"headerBehavior": "allExcept", "headers": {"items": ["host"]}}
    default = made["cdn"].inputs["defaultCacheBehavior"]
    assert default["functionAssociations"] == [{"eventType": "viewer-request", "functionArn": "arn:cdn-routes"}]
    assert made["cdn"].inputs["httpVersion"] == "http2and3"


def test_what_a_release_changes_is_purged(declared: Declared) -> None:
    purge = declared({}, {}, app()).made["cdn-purge"].inputs
    assert purge == {"distribution": "id-cdn", "release": "sha256:1", "pages": ["/", "/?*"], "changed": ["/robots.txt"]}


def test_more_public_files_than_behaviours_are_looked_up(declared: Declared) -> None:
    found = payload(assets=[asset(f"/icon-{number}.png") for number in range(40)])
    made = declared({}, {}, found).made
    assert len(made["cdn"].inputs["orderedCacheBehaviors"]) == 2
    assert len(made["cdn-path-keys"].inputs["resourceKeyValuePairs"]) == 40
    assert made["cdn-routes"].inputs["keyValueStoreAssociations"] == ["arn:cdn-paths"]
    assert "cf.kvs()" in made["cdn-routes"].inputs["code"]


def test_domains_get_a_certificate_and_records(declared: Declared) -> None:
    domains = ["shop.example.com", "www.example.com"]
    recorder = declared({}, {"domains": domains, "zone": "Z1"}, app())
    made = recorder.made
    assert made["cdn-certificate"].inputs["region"] == "us-east-1"
    assert made["cdn-certificate"].inputs["subjectAlternativeNames"] == ["www.example.com"]
    assert made["cdn"].inputs["aliases"] == domains
    assert made["cdn"].inputs["viewerCertificate"]["sslSupportMethod"] == "sni-only"
    records = [(args.inputs["name"], args.inputs["type"]) for args in recorder.of(":Record") if "aliases" in args.inputs]
    assert sorted(records) == sorted((domain, kind) for domain in domains for kind in ("A", "AAAA"))


def test_cloudfront_before_another_server_is_refused(declared: Declared) -> None:
    with pytest.raises(UserError, match="AWS' own S3 alone"):
        declared({"endpoint": "http://127.0.0.1:7070"}, {}, app())


@pytest.mark.parametrize(
    ("model", "values", "told"),
    [
        (CdnSettings, {"origin": "gateway.example.com", "domains": ["shop.example.com"]}, "domains need `certificate`"),
        (CdnSettings, {"origin": "https://gateway.example.com"}, "origin"),
        (S3Settings, {"bucket": "Not_A_Bucket"}, "bucket"),
        (S3Settings, {"bucket": "files", "accessKey": "a"}, "accessKey"),
        (S3Settings, {"bucket": "files", "endpoint": "127.0.0.1:7070"}, "endpoint"),
    ],
)
def test_mistakes_in_the_settings_are_told(model: type[S3Settings | CdnSettings], values: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        model.model_validate(values)

"""The stand-in for pulumi-aws: each resource type made, read, changed and taken away, on moto's server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.provider.experimental import provider as p

from offline.plugins.aws.kind import Aws, Values
from offline.plugins.aws.provider import KINDS, AwsProvider
from offline.plugins.aws.values import wrapped_map
from tests.aws_server import aws_control_plane

SERVICES = ("s3", "cloudfront", "acm", "route53", "iam")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with aws_control_plane() as found:
        yield found


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return Aws("us-east-1", None, dict.fromkeys(SERVICES, endpoint), path_style=True)


def lives(aws: Aws, token: str, values: Values, change: Values) -> tuple[str, Values]:
    """Create, read back the same, update, read back the change. Returns id and outputs; deleting is the test's."""
    kind = KINDS[token]
    assert set(values) | set(change) <= kind.inputs()
    id, outputs = kind.create(aws, values)
    assert set(outputs) <= set(kind.outputs)
    found = kind.read(aws, id, values)
    assert found is not None
    assert found[0] == values
    changed = {**values, **change}
    kind.update(aws, id, changed, values)
    found = kind.read(aws, id, changed)
    assert found is not None
    assert found[0] == changed
    return id, outputs


def dies(aws: Aws, token: str, id: str, values: Values) -> None:
    KINDS[token].delete(aws, id, values)
    assert KINDS[token].read(aws, id, values) is None
    KINDS[token].delete(aws, id, values)


def settings_of_buckets() -> list[tuple[str, Values, Values]]:
    """Type, properties, and a change of them."""
    nobody: Values = {"Version": "2012-10-17", "Statement": []}
    denied: Values = {**nobody, "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}
    rule: Values = {"id": "a", "status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 2}}
    cors: Values = {"allowedMethods": ["GET"], "allowedOrigins": ["*"]}
    return [
        (
            "OwnershipControls",
            {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
            {"rule": {"objectOwnership": "ObjectWriter"}},
        ),
        ("PublicAccessBlock", {"blockPublicAcls": True, "ignorePublicAcls": True}, {"blockPublicPolicy": True}),
        ("LifecycleConfiguration", {"rules": [rule]}, {"rules": [{**rule, "status": "Disabled"}]}),
        ("Policy", {"policy": json.dumps(nobody)}, {"policy": json.dumps(denied)}),
        ("CorsConfiguration", {"corsRules": [cors]}, {"corsRules": [{**cors, "allowedMethods": ["HEAD"]}]}),
    ]


def test_a_bucket_name_that_is_taken_is_told(aws: Aws) -> None:
    elsewhere = Aws("eu-west-1", None, aws.endpoints, path_style=True)  # us-east-1 takes the owner's second request
    kind, bucket = KINDS["aws:s3/bucket:Bucket"], {"bucket": "taken-name"}
    kind.create(elsewhere, bucket)
    with pytest.raises(ValueError, match=r"the bucket name taken-name is taken .*create: false"):
        kind.create(elsewhere, bucket)
    kind.delete(elsewhere, "taken-name", bucket)


def test_bucket_and_what_belongs_to_it(aws: Aws) -> None:
    bucket, token = {"bucket": "static-files", "forceDestroy": True}, "aws:s3/bucket:Bucket"
    id, outputs = lives(aws, token, bucket, {"tags": {"stack": "prod"}})
    assert outputs["bucketRegionalDomainName"] == "static-files.s3.us-east-1.amazonaws.com"
    for name, values, change in settings_of_buckets():
        kind = f"aws:s3/bucket{name}:Bucket{name}"
        given = {"bucket": id, **values}
        lives(aws, kind, given, change)
        dies(aws, kind, id, given)
    versioning = {"bucket": id, "versioningConfiguration": {"status": "Enabled"}}
    lives(aws, "aws:s3/bucketVersioning:BucketVersioning", versioning, {"versioningConfiguration": {"status": "Suspended"}})
    KINDS["aws:s3/bucketVersioning:BucketVersioning"].delete(aws, id, versioning)
    aws.client("s3").put_object(Bucket=id, Key="a", Body=b"1")
    dies(aws, token, id, bucket)


def test_policies_of_cloudfront(aws: Aws) -> None:
    cookies = {"cookieBehavior": "whitelist", "cookies": {"items": ["a"]}}
    queries = {"queryStringBehavior": "all"}
    headers = {"headerBehavior": "whitelist", "headers": {"items": ["rsc", "next-url"]}}
    parameters = {
        "cookiesConfig": cookies, "headersConfig": headers, "queryStringsConfig": queries,
        "enableAcceptEncodingBrotli": True, "enableAcceptEncodingGzip": True,
    }  # fmt: skip
    security = {"contentSecurityPolicy": {"contentSecurityPolicy": "default-src 'self'", "override": False}}
    cases: dict[str, tuple[Values, Values]] = {
        "originAccessControl:OriginAccessControl": (
            {"name": "a", "originAccessControlOriginType": "s3", "signingBehavior": "always", "signingProtocol": "sigv4"},
            {"description": "of the shop"},
        ),
        "cachePolicy:CachePolicy": (
            {"name": "a", "minTtl": 0, "defaultTtl": 0, "maxTtl": 9, "parametersInCacheKeyAndForwardedToOrigin": parameters},
            {"maxTtl": 10},
        ),
        "originRequestPolicy:OriginRequestPolicy": (
            {"name": "a", "cookiesConfig": {"cookieBehavior": "all"}, "headersConfig": headers, "queryStringsConfig": queries},
            {"comment": "b"},
        ),
        "responseHeadersPolicy:ResponseHeadersPolicy": (
            {"name": "a", "securityHeadersConfig": security},
            {"removeHeadersConfig": {"items": [{"header": "x-powered-by"}]}},
        ),
    }
    for name, (values, change) in cases.items():
        id, _ = lives(aws, f"aws:cloudfront/{name}", values, change)
        dies(aws, f"aws:cloudfront/{name}", id, values)


def distribution() -> Values:
    """Without an origin access control: moto does not give its id back."""
    behaviour: Values = {
        "targetOriginId": "app", "viewerProtocolPolicy": "redirect-to-https", "compress": True, "cachePolicyId": "p",
        "allowedMethods": ["GET", "HEAD", "POST"], "cachedMethods": ["GET", "HEAD"],
    }  # fmt: skip
    return {
        "enabled": True,
        "httpVersion": "http2and3",
        "isIpv6Enabled": True,
        "priceClass": "PriceClass_100",
        "origins": [
            {"originId": "app", "domainName": "app.example.com", "customOriginConfig": {
                "httpPort": 80, "httpsPort": 443, "originProtocolPolicy": "https-only", "originReadTimeout": 60,
                "originKeepaliveTimeout": 60, "originSslProtocols": ["TLSv1.2"]}},
            {"originId": "assets", "domainName": "b.s3.us-east-1.amazonaws.com", "originPath": "/shop"},
        ],
        "defaultCacheBehavior": behaviour,
        "orderedCacheBehaviors": [{**behaviour, "pathPattern": "/_next/static/*", "targetOriginId": "assets"}],
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {"cloudfrontDefaultCertificate": True},
    }  # fmt: skip


def test_distribution(aws: Aws) -> None:
    token, values = "aws:cloudfront/distribution:Distribution", distribution()
    id, outputs = lives(aws, token, values, {"priceClass": "PriceClass_All"})
    assert outputs["domainName"].endswith("cloudfront.net")
    assert outputs["hostedZoneId"] == "Z2FDTNDATAQYW2"
    dies(aws, token, id, values)


def test_function_and_store(aws: Aws) -> None:
    store = {"name": "shop", "comment": "paths"}
    id, outputs = lives(aws, "aws:cloudfront/keyValueStore:KeyValueStore", store, {"comment": "other"})
    function = {"name": "route", "runtime": "cloudfront-js-2.0", "code": "a", "keyValueStoreAssociations": [outputs["arn"]]}
    function_id, made = lives(aws, "aws:cloudfront/function:Function", function, {"code": "b"})
    assert made["status"] == "DEPLOYED"
    dies(aws, "aws:cloudfront/function:Function", function_id, function)
    dies(aws, "aws:cloudfront/keyValueStore:KeyValueStore", id, store)


def test_certificate_and_records(aws: Aws) -> None:
    token = "aws:acm/certificate:Certificate"
    certificate = {"domainName": "shop.example", "validationMethod": "DNS", "region": "us-east-1"}
    arn, outputs = lives(aws, token, certificate, {})
    assert outputs["domainValidationOptions"][0]["resourceRecordType"] == "CNAME"
    zone = aws.client("route53").create_hosted_zone(Name="shop.example", CallerReference="1")["HostedZone"]["Id"].split("/")[-1]
    record = {"zoneId": zone, "name": "a.shop.example", "type": "CNAME", "ttl": 60, "records": ["b.example"]}
    id, _ = lives(aws, "aws:route53/record:Record", record, {"ttl": 300})
    dies(aws, "aws:route53/record:Record", id, {**record, "ttl": 300})
    dies(aws, token, arn, certificate)


def urn(token: str) -> str:
    return f"urn:pulumi:s::p::nextcore:components:Cdn${token}::bucket"


def test_role_and_its_policy(aws: Aws) -> None:
    nobody: Values = {"Version": "2012-10-17", "Statement": []}
    allowed = {**nobody, "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]}
    trusted = {**nobody, "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "1" * 12}}]}
    role = {"name": "shop-api", "assumeRolePolicy": json.dumps(trusted), "description": "a"}
    id, outputs = lives(aws, "aws:iam/role:Role", role, {"description": "b"})
    assert outputs["arn"].endswith(":role/shop-api")
    policy = {"name": "buckets", "role": id, "policy": json.dumps(allowed)}
    policy_id, _ = lives(aws, "aws:iam/rolePolicy:RolePolicy", policy, {"policy": json.dumps(allowed).replace("Get", "Put")})
    dies(aws, "aws:iam/rolePolicy:RolePolicy", policy_id, policy)
    dies(aws, "aws:iam/role:Role", id, role)


def test_an_unknown_property_is_refused_not_ignored() -> None:
    inputs = wrapped_map({"bucket": "a", "objectLockEnabled": True})
    answer = asyncio.run(AwsProvider().check(p.CheckRequest(urn("aws:s3/bucket:Bucket"), {}, inputs, b"")))
    assert [(failure.property, "does not serve" in failure.reason) for failure in answer.failures or []] == [
        ("objectLockEnabled", True)
    ]


def test_a_name_is_made_up_once() -> None:
    first = asyncio.run(AwsProvider().check(p.CheckRequest(urn("aws:s3/bucket:Bucket"), {}, {}, b"\x01\x02\x03\x04")))
    assert first.inputs is not None
    assert first.inputs["bucket"].value == "bucket-0102030"
    again = asyncio.run(AwsProvider().check(p.CheckRequest(urn("aws:s3/bucket:Bucket"), first.inputs, {}, b"\x09\x09\x09\x09")))
    assert again.inputs == first.inputs


@pytest.mark.parametrize(
    ("token", "old", "new", "changed", "replaced"),
    [
        ("aws:s3/bucket:Bucket", {"bucket": "a", "arn": "x"}, {"bucket": "a"}, [], []),
        ("aws:s3/bucket:Bucket", {"bucket": "a"}, {"bucket": "b"}, ["bucket"], ["bucket"]),
        ("aws:s3/bucket:Bucket", {"bucket": "a", "tags": {"a": "b"}}, {"bucket": "a"}, ["tags"], []),
        ("aws:s3/bucketPolicy:BucketPolicy", {"policy": '{"a": 1}'}, {"policy": '{"a":1}'}, [], []),
        ("aws:cloudfront/function:Function", {"name": "a", "code": "1"}, {"name": "a", "code": "2"}, ["code"], []),
    ],
)
def test_differences(token: str, old: Values, new: Values, changed: list[str], replaced: list[str]) -> None:
    request = p.DiffRequest(urn(token), "id", wrapped_map(old), wrapped_map(new), [])
    answer = asyncio.run(AwsProvider().diff(request))
    assert (answer.diffs, answer.replaces) == (changed, replaced)


def test_keys_of_a_store_go_in_batches_and_what_is_not_declared_goes() -> None:
    """moto has no data plane of key value stores; botocore's own stubs check the requests."""

    class Store:
        keys: dict[str, str] = {"old": "1", "same": "a"}  # noqa: RUF012
        calls: list[int] = []  # noqa: RUF012

        def describe_key_value_store(self, KvsARN: str) -> dict[str, Any]:
            return {"ETag": "0", "TotalSizeInBytes": 0}

        def get_paginator(self, _name: str) -> Any:
            return self

        def paginate(self, KvsARN: str) -> list[dict[str, Any]]:
            return [{"Items": [{"Key": key, "Value": value} for key, value in self.keys.items()]}]

        def update_keys(self, KvsARN: str, IfMatch: str, **changes: Any) -> dict[str, Any]:
            assert IfMatch == str(len(self.calls))
            self.calls.append(sum(map(len, changes.values())))
            self.keys |= {put["Key"]: put["Value"] for put in changes.get("Puts", [])}
            for item in changes.get("Deletes", []):
                del self.keys[item["Key"]]
            return {"ETag": str(len(self.calls)), "TotalSizeInBytes": len(self.keys)}

    store = Store()
    aws = Aws(_clients={("cloudfront-keyvaluestore", None): store})
    pairs = [{"key": f"/{n}", "value": "a"} for n in range(120)] + [{"key": "same", "value": "a"}]
    kind = KINDS["aws:cloudfront/keyvaluestoreKeysExclusive:KeyvaluestoreKeysExclusive"]
    kind.create(aws, {"keyValueStoreArn": "arn", "resourceKeyValuePairs": pairs})
    assert store.calls == [50, 50, 21]
    assert set(store.keys) == {pair["key"] for pair in pairs}

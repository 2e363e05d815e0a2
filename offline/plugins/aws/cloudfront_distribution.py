"""aws:cloudfront/distribution:Distribution."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from offline.plugins.aws.cloudfront import Configured
from offline.plugins.aws.kind import Aws, Values
from offline.plugins.aws.shapes import Codec, Counted, Same, Struct, same

DEPLOY = {"Delay": 5, "MaxAttempts": 360}  # half an hour; AWS takes 3 to 10 minutes
HOSTED_ZONE = "Z2FDTNDATAQYW2"  # of every distribution, for alias records
METHODS = ("GET", "HEAD")


class _Methods:
    """allowedMethods; cachedMethods lie inside of it at AWS, and are written by _Behaviour."""

    def write(self, value: Sequence[str]) -> Any:
        return {"Quantity": len(value), "Items": list(value)}

    def read(self, value: Mapping[str, Any]) -> Any:
        return list(value.get("Items") or METHODS)

    def empty(self) -> Any:
        return None


class _Behaviour(Struct):
    def write(self, value: Mapping[str, Any]) -> dict[str, Any]:
        written = super().write(value)
        cached = list(value.get("cachedMethods") or METHODS)
        written["AllowedMethods"] = {**written["AllowedMethods"], "CachedMethods": {"Quantity": len(cached), "Items": cached}}
        return written

    def read(self, value: Mapping[str, Any]) -> dict[str, Any] | None:
        found = super().read(value) or {}
        cached = value.get("AllowedMethods", {}).get("CachedMethods", {}).get("Items")
        return {**found, "cachedMethods": list(cached or METHODS)}

    def __init__(self, fields: Mapping[str, tuple[str, Codec]]) -> None:
        association = Struct({"eventType": ("EventType", Same()), "functionArn": ("FunctionARN", Same())})
        super().__init__(
            {
                **fields,
                **same("targetOriginId", "viewerProtocolPolicy", "cachePolicyId", "originRequestPolicyId"),
                **same("responseHeadersPolicyId"),
                "compress": ("Compress", Same(False)),
                "smoothStreaming": ("SmoothStreaming", Same(False)),
                "fieldLevelEncryptionId": ("FieldLevelEncryptionId", Same("")),
                "allowedMethods": ("AllowedMethods", _Methods()),
                "functionAssociations": ("FunctionAssociations", Counted(association, sent_empty=True)),
            }
        )


ORIGIN = Struct(
    {
        "originId": ("Id", Same()),
        **same("domainName"),
        "originPath": ("OriginPath", Same("")),
        "originAccessControlId": ("OriginAccessControlId", Same("")),
        "connectionAttempts": ("ConnectionAttempts", Same(3)),
        "connectionTimeout": ("ConnectionTimeout", Same(10)),
        "customHeaders": (
            "CustomHeaders",
            Counted(Struct({"name": ("HeaderName", Same()), "value": ("HeaderValue", Same())}), sent_empty=True),
        ),
        "customOriginConfig": (
            "CustomOriginConfig",
            Struct(
                {
                    "httpPort": ("HTTPPort", Same()),
                    "httpsPort": ("HTTPSPort", Same()),
                    **same("originProtocolPolicy", "originReadTimeout", "originKeepaliveTimeout"),
                    "originSslProtocols": ("OriginSslProtocols", Counted()),
                }
            ),
        ),
    }
)


class Distribution(Configured):
    noun, answer, config = "distribution", "Distribution", "DistributionConfig"
    extra: ClassVar[frozenset[str]] = frozenset({"tags", "waitForDeployment", "retainOnDelete"})
    outputs: ClassVar[tuple[str, ...]] = (
        "arn",
        "callerReference",
        "domainName",
        "etag",
        "hostedZoneId",
        "lastModifiedTime",
        "status",
        "tagsAll",
    )
    replaced_by: ClassVar[frozenset[str]] = frozenset({"staging"})
    shape: ClassVar[Struct] = Struct(
        {
            **same("enabled", "priceClass"),
            "comment": ("Comment", Same("")),
            "aliases": ("Aliases", Counted(sent_empty=True)),
            "defaultRootObject": ("DefaultRootObject", Same("")),
            "httpVersion": ("HttpVersion", Same("http2")),
            "isIpv6Enabled": ("IsIPV6Enabled", Same(False)),
            "webAclId": ("WebACLId", Same("")),
            "staging": ("Staging", Same(False)),
            "origins": ("Origins", Counted(ORIGIN)),
            "defaultCacheBehavior": ("DefaultCacheBehavior", _Behaviour({})),
            "orderedCacheBehaviors": ("CacheBehaviors", Counted(_Behaviour(same("pathPattern")), sent_empty=True)),
            "customErrorResponses": (
                "CustomErrorResponses",
                Counted(Struct({**same("errorCode"), "errorCachingMinTtl": ("ErrorCachingMinTTL", Same())}), sent_empty=True),
            ),
            "restrictions": (
                "Restrictions",
                Struct({"geoRestriction": ("GeoRestriction", Struct(same("restrictionType")))}),
            ),
            "viewerCertificate": (
                "ViewerCertificate",
                Struct(
                    {
                        "cloudfrontDefaultCertificate": ("CloudFrontDefaultCertificate", Same(False)),
                        "acmCertificateArn": ("ACMCertificateArn", Same()),
                        "sslSupportMethod": ("SSLSupportMethod", Same()),
                        "minimumProtocolVersion": ("MinimumProtocolVersion", Same()),
                    }
                ),
            ),
        }
    )

    def to_aws(self, values: Values, before: Mapping[str, Any] | None) -> dict[str, Any]:
        written = self.shape.write(values)
        written["Restrictions"]["GeoRestriction"]["Quantity"] = 0
        for origin in written["Origins"]["Items"]:
            if "CustomOriginConfig" not in origin:
                origin["S3OriginConfig"] = {"OriginAccessIdentity": ""}  # with access control, AWS wants this empty
        reference = (before or {}).get("CallerReference") or str(uuid.uuid4())
        kept = {key: value for key, value in (before or {}).items() if key not in written}
        return {**kept, **written, "CallerReference": reference}

    def outputs_of(self, found: Mapping[str, Any], etag: str) -> Values:
        return {
            "arn": found["ARN"],
            "callerReference": found["DistributionConfig"]["CallerReference"],
            "domainName": found["DomainName"],
            "etag": etag,
            "hostedZoneId": HOSTED_ZONE,
            "lastModifiedTime": str(found["LastModifiedTime"]),
            "status": found["Status"],
        }

    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        client, tags = aws.client("cloudfront"), values.get("tags") or {}
        config = {"DistributionConfig": self.to_aws(values, None), "Tags": _tags(tags)}
        answer = client.create_distribution_with_tags(DistributionConfigWithTags=config)
        id = str(answer["Distribution"]["Id"])
        return id, self._settled(aws, id, values)

    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        outputs = super().update(aws, id, values, old)
        before, after = old.get("tags") or {}, values.get("tags") or {}
        client = aws.client("cloudfront")
        if before != after:
            if removed := sorted(before.keys() - after.keys()):
                client.untag_resource(Resource=outputs["arn"], TagKeys={"Items": removed})
            if after:
                client.tag_resource(Resource=outputs["arn"], Tags=_tags(after))
        return self._settled(aws, id, values)

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        """CloudFront deletes what is disabled everywhere, and nothing else."""
        got = self._get(aws, id)
        if got is None:
            return
        client, (found, etag) = aws.client("cloudfront"), got
        if found["DistributionConfig"]["Enabled"]:
            config = {**found["DistributionConfig"], "Enabled": False}
            client.update_distribution(Id=id, IfMatch=etag, DistributionConfig=config)
        if values.get("retainOnDelete"):
            return
        client.get_waiter("distribution_deployed").wait(Id=id, WaiterConfig=DEPLOY)
        super().delete(aws, id, values)

    def _settled(self, aws: Aws, id: str, values: Values) -> Values:
        if values.get("waitForDeployment", True):
            aws.client("cloudfront").get_waiter("distribution_deployed").wait(Id=id, WaiterConfig=DEPLOY)
        got = self._get(aws, id)
        assert got is not None, "a distribution that was just made"
        return self.outputs_of(*got) | {"tagsAll": values.get("tags") or {}}


def _tags(tags: Mapping[str, str]) -> dict[str, Any]:
    return {"Items": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}

"""What belongs to a bucket: one configuration each, put as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from offline.plugins.aws.kind import Aws, Kind, Values, found_in, gone
from offline.plugins.aws.shapes import Changed, Listed, Same, Struct, same

UNKNOWN_TO_SERVER = ("NotImplemented", "501", "MethodNotAllowed")


@dataclass(frozen=True)
class Calls:
    """boto3's method names after `get_`, `put_`, `delete_`, and the parameter of the put that takes the configuration."""

    noun: str
    parameter: str
    delete_noun: str | None = None


class Setting(Kind):
    """Its id is the bucket's name."""

    calls: ClassVar[Calls]
    without: ClassVar[str] = "leave it out in the stack's file"  # what to do where a server does not know it
    replaced_by: ClassVar[frozenset[str]] = frozenset({"bucket", "region"})
    extra: ClassVar[frozenset[str]] = frozenset({"bucket"})

    def to_aws(self, values: Values) -> Any:
        return self.shape.write(values)

    def from_aws(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = answer.get(self.calls.parameter, answer)
        return found

    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        return str(values["bucket"]), self.update(aws, values["bucket"], values, {})

    def read(self, aws: Aws, id: str, values: Values) -> tuple[Values, Values] | None:
        client = aws.client("s3", values.get("region"))
        try:
            answer = getattr(client, f"get_{self.calls.noun}")(Bucket=id)
        except ClientError as error:
            if gone(error, "OwnershipControlsNotFoundError"):
                return None
            raise
        return found_in(self.shape, self.from_aws(answer), {**values, "bucket": id}), {}

    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        client = aws.client("s3", values.get("region"))
        try:
            getattr(client, f"put_{self.calls.noun}")(Bucket=id, **{self.calls.parameter: self.to_aws(values)})
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in UNKNOWN_TO_SERVER:
                raise
            server, what = client.meta.endpoint_url, self.calls.noun.replace("_", " ")
            raise ValueError(f"{id}: the S3 server at {server} does not know {what}: {self.without}") from error
        return {}

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        client = aws.client("s3", values.get("region"))
        try:
            getattr(client, f"delete_{self.calls.delete_noun or self.calls.noun}")(Bucket=id)
        except ClientError as error:
            if not gone(error, "OwnershipControlsNotFoundError"):
                raise


class OwnershipControls(Setting):
    calls: ClassVar[Calls] = Calls("bucket_ownership_controls", "OwnershipControls")
    shape: ClassVar[Struct] = Struct(
        {
            "rule": (
                "Rules",
                Changed(
                    lambda rule: [{"ObjectOwnership": rule["objectOwnership"]}],
                    lambda rules: {"objectOwnership": rules[0]["ObjectOwnership"]},
                ),
            )
        }
    )


class PublicAccessBlock(Setting):
    calls: ClassVar[Calls] = Calls("public_access_block", "PublicAccessBlockConfiguration")
    shape: ClassVar[Struct] = Struct(
        {
            "blockPublicAcls": ("BlockPublicAcls", Same(False)),
            "blockPublicPolicy": ("BlockPublicPolicy", Same(False)),
            "ignorePublicAcls": ("IgnorePublicAcls", Same(False)),
            "restrictPublicBuckets": ("RestrictPublicBuckets", Same(False)),
        }
    )


class Versioning(Setting):
    """Cannot be taken away from a bucket, only suspended."""

    calls: ClassVar[Calls] = Calls("bucket_versioning", "VersioningConfiguration")
    shape: ClassVar[Struct] = Struct(
        {"versioningConfiguration": ("Status", Changed(lambda c: c["status"], lambda status: {"status": status}))}
    )

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        if values.get("versioningConfiguration", {}).get("status") == "Enabled":
            try:
                self.update(aws, id, {**values, "versioningConfiguration": {"status": "Suspended"}}, values)
            except ClientError as error:
                if not gone(error):
                    raise


class Lifecycle(Setting):
    without: ClassVar[str] = "set `nextcore:imageBuckets.lifecycle: false`, and remove old uploads yourself"
    calls: ClassVar[Calls] = Calls("bucket_lifecycle_configuration", "LifecycleConfiguration", "bucket_lifecycle")
    shape: ClassVar[Struct] = Struct(
        {
            "rules": (
                "Rules",
                Listed(
                    Struct(
                        {
                            "id": ("ID", Same()),
                            **same("status"),
                            "filter": ("Filter", Struct(same("prefix"), sent_empty=False)),
                            "abortIncompleteMultipartUpload": (
                                "AbortIncompleteMultipartUpload",
                                Struct(same("daysAfterInitiation")),
                            ),
                            "expiration": ("Expiration", Struct(same("days"))),
                            "noncurrentVersionExpiration": (
                                "NoncurrentVersionExpiration",
                                Struct(same("noncurrentDays")),
                            ),
                        }
                    )
                ),
            )
        }
    )

    def to_aws(self, values: Values) -> Any:
        written = self.shape.write(values)
        for rule in written["Rules"]:
            rule["Filter"] = rule.get("Filter") or {"Prefix": ""}  # AWS wants one, even for all objects
        return written


class Policy(Setting):
    calls: ClassVar[Calls] = Calls("bucket_policy", "Policy")
    shape: ClassVar[Struct] = Struct(same("policy"))

    def to_aws(self, values: Values) -> Any:
        return values["policy"]

    def from_aws(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        return answer

    def equal(self, name: str, old: Any, new: Any) -> bool:
        if name == "policy" and isinstance(old, str) and isinstance(new, str):
            return bool(json.loads(old) == json.loads(new))
        return super().equal(name, old, new)


class Cors(Setting):
    without: ClassVar[str] = "make the buckets and their CORS rules yourself, and set `nextcore:imageBuckets.create: false`"
    calls: ClassVar[Calls] = Calls("bucket_cors", "CORSConfiguration")
    shape: ClassVar[Struct] = Struct(
        {
            "corsRules": (
                "CORSRules",
                Listed(
                    Struct(
                        {
                            "id": ("ID", Same()),
                            **same("allowedHeaders", "allowedMethods", "allowedOrigins", "exposeHeaders", "maxAgeSeconds"),
                        }
                    )
                ),
            )
        }
    )

"""aws:s3/bucket:Bucket."""

from __future__ import annotations

from typing import ClassVar

from botocore.exceptions import ClientError

from offline.plugins.aws.kind import Aws, Kind, Values, gone
from offline.plugins.aws.shapes import Struct, same

TAKEN = ("BucketAlreadyExists", "BucketAlreadyOwnedByYou")


class Bucket(Kind):
    """Name, tags and forced deletion. What it holds and how it behaves are resources of their own."""

    shape: ClassVar[Struct] = Struct(same("bucket"))
    extra: ClassVar[frozenset[str]] = frozenset({"forceDestroy", "tags"})
    outputs: ClassVar[tuple[str, ...]] = (
        "arn",
        "bucketDomainName",
        "bucketRegion",
        "bucketRegionalDomainName",
        "tagsAll",
    )
    replaced_by: ClassVar[frozenset[str]] = frozenset({"bucket", "region"})
    name: ClassVar[str | None] = "bucket"

    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        client, name = aws.client("s3", values.get("region")), values["bucket"]
        region = client.meta.region_name
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            client.create_bucket(Bucket=name, **where)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code not in TAKEN:
                raise
            own = ", or set `create: false`, as it is yours" if code == TAKEN[1] else ""
            raise ValueError(f"the bucket name {name} is taken ({code}): choose another in the stack's file{own}") from error
        client.get_waiter("bucket_exists").wait(Bucket=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        return name, self.update(aws, name, values, {})

    def read(self, aws: Aws, id: str, values: Values) -> tuple[Values, Values] | None:
        client = aws.client("s3", values.get("region"))
        try:
            client.head_bucket(Bucket=id)
        except ClientError as error:
            if gone(error):
                return None
            raise
        found = {name: value for name, value in values.items() if name != "tags"} | {"bucket": id}
        if "tags" in values:
            found["tags"] = _tags(client, id)
        return found, _outputs(client, id, found)

    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        client, tags = aws.client("s3", values.get("region")), values.get("tags") or {}
        if tags:
            tag_set = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
            client.put_bucket_tagging(Bucket=id, Tagging={"TagSet": tag_set})
        elif old.get("tags"):
            client.delete_bucket_tagging(Bucket=id)
        return _outputs(client, id, values)

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        client = aws.client("s3", values.get("region"))
        try:
            if values.get("forceDestroy"):
                _empty(client, id)
            client.delete_bucket(Bucket=id)
        except ClientError as error:
            if not gone(error):
                raise


def _outputs(client, id: str, values: Values) -> Values:  # type: ignore[no-untyped-def]
    region = client.meta.region_name
    return {
        "arn": f"arn:aws:s3:::{id}",
        "bucketDomainName": f"{id}.s3.amazonaws.com",
        "bucketRegion": region,
        "bucketRegionalDomainName": f"{id}.s3.{region}.amazonaws.com",
        "tagsAll": values.get("tags") or {},
    }


def _tags(client, id: str) -> dict[str, str]:  # type: ignore[no-untyped-def]
    try:
        return {tag["Key"]: tag["Value"] for tag in client.get_bucket_tagging(Bucket=id)["TagSet"]}
    except ClientError as error:
        if gone(error):
            return {}
        raise


def _empty(client, id: str) -> None:  # type: ignore[no-untyped-def]
    """Every object in every version."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=id):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        keys = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found]
        if keys:
            client.delete_objects(Bucket=id, Delete={"Objects": keys, "Quiet": True})

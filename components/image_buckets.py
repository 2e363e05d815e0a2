"""ImageBuckets: one bucket for originals, which nobody can read, and one for what the API makes of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi_aws import s3

from components.static_assets_s3 import compatible
from stacks.api_settings import ImageBucketsSettings

UPLOADS = "uploads/"  # where clients upload to; the API moves what is complete to ORIGINALS
ORIGINALS = "originals/"
PREFLIGHT_SECONDS = 3600


class ImageBuckets(pulumi.ComponentResource):
    """Both buckets private; `ready`: what an API needs to be there before it starts.

    `origins`: who may upload from a browser. `cdn`: `readable_by` will be called with the distribution.
    A server that is not AWS gets neither access blocks nor, unless
    `lifecycle` says so, lifecycle rules: it is private by itself, and few know them.
    """

    def __init__(
        self,
        name: str,
        settings: ImageBucketsSettings,
        origins: Sequence[str],
        cdn: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("nextcore:components:ImageBuckets", name, {}, opts)
        self._name, self._settings = name, settings
        self._provider = compatible(f"{name}-server", settings.endpoint, settings.region, self) if settings.endpoint else None
        self._region = None if settings.endpoint else settings.region
        self.ready: list[pulumi.Resource] = []
        self._derived: s3.Bucket | None = None
        if settings.create:
            originals = self._bucket("originals", settings.originals)
            self._derived = derived = self._bucket("derived", settings.derived)
            self.ready += [originals, derived]
            self.ready.append(self._cors(originals, origins))
            if settings.lifecycle is None and settings.endpoint is not None:
                pulumi.log.warn(
                    f"uploads to {settings.originals} that are never completed stay there: few servers know lifecycle rules. "
                    f"Set nextcore:imageBuckets.lifecycle to true where {settings.endpoint} does; else to false, and remove what "
                    f"is older than {settings.abandoned_days} days below {UPLOADS} yourself",
                    self,
                )
            elif settings.lifecycle is not False:
                self.ready.append(self._lifecycle(originals))
            if settings.principal:
                statement = used_by(settings.principal, settings.originals, (UPLOADS, ORIGINALS))
                self.ready.append(self._policy("originals", originals, policy(statement)))
                if not cdn:
                    statement = used_by(settings.principal, settings.derived, ("",))
                    self.ready.append(self._policy("derived", derived, policy(statement)))
        self.register_outputs({"originals": settings.originals, "derived": settings.derived})

    @property
    def derived_domain(self) -> str:
        """Of the derived bucket on AWS."""
        return f"{self._settings.derived}.s3.{self._settings.region}.amazonaws.com"

    def readable_by(self, distribution: pulumi.Input[str]) -> None:
        """This distribution (its ARN), and no other, reads derived images: by name, it cannot list them.

        One policy with what the API may: a bucket has only one.
        """
        if self._derived is None:
            return
        settings = self._settings
        own = [used_by(settings.principal, settings.derived, ("",))] if settings.principal else []
        text = pulumi.Output.from_input(distribution).apply(lambda arn: policy(*own, read_by(arn, settings.derived)))
        self._policy("derived", self._derived, text)

    def _child(self, protect: bool | None = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, provider=self._provider, protect=protect)

    def _bucket(self, role: str, bucket: str) -> s3.Bucket:
        made = s3.Bucket(
            f"{self._name}-{role}",
            bucket=bucket,
            region=self._region,
            force_destroy=not self._settings.protect,
            opts=self._child(protect=self._settings.protect),
        )
        if not self._settings.endpoint:
            self.ready.append(
                s3.BucketPublicAccessBlock(
                    f"{self._name}-{role}-private",
                    bucket=made.bucket,
                    block_public_acls=True,
                    block_public_policy=True,
                    ignore_public_acls=True,
                    restrict_public_buckets=True,
                    region=self._region,
                    opts=self._child(),
                )
            )
        return made

    def _cors(self, bucket: s3.Bucket, origins: Sequence[str]) -> s3.BucketCorsConfiguration:
        """An upload is a PUT with a type; everything else that it needs is in its signed address."""
        rule = s3.BucketCorsConfigurationCorsRuleArgs(
            allowed_origins=list(origins),
            allowed_methods=["GET", "HEAD", "PUT"],
            allowed_headers=["Content-Type"],
            expose_headers=["ETag"],
            max_age_seconds=PREFLIGHT_SECONDS,
        )
        return s3.BucketCorsConfiguration(
            f"{self._name}-cors", bucket=bucket.bucket, cors_rules=[rule], region=self._region, opts=self._child()
        )

    def _lifecycle(self, bucket: s3.Bucket) -> s3.BucketLifecycleConfiguration:
        days = self._settings.abandoned_days
        rule = s3.BucketLifecycleConfigurationRuleArgs(
            id="abandoned-uploads",
            status="Enabled",
            filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=UPLOADS),
            expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
            abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                days_after_initiation=days
            ),
        )
        return s3.BucketLifecycleConfiguration(
            f"{self._name}-lifecycle", bucket=bucket.bucket, rules=[rule], region=self._region, opts=self._child()
        )

    def _policy(self, role: str, bucket: s3.Bucket, text: pulumi.Input[str]) -> s3.BucketPolicy:
        return s3.BucketPolicy(
            f"{self._name}-{role}-policy", bucket=bucket.bucket, policy=text, region=self._region, opts=self._child()
        )


def objects(bucket: str, prefixes: Sequence[str]) -> dict[str, Any]:
    """What the API does with a bucket: read, write and remove objects below `prefixes`, and nothing else."""
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    return {"Effect": "Allow", "Action": actions, "Resource": [f"arn:aws:s3:::{bucket}/{prefix}*" for prefix in prefixes]}


def used_by(principal: str, bucket: str, prefixes: Sequence[str]) -> dict[str, Any]:
    """The same for a bucket's own policy."""
    return {**objects(bucket, prefixes), "Principal": {"AWS": principal}}


def read_by(distribution: str, bucket: str) -> dict[str, Any]:
    """Objects alone: with the right to list, the bucket's root would name all images of all users."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution}},
    }


def policy(*statements: dict[str, Any]) -> str:
    """The document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

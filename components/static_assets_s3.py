"""S3StaticAssets: the bucket, and one resource for all static files of a build in it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws import Provider, s3

from components.resources import S3Release
from nextcore.assets.compress import Encoding
from nextcore.assets.manifest import manifest_digest, size_text
from nextcore.distribution import Distribution
from stacks.cdn_settings import S3Settings

ABORTED_DAYS = 2  # parts of uploads that were cut off are billed and seen by nobody


@dataclass(frozen=True)
class S3StaticAssetsArgs:
    """Files of `distribution`, kept for `retain_builds` builds. `cdn`: one is before the bucket and compresses.

    `public`: everybody may read the app's folder, by the bucket's policy; for routing without a CDN.
    """

    app: str
    distribution: Distribution
    settings: S3Settings
    retain_builds: int
    cdn: bool
    public: bool = False


class S3StaticAssets(pulumi.ComponentResource):
    """The files below `<app>/` in the bucket; `release` is done when all of them are there.

    A server that is not AWS gets the bucket and its versioning alone: it is private by itself, and few know the rest.
    """

    def __init__(self, name: str, args: S3StaticAssetsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:S3StaticAssets", name, {}, opts)
        self.app, settings = args.app, args.settings
        self.settings = settings
        self._provider = compatible(f"{name}-server", settings.endpoint, settings.region, self) if settings.endpoint else None
        self.bucket_resource: s3.Bucket | None = None
        self.bucket: pulumi.Output[str] = pulumi.Output.from_input(settings.bucket)
        ready: list[pulumi.Resource] = []
        if settings.create:
            self.bucket_resource = s3.Bucket(
                name,
                bucket=settings.bucket,
                region=None if settings.endpoint else settings.region,
                force_destroy=not settings.protect,
                opts=self._child(protect=settings.protect),
            )
            self.bucket = self.bucket_resource.bucket
            ready = [self.bucket_resource, *self._versioning(name)]
            if not settings.endpoint:
                ready += self._closed(name, args.public)
            if args.public:
                ready.append(self._readable(name, ready))
        payload = args.distribution.payload
        assets = payload.assets
        self.release = S3Release(
            f"{name}-release",
            {
                "app": args.app,
                "bucket": self.bucket,
                "endpoint": settings.endpoint,
                "region": settings.region,
                "encoding": _encoding(settings, args.cdn),
                "manifest": manifest_digest(assets),
                "files": size_text(len(assets), sum(asset.size for asset in assets)),
                "routes": payload.route_table(),
                "dist": str(args.distribution.released),
                "retainBuilds": args.retain_builds,
            },
            pulumi.ResourceOptions(parent=self, depends_on=ready),
        )
        self.register_outputs({"bucket": self.bucket})

    @property
    def domain(self) -> pulumi.Output[str]:
        """Where a CDN fetches: the bucket's host name in its region."""
        if self.bucket_resource is not None:
            return self.bucket_resource.bucket_regional_domain_name
        region = f".{self.settings.region}" if self.settings.region else ""
        return pulumi.Output.from_input(f"{self.settings.bucket}.s3{region}.amazonaws.com")

    def _child(self, protect: bool | None = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, provider=self._provider, protect=protect)

    def _versioning(self, name: str) -> list[pulumi.Resource]:
        if not self.settings.versioning:
            return []
        enabled = s3.BucketVersioningVersioningConfigurationArgs(status="Enabled")
        return [
            s3.BucketVersioning(
                f"{name}-versioning",
                bucket=self.bucket,
                versioning_configuration=enabled,
                region=self._region,
                opts=self._child(),
            )
        ]

    def _readable(self, name: str, after: list[pulumi.Resource]) -> s3.BucketPolicy:
        """What is in it is what browsers are sent anyway; nothing else of the bucket can be read or listed."""
        statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{self.settings.bucket}/{self.app}/*",
        }
        return s3.BucketPolicy(
            f"{name}-public",
            bucket=self.bucket,
            policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            region=self._region,
            opts=pulumi.ResourceOptions.merge(self._child(), pulumi.ResourceOptions(depends_on=after)),
        )

    def _closed(self, name: str, public: bool) -> list[pulumi.Resource]:
        """Nobody but the owner and what the bucket's policy names; no access lists."""
        rules = [
            s3.BucketLifecycleConfigurationRuleArgs(
                id="aborted-uploads",
                status="Enabled",
                abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                    days_after_initiation=ABORTED_DAYS
                ),
            )
        ]
        if self.settings.versioning:
            expired = s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                noncurrent_days=self.settings.keep_versions
            )
            rules.append(
                s3.BucketLifecycleConfigurationRuleArgs(
                    id="old-versions", status="Enabled", noncurrent_version_expiration=expired
                )
            )
        return [
            s3.BucketOwnershipControls(
                f"{name}-ownership",
                bucket=self.bucket,
                rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
                region=self._region,
                opts=self._child(),
            ),
            s3.BucketPublicAccessBlock(
                f"{name}-private",
                bucket=self.bucket,
                block_public_acls=True,
                block_public_policy=not public,
                ignore_public_acls=True,
                restrict_public_buckets=not public,
                region=self._region,
                opts=self._child(),
            ),
            s3.BucketLifecycleConfiguration(
                f"{name}-lifecycle", bucket=self.bucket, rules=rules, region=self._region, opts=self._child()
            ),
        ]

    @property
    def _region(self) -> str | None:
        return None if self.settings.endpoint else self.settings.region


def _encoding(settings: S3Settings, cdn: bool) -> Encoding:
    if settings.stored == "auto":
        return "identity" if cdn else "gzip"
    return settings.stored


def compatible(name: str, endpoint: str, region: str | None, parent: pulumi.Resource) -> Provider:
    """pulumi-aws for a server that knows S3 and nothing else of AWS."""
    return Provider(
        name,
        endpoints=[{"s3": endpoint}],
        region=region or "us-east-1",
        s3_use_path_style=True,
        skip_credentials_validation=True,
        skip_metadata_api_check=True,
        skip_region_validation=True,
        skip_requesting_account_id=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )

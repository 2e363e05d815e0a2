"""Derived images of users in a distribution: read out of their bucket, below a path of the app's hosts."""

from __future__ import annotations

import pulumi
from pulumi_aws import cloudfront as cf

from components.image_buckets import ImageBuckets
from nextcore.cdn_function import without_prefix
from stacks.wiring import IMAGES_PATH

ORIGIN = "images"


def origin(buckets: ImageBuckets, access: pulumi.Input[str]) -> cf.DistributionOriginArgs:
    """`access`: id of an origin access control."""
    return cf.DistributionOriginArgs(origin_id=ORIGIN, domain_name=buckets.derived_domain, origin_access_control_id=access)


def function(name: str, opts: pulumi.ResourceOptions) -> cf.Function:
    """The bucket knows nothing of the path."""
    return cf.Function(
        f"{name}-images",
        runtime="cloudfront-js-2.0",
        code=without_prefix(IMAGES_PATH.removesuffix("/*")),
        opts=opts,
    )

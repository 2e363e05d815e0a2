"""A stack of static files and, where it is asked for, a CDN: the components as the real program declares them."""

import json
import os
from pathlib import Path

import pulumi

from components.api_role import ApiRole
from components.cdn import Cdn, CdnArgs
from components.image_buckets import ImageBuckets
from components.static_assets_s3 import S3StaticAssets, S3StaticAssetsArgs
from nextcore.assets.manifest import manifest_digest
from nextcore.cdn import cdn_plan
from nextcore.distribution import Distribution
from nextcore.payload import load_payload
from stacks.api_settings import ImageBucketsSettings
from stacks.cdn_settings import CdnSettings, S3Settings
from stacks.wiring import IMAGES_PATH

given = json.loads(os.environ["STACK_UNDER_TEST"])
dist = Path(given["dist"])
payload = load_payload(dist / "payload.json")
s3, cdn = S3Settings.model_validate(given["s3"]), given.get("cdn")
assets = S3StaticAssets("assets", S3StaticAssetsArgs("shop", Distribution(dist, payload, True), s3, 5, cdn is not None))
pulumi.export("bucket", assets.bucket)
if cdn is not None:
    settings = CdnSettings.model_validate(cdn)
    release = manifest_digest(payload.assets)
    images = given.get("imageBuckets")
    buckets = (
        ImageBuckets("images", ImageBucketsSettings.model_validate(images), ["https://shop.example"], True) if images else None
    )
    plan = cdn_plan(payload, settings.max_behaviours - 1, IMAGES_PATH if images else None)
    made = Cdn("cdn", CdnArgs(plan, settings, assets, buckets))
    made.purge(release, [])
    if buckets is not None and given.get("namespace"):
        role = ApiRole("shop-api", ImageBucketsSettings.model_validate(images), given["namespace"], "shop-api")
        pulumi.export("role", role.arn)
    pulumi.export("url", made.url)
    pulumi.export("distribution", made.distribution.id)

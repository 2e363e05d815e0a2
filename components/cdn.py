"""Cdn: CloudFront before the bucket and the cluster."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudfront as cf
from pulumi_aws import s3

from components import cdn_images
from components.cdn_domains import aliases, certificate
from components.cdn_policies import Policies, policies
from components.image_buckets import ImageBuckets
from components.resources import Invalidation
from components.static_assets_s3 import S3StaticAssets
from nextcore.cdn import Behaviour, CdnPlan
from nextcore.errors import UserError
from stacks.cdn_settings import CdnSettings

READ = ["GET", "HEAD", "OPTIONS"]
ALL = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
NEVER_KEPT = (403, 404, 500, 502, 503, 504)  # CloudFront keeps errors for 10 s by itself: a short failure would become a long one


@dataclass(frozen=True)
class CdnArgs:
    """`plan`: what of the app is kept at the edge. `images`: their derived ones are answered out of their bucket."""

    plan: CdnPlan
    settings: CdnSettings
    assets: S3StaticAssets
    images: ImageBuckets | None = None


class Cdn(pulumi.ComponentResource):
    """`url` answers. The distribution comes before a new version of the app, so that its routes are right then."""

    def __init__(self, name: str, args: CdnArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("nextcore:components:Cdn", name, {}, opts)
        self._name, self._args, settings = name, args, args.settings
        if args.assets.settings.endpoint:
            raise UserError(
                "CloudFront reads private files from AWS' own S3 alone",
                "nextcore:s3.endpoint and nextcore:cdn",
                "remove the endpoint, or set `cdn: none`",
            )
        for note in args.plan.notes:
            pulumi.log.warn(note, self)
        child = pulumi.ResourceOptions(parent=self)
        self._policies = policies(name, settings.content_security_policy, child)
        self.distribution = self._distribution(self._function(child), self._certificate(child))
        if args.assets.settings.create:
            self._readable()
        if args.images is not None:
            args.images.readable_by(self.distribution.arn)
        if settings.zone:
            aliases(name, settings.domains, settings.zone, self.distribution, child)
        host = pulumi.Output.from_input(settings.domains[0]) if settings.domains else self.distribution.domain_name
        self.url: pulumi.Output[str] = pulumi.Output.concat("https://", host)
        self.register_outputs({"url": self.url})

    @property
    def purged_by_app(self) -> bool:
        """Whether the app has pages at the edge, and purges those that it revalidates."""
        return self._args.settings.purge_revalidated and bool(self._args.plan.shared)

    def purge(self, release: pulumi.Input[str], live: Sequence[pulumi.Resource]) -> None:
        """What `release` (digest of image and manifest) makes stale is purged, once `live` is up."""
        Invalidation(
            f"{self._name}-purge",
            {
                "distribution": self.distribution.id,
                "release": release,
                "pages": list(self._args.plan.purge),
                "changed": self._args.assets.release.changed_paths,
            },
            pulumi.ResourceOptions(parent=self, depends_on=[self.distribution, self._args.assets.release, *live]),
        )

    def _certificate(self, child: pulumi.ResourceOptions) -> cf.DistributionViewerCertificateArgs:
        settings = self._args.settings
        if not settings.domains:
            return cf.DistributionViewerCertificateArgs(cloudfront_default_certificate=True)
        made: pulumi.Input[str] | None = settings.certificate
        if made is None and settings.zone:
            made = certificate(self._name, settings.domains, settings.zone, child)
        return cf.DistributionViewerCertificateArgs(
            acm_certificate_arn=made, ssl_support_method="sni-only", minimum_protocol_version="TLSv1.2_2021"
        )

    def _function(self, child: pulumi.ResourceOptions) -> cf.Function:
        """The routing function; with a store of paths where they are too many for behaviours."""
        plan, stores = self._args.plan, None
        keys: list[pulumi.Resource] = []
        if plan.keys is not None:
            store = cf.KeyValueStore(f"{self._name}-paths", comment="paths that the bucket answers", opts=child)
            pairs = [cf.KeyvaluestoreKeysExclusiveResourceKeyValuePairArgs(key=key, value="1") for key in plan.keys]
            keys = [
                cf.KeyvaluestoreKeysExclusive(
                    f"{self._name}-path-keys", key_value_store_arn=store.arn, resource_key_value_pairs=pairs, opts=child
                )
            ]
            stores = [store.arn]
        return cf.Function(
            f"{self._name}-routes",
            runtime="cloudfront-js-2.0",
            code=plan.function,
            key_value_store_associations=stores,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*keys, self._args.assets.release]),
        )

    def _distribution(self, function: cf.Function, viewer_certificate: cf.DistributionViewerCertificateArgs) -> cf.Distribution:
        settings, assets = self._args.settings, self._args.assets
        access = cf.OriginAccessControl(
            f"{self._name}-access",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=pulumi.ResourceOptions(parent=self),
        )
        app = cf.DistributionOriginArgs(
            origin_id="app",
            domain_name=settings.origin,
            custom_origin_config=cf.DistributionOriginCustomOriginConfigArgs(
                http_port=80,
                https_port=443,
                origin_protocol_policy=settings.origin_protocol,
                origin_ssl_protocols=["TLSv1.2"],
                origin_read_timeout=settings.origin_timeout,
                origin_keepalive_timeout=60,
            ),
        )
        files = cf.DistributionOriginArgs(
            origin_id="assets",
            domain_name=assets.domain,
            origin_path=f"/{assets.app}",
            origin_access_control_id=access.id,
        )
        rules, images, functions = self._policies, self._args.images, {}
        if images is not None:
            functions[cdn_images.ORIGIN] = cdn_images.function(self._name, pulumi.ResourceOptions(parent=self)).arn
        return cf.Distribution(
            self._name,
            enabled=True,
            comment=f"NextCore: {assets.app}",
            aliases=list(settings.domains) or None,
            http_version="http2and3",
            is_ipv6_enabled=True,
            price_class=settings.price_class,
            origins=[app, files, *([cdn_images.origin(images, access.id)] if images else [])],
            default_cache_behavior=cf.DistributionDefaultCacheBehaviorArgs(
                target_origin_id="app",
                viewer_protocol_policy="redirect-to-https",
                allowed_methods=ALL,
                cached_methods=["GET", "HEAD"],
                compress=True,
                cache_policy_id=rules.pages,
                origin_request_policy_id=rules.to_app,
                response_headers_policy_id=rules.headers,
                function_associations=[
                    cf.DistributionDefaultCacheBehaviorFunctionAssociationArgs(
                        event_type="viewer-request", function_arn=function.arn
                    )
                ],
            ),
            ordered_cache_behaviors=[
                _behaviour(behaviour, rules, functions.get(behaviour.origin)) for behaviour in self._args.plan.behaviours
            ],
            custom_error_responses=[
                cf.DistributionCustomErrorResponseArgs(error_code=code, error_caching_min_ttl=0) for code in NEVER_KEPT
            ],
            restrictions=cf.DistributionRestrictionsArgs(
                geo_restriction=cf.DistributionRestrictionsGeoRestrictionArgs(restriction_type="none")
            ),
            viewer_certificate=viewer_certificate,
            wait_for_deployment=settings.wait,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[assets.release]),
        )

    def _readable(self) -> None:
        """This distribution reads the app's folder. It may list it too, or what is missing would be 403 instead of 404."""
        assets = self._args.assets
        s3.BucketPolicy(
            f"{self._name}-reads",
            bucket=assets.bucket,
            region=assets.settings.region,
            policy=pulumi.Output.all(assets.bucket, self.distribution.arn).apply(
                lambda known: bucket_policy(known[0], known[1], assets.app)
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _behaviour(
    behaviour: Behaviour, rules: Policies, function: pulumi.Input[str] | None
) -> cf.DistributionOrderedCacheBehaviorArgs:
    by_name = {"hashed": rules.hashed, "public": rules.public, "uncached": rules.uncached, "image": rules.image}
    return cf.DistributionOrderedCacheBehaviorArgs(
        path_pattern=behaviour.pattern,
        target_origin_id=behaviour.origin,
        viewer_protocol_policy="redirect-to-https",
        allowed_methods=READ,
        cached_methods=["GET", "HEAD"],
        compress=True,
        cache_policy_id=by_name[behaviour.policy],
        response_headers_policy_id=rules.headers,
        function_associations=[
            cf.DistributionOrderedCacheBehaviorFunctionAssociationArgs(event_type="viewer-request", function_arn=function)
        ]
        if function is not None
        else None,
    )


def bucket_policy(bucket: str, distribution: str, app: str) -> str:
    """`distribution`: its ARN."""
    reader = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
    }
    this_one = {"AWS:SourceArn": distribution}
    files, listing = f"arn:aws:s3:::{bucket}/{app}/*", f"arn:aws:s3:::{bucket}"
    statements = [
        {**reader, "Action": "s3:GetObject", "Resource": files, "Condition": {"StringEquals": this_one}},
        {**reader, "Action": "s3:ListBucket", "Resource": listing, "Condition": {"StringEquals": this_one}},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})

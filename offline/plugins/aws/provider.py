"""The provider: configuration, checks, differences, and each resource's own create, read, update and delete."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from pulumi.provider.experimental import provider as p

from offline.plugins.aws import cloudfront_policies as policies
from offline.plugins.aws import iam, s3_settings
from offline.plugins.aws.cloudfront_distribution import Distribution
from offline.plugins.aws.cloudfront_function import Function, Keys, KeyValueStore
from offline.plugins.aws.kind import Aws, Kind
from offline.plugins.aws.names import Certificate, CertificateValidation, Record
from offline.plugins.aws.s3_bucket import Bucket
from offline.plugins.aws.values import UNKNOWN, plain, plain_map, sendable_map, wrapped_map

KINDS: Mapping[str, Kind] = {
    "aws:s3/bucket:Bucket": Bucket(),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": s3_settings.OwnershipControls(),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": s3_settings.PublicAccessBlock(),
    "aws:s3/bucketVersioning:BucketVersioning": s3_settings.Versioning(),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": s3_settings.Lifecycle(),
    "aws:s3/bucketPolicy:BucketPolicy": s3_settings.Policy(),
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": s3_settings.Cors(),
    "aws:cloudfront/distribution:Distribution": Distribution(),
    "aws:cloudfront/originAccessControl:OriginAccessControl": policies.OriginAccessControl(),
    "aws:cloudfront/cachePolicy:CachePolicy": policies.CachePolicy(),
    "aws:cloudfront/originRequestPolicy:OriginRequestPolicy": policies.OriginRequestPolicy(),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": policies.ResponseHeadersPolicy(),
    "aws:cloudfront/function:Function": Function(),
    "aws:cloudfront/keyValueStore:KeyValueStore": KeyValueStore(),
    "aws:cloudfront/keyvaluestoreKeysExclusive:KeyvaluestoreKeysExclusive": Keys(),
    "aws:acm/certificate:Certificate": Certificate(),
    "aws:acm/certificateValidation:CertificateValidation": CertificateValidation(),
    "aws:route53/record:Record": Record(),
    "aws:iam/role:Role": iam.Role(),
    "aws:iam/rolePolicy:RolePolicy": iam.RolePolicy(),
}
# What the SDK sends by default or what only spares pulumi-aws a request: no meaning here.
NO_MEANING = {"skipCredentialsValidation", "skipRegionValidation", "skipMetadataApiCheck", "skipRequestingAccountId", "version"}


class AwsProvider(p.Provider):
    """pulumi-aws as far as NextCore declares it."""

    def __init__(self) -> None:
        self.aws = Aws()

    async def get_schema(self, request: p.GetSchemaRequest) -> p.GetSchemaResponse:
        return p.GetSchemaResponse(schema='{"name":"aws"}')

    async def check_config(self, request: p.CheckRequest) -> p.CheckResponse:
        return p.CheckResponse(inputs=request.new_inputs)

    async def diff_config(self, request: p.DiffRequest) -> p.DiffResponse:
        return p.DiffResponse(changes=False)

    async def configure(self, request: p.ConfigureRequest) -> p.ConfigureResponse:
        """Nested values come as JSON in text."""
        config = {name: _parsed(plain(value)) for name, value in request.args.items() if value.value is not None}
        known = {"region", "profile", "endpoints", "s3UsePathStyle"}
        if unknown := sorted(set(config) - known - NO_MEANING):
            raise ValueError(f"the stand-in for pulumi-aws does not know aws:{', aws:'.join(unknown)}; known: {sorted(known)}")
        endpoints = {name: url for entry in config.get("endpoints") or [] for name, url in entry.items() if url}
        region, profile = config.get("region"), config.get("profile")
        self.aws = Aws(region, profile, endpoints, str(config.get("s3UsePathStyle", False)).lower() == "true")
        return p.ConfigureResponse(accept_secrets=True, supports_preview=True, accept_outputs=True)

    async def check(self, request: p.CheckRequest) -> p.CheckResponse:
        kind = _kind(request.urn)
        inputs = {name: value for name, value in request.new_inputs.items() if value.value is not None}
        refused = [name for name in inputs if name not in kind.inputs() and not name.startswith("__")]
        if refused:
            reason = "the stand-in for pulumi-aws does not serve it; add it to offline/plugins/aws, or use the real plugin"
            failures = [p.CheckFailure(name, reason) for name in refused]
            return p.CheckResponse(inputs=sendable_map(request.new_inputs), failures=failures)
        if kind.name and kind.name not in inputs:
            before = request.old_inputs.get(kind.name)
            made_up = f"{request.urn.rsplit('::', 1)[-1].lower()}-{bytes(request.random_seed).hex()[:7]}"
            inputs |= {kind.name: before} if before else wrapped_map({kind.name: made_up})
        return p.CheckResponse(inputs=sendable_map(inputs))

    async def diff(self, request: p.DiffRequest) -> p.DiffResponse:
        kind = _kind(request.urn)
        old, new = plain_map(request.old_state), plain_map(request.new_inputs)
        names = (old.keys() & kind.inputs()) | new.keys()
        changed = [name for name in sorted(names) if not kind.equal(name, old.get(name), new.get(name))]
        changed = [name for name in changed if name not in request.ignore_changes]
        replaces = [name for name in changed if name in kind.replaced_by]
        detailed = {
            name: p.PropertyDiff(
                p.PropertyDiffKind.UPDATE_REPLACE if name in replaces else p.PropertyDiffKind.UPDATE, input_diff=True
            )
            for name in changed
        }
        return p.DiffResponse(
            changes=bool(changed), replaces=replaces, diffs=changed, detailed_diff=detailed, delete_before_replace=False
        )

    async def create(self, request: p.CreateRequest) -> p.CreateResponse:
        kind = _kind(request.urn)
        if request.preview:
            unknown = wrapped_map({name: UNKNOWN for name in kind.outputs})
            return p.CreateResponse(properties={**unknown, **sendable_map(request.properties)})
        id, outputs = await asyncio.to_thread(kind.create, self.aws, plain_map(request.properties))
        return p.CreateResponse(resource_id=id, properties={**request.properties, **wrapped_map(outputs)})

    async def update(self, request: p.UpdateRequest) -> p.UpdateResponse:
        kind = _kind(request.urn)
        olds = {name: value for name, value in request.olds.items() if name in kind.outputs}
        if request.preview:
            return p.UpdateResponse(properties={**olds, **sendable_map(request.news)})
        values, old = plain_map(request.news), plain_map(request.olds)
        outputs = await asyncio.to_thread(kind.update, self.aws, request.resource_id, values, old)
        return p.UpdateResponse(properties={**olds, **request.news, **wrapped_map(outputs)})

    async def read(self, request: p.ReadRequest) -> p.ReadResponse:
        kind = _kind(request.urn)
        values = {name: value for name, value in plain_map(request.inputs).items() if name in kind.inputs()}
        found = await asyncio.to_thread(kind.read, self.aws, request.resource_id, values)
        if found is None:
            return p.ReadResponse(resource_id="")
        inputs, outputs = wrapped_map(found[0]), wrapped_map(found[1])
        kept = {name: value for name, value in request.properties.items() if name in kind.outputs}
        return p.ReadResponse(resource_id=request.resource_id, inputs=inputs, properties={**kept, **inputs, **outputs})

    async def delete(self, request: p.DeleteRequest) -> None:
        values = plain_map(request.properties)
        await asyncio.to_thread(_kind(request.urn).delete, self.aws, request.resource_id, values)


def _kind(urn: str) -> Kind:
    """`urn:pulumi:<stack>::<project>::<type of parent>$<type>::<name>`."""
    token = urn.split("::")[2].rsplit("$", 1)[-1]
    if token not in KINDS:
        raise ValueError(f"the stand-in for pulumi-aws does not serve {token}; add it to offline/plugins/aws")
    return KINDS[token]


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("[", "{"):
        return json.loads(value)
    return value

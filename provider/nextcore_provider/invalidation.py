"""nextcore:cdn:Invalidation: what a release made stale is purged from CloudFront."""

from __future__ import annotations

import hashlib
import json
from typing import ClassVar

from nextcore.errors import UserError
from provider.nextcore_provider.resource import Inputs, Kind, Outputs

RETRIES = {"mode": "standard", "max_attempts": 8}  # botocore's backoff; CloudFront throttles early


class InvalidationKind(Kind):
    """`release`: what came to be; a change of it is the reason to purge. `pages`, `changed`: what is stale by it."""

    required: ClassVar[frozenset[str]] = frozenset({"distribution", "release"})
    outputs: ClassVar[frozenset[str]] = frozenset({"purged"})
    not_compared: ClassVar[frozenset[str]] = frozenset({"pages", "changed"})
    replaced_by: ClassVar[frozenset[str]] = frozenset({"distribution"})

    def identity(self, inputs: Inputs) -> str:
        return str(inputs["distribution"])

    def write(self, inputs: Inputs, old: Inputs | None = None) -> Outputs:
        # boto3 and the payload's models take 0.2 s to import, which every start of the provider would pay.
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        from nextcore.cdn import purge_paths

        paths = purge_paths(inputs.get("pages") or [], inputs.get("changed") or [])
        if not paths:
            return {"purged": []}
        told = json.dumps([inputs["release"], paths])
        batch = {
            "Paths": {"Quantity": len(paths), "Items": paths},
            # The same purge twice is one at AWS: a repeated update costs nothing.
            "CallerReference": hashlib.sha256(told.encode()).hexdigest(),
        }
        try:
            client = boto3.client("cloudfront", region_name="us-east-1", config=Config(retries=RETRIES))
            client.create_invalidation(DistributionId=str(inputs["distribution"]), InvalidationBatch=batch)
        except (ClientError, BotoCoreError) as error:
            raise UserError(
                f"the CDN could not be purged: {error}",
                f"CloudFront distribution {inputs['distribution']}",
                "run `pulumi up` again; until then it may answer with pages of the build before",
            ) from error
        return {"purged": paths}

    def read(self, inputs: Inputs, outputs: Outputs) -> Inputs | None:
        return inputs

    def delete(self, state: Inputs) -> None:
        return None

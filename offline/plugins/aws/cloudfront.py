"""What CloudFront's configurations share: create, get, update and delete by id, each change guarded by an ETag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from offline.plugins.aws.kind import Aws, Kind, Values, found_in, gone


class Configured(Kind):
    """`noun`: in boto3's method names. `config`: the configuration's parameter. `answer`: the key it comes back under."""

    noun: ClassVar[str]
    answer: ClassVar[str]
    config: ClassVar[str]
    outputs: ClassVar[tuple[str, ...]] = ("arn", "etag")

    def to_aws(self, values: Values, before: Mapping[str, Any] | None) -> dict[str, Any]:
        """`before`: what AWS has now; fields that this stand-in does not know stay as they are."""
        return {**(before or {}), **self.shape.write(values)}

    def outputs_of(self, found: Mapping[str, Any], etag: str) -> Values:
        return {"arn": found.get("ARN", ""), "etag": etag}

    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        client = aws.client("cloudfront")
        answer = getattr(client, f"create_{self.noun}")(**{self.config: self.to_aws(values, None)})
        found = answer[self.answer]
        return str(found["Id"]), self.outputs_of(found, answer.get("ETag", ""))

    def read(self, aws: Aws, id: str, values: Values) -> tuple[Values, Values] | None:
        got = self._get(aws, id)
        if got is None:
            return None
        found, etag = got
        return found_in(self.shape, found[self.config], values), self.outputs_of(found, etag)

    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        got = self._get(aws, id)
        if got is None:
            raise ValueError(f"{self.noun} {id} is gone: run `pulumi refresh`, then `pulumi up`")
        config = self.to_aws(values, got[0][self.config])
        update = getattr(aws.client("cloudfront"), f"update_{self.noun}")
        answer = update(Id=id, IfMatch=got[1], **{self.config: config})
        return self.outputs_of(answer[self.answer], answer.get("ETag", ""))

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        got = self._get(aws, id)
        if got is not None:
            getattr(aws.client("cloudfront"), f"delete_{self.noun}")(Id=id, IfMatch=got[1])

    def _get(self, aws: Aws, id: str) -> tuple[dict[str, Any], str] | None:
        try:
            answer = getattr(aws.client("cloudfront"), f"get_{self.noun}")(Id=id)
        except ClientError as error:
            if gone(error):
                return None
            raise
        return answer[self.answer], answer["ETag"]

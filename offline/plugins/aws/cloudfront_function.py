"""aws:cloudfront: Function, KeyValueStore, KeyvaluestoreKeysExclusive."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from offline.plugins.aws.kind import Aws, Kind, Values, found_in, gone
from offline.plugins.aws.shapes import Changed, Same, Struct, same

BATCH = 50  # keys that CloudFront takes in one update

ASSOCIATIONS = Changed(
    lambda arns: {"Quantity": len(arns), "Items": [{"KeyValueStoreARN": arn} for arn in arns]},
    lambda found: [item["KeyValueStoreARN"] for item in found.get("Items") or []] or None,
)


class Function(Kind):
    """Its id is its name. `publish` (default true) makes the code live."""

    shape: ClassVar[Struct] = Struct(
        {
            "comment": ("Comment", Same("")),
            **same("runtime"),
            "keyValueStoreAssociations": ("KeyValueStoreAssociations", ASSOCIATIONS),
        }
    )
    extra: ClassVar[frozenset[str]] = frozenset({"name", "code", "publish"})
    outputs: ClassVar[tuple[str, ...]] = ("arn", "etag", "liveStageEtag", "status")
    replaced_by: ClassVar[frozenset[str]] = frozenset({"name"})
    name: ClassVar[str | None] = "name"

    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        client, name = aws.client("cloudfront"), values["name"]
        answer = client.create_function(Name=name, FunctionConfig=self.shape.write(values), FunctionCode=values["code"].encode())
        return name, self._published(client, values, answer)

    def read(self, aws: Aws, id: str, values: Values) -> tuple[Values, Values] | None:
        client = aws.client("cloudfront")
        try:
            answer = client.describe_function(Name=id, Stage="DEVELOPMENT")
            code = client.get_function(Name=id, Stage="DEVELOPMENT")["FunctionCode"].read().decode()
        except ClientError as error:
            if gone(error, "NoSuchFunctionExists"):
                return None
            raise
        found = found_in(self.shape, answer["FunctionSummary"]["FunctionConfig"], values)
        return {**found, "name": id, "code": code}, _outputs(answer)

    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        client = aws.client("cloudfront")
        etag = client.describe_function(Name=id, Stage="DEVELOPMENT")["ETag"]
        answer = client.update_function(
            Name=id, IfMatch=etag, FunctionConfig=self.shape.write(values), FunctionCode=values["code"].encode()
        )
        return self._published(client, values, answer)

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        client = aws.client("cloudfront")
        try:
            etag = client.describe_function(Name=id, Stage="DEVELOPMENT")["ETag"]
            client.delete_function(Name=id, IfMatch=etag)
        except ClientError as error:
            if not gone(error, "NoSuchFunctionExists"):
                raise

    def _published(self, client: Any, values: Values, answer: dict[str, Any]) -> Values:
        if not values.get("publish", True):
            return _outputs(answer)
        client.publish_function(Name=values["name"], IfMatch=answer["ETag"])
        live = client.describe_function(Name=values["name"], Stage="LIVE")
        return _outputs(live) | {"liveStageEtag": live["ETag"], "etag": answer["ETag"]}


def _outputs(answer: dict[str, Any]) -> Values:
    summary = answer["FunctionSummary"]
    return {"arn": summary["FunctionMetadata"]["FunctionARN"], "etag": answer["ETag"], "status": summary.get("Status", "")}


class KeyValueStore(Kind):
    """Its id is its name; what is in it is KeyvaluestoreKeysExclusive's."""

    shape: ClassVar[Struct] = Struct({**same("name"), "comment": ("Comment", Same(""))})
    outputs: ClassVar[tuple[str, ...]] = ("arn", "etag", "lastModifiedTime")
    replaced_by: ClassVar[frozenset[str]] = frozenset({"name"})
    name: ClassVar[str | None] = "name"

    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        client = aws.client("cloudfront")
        client.create_key_value_store(**self.shape.write(values))
        found = self.read(aws, values["name"], values)
        assert found is not None, "a store that was just made"
        return values["name"], found[1]

    def read(self, aws: Aws, id: str, values: Values) -> tuple[Values, Values] | None:
        try:
            answer = aws.client("cloudfront").describe_key_value_store(Name=id)
        except ClientError as error:
            if gone(error):
                return None
            raise
        store = answer["KeyValueStore"]
        outputs = {"arn": store["ARN"], "etag": answer["ETag"], "lastModifiedTime": str(store["LastModifiedTime"])}
        return found_in(self.shape, store, values), outputs

    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        client = aws.client("cloudfront")
        etag = client.describe_key_value_store(Name=id)["ETag"]
        client.update_key_value_store(Name=id, IfMatch=etag, Comment=values.get("comment", ""))
        found = self.read(aws, id, values)
        return found[1] if found else {}

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        client = aws.client("cloudfront")
        try:
            client.delete_key_value_store(Name=id, IfMatch=client.describe_key_value_store(Name=id)["ETag"])
        except ClientError as error:
            if not gone(error):
                raise


class Keys(Kind):
    """All keys of a store: what is there and not declared goes. Its id is the store's ARN."""

    shape: ClassVar[Struct] = Struct({})
    extra: ClassVar[frozenset[str]] = frozenset({"keyValueStoreArn", "resourceKeyValuePairs", "maxBatchSize"})
    outputs: ClassVar[tuple[str, ...]] = ("totalSizeInBytes",)
    replaced_by: ClassVar[frozenset[str]] = frozenset({"keyValueStoreArn"})

    def equal(self, name: str, old: Any, new: Any) -> bool:
        if name == "resourceKeyValuePairs" and isinstance(old, list) and isinstance(new, list):
            return sorted(map(str, map(_pair, old))) == sorted(map(str, map(_pair, new)))
        return super().equal(name, old, new)

    def create(self, aws: Aws, values: Values) -> tuple[str, Values]:
        arn = str(values["keyValueStoreArn"])
        return arn, self.update(aws, arn, values, {})

    def read(self, aws: Aws, id: str, values: Values) -> tuple[Values, Values] | None:
        client = aws.client("cloudfront-keyvaluestore")
        try:
            described = client.describe_key_value_store(KvsARN=id)
        except ClientError as error:
            if gone(error):
                return None
            raise
        pairs = [{"key": key, "value": value} for key, value in sorted(_present(client, id).items())]
        found = {**values, "keyValueStoreArn": id, "resourceKeyValuePairs": pairs}
        return found, {"totalSizeInBytes": described["TotalSizeInBytes"]}

    def update(self, aws: Aws, id: str, values: Values, old: Values) -> Values:
        client = aws.client("cloudfront-keyvaluestore")
        wanted = dict(map(_pair, values.get("resourceKeyValuePairs") or []))
        present = _present(client, id)
        puts = [{"Key": key, "Value": value} for key, value in wanted.items() if present.get(key) != value]
        deletes = [{"Key": key} for key in present if key not in wanted]
        described = client.describe_key_value_store(KvsARN=id)
        etag, total = described["ETag"], described["TotalSizeInBytes"]
        changes = iter([*(("Puts", put) for put in puts), *(("Deletes", delete) for delete in deletes)])
        while batch := list(islice(changes, int(values.get("maxBatchSize") or BATCH))):
            sent = {name: [item for kind, item in batch if kind == name] for name in ("Puts", "Deletes")}
            answer = client.update_keys(KvsARN=id, IfMatch=etag, **{name: items for name, items in sent.items() if items})
            etag, total = answer["ETag"], answer["TotalSizeInBytes"]
        return {"totalSizeInBytes": total}

    def delete(self, aws: Aws, id: str, values: Values) -> None:
        try:
            self.update(aws, id, {**values, "resourceKeyValuePairs": []}, values)
        except ClientError as error:
            if not gone(error):
                raise


def _pair(item: dict[str, str]) -> tuple[str, str]:
    return item["key"], item["value"]


def _present(client: Any, arn: str) -> dict[str, str]:
    def items() -> Iterator[tuple[str, str]]:
        for page in client.get_paginator("list_keys").paginate(KvsARN=arn):
            yield from ((item["Key"], item["Value"]) for item in page.get("Items") or [])

    return dict(items())

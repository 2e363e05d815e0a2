"""The model against the builder's schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nextcore.errors import UserError
from nextcore.payload import NextCorePayload, load_payload

SCHEMA = Path(__file__).parents[3] / "packages/distribution-builder/schema/payload.v1.schema.json"


def test_top_level_keys_are_those_of_the_schema() -> None:
    schema = json.loads(SCHEMA.read_text())
    model = NextCorePayload.model_json_schema(by_alias=True)
    assert set(model["properties"]) == set(schema["properties"])
    assert set(model["required"]) == set(schema["required"])


def objects(schema: dict[str, Any], node: Any) -> Iterator[frozenset[str]]:
    """Keys of every closed object of a JSON Schema."""
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and node.get("additionalProperties") is False:
            yield frozenset(node["properties"])
        for value in node.values():
            yield from objects(schema, value)
    elif isinstance(node, list):
        for value in node:
            yield from objects(schema, value)


def test_every_object_of_the_schema_has_its_model() -> None:
    schema, model = json.loads(SCHEMA.read_text()), NextCorePayload.model_json_schema(by_alias=True)
    assert set(objects(schema, schema)) == set(objects(model, model))


def test_missing_and_foreign_payloads_are_the_users_errors(tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    with pytest.raises(UserError, match="no payload"):
        load_payload(file)
    file.write_text('{"schemaVersion": 2}')
    with pytest.raises(UserError) as caught:
        load_payload(file)
    assert "schemaVersion" in caught.value.where

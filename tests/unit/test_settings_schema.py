"""The JSON Schema for editors says what the model says."""

from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from stacks import schema
from tests.conftest import REPO

VALIDATOR = Draft202012Validator(schema.schema())


def test_the_file_is_in_step() -> None:
    assert schema.FILE.read_text() == schema.text(), "run `python -m stacks.schema`"


STACKS = sorted([*(REPO / "stacks").glob("Pulumi.*.yaml"), *(REPO / "stacks/templates").glob("*.yaml")])


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.name)
def test_the_stacks_that_are_shipped_are_valid(file: Any) -> None:
    VALIDATOR.validate(yaml.safe_load(file.read_text()))


@pytest.mark.parametrize(
    "config",
    [
        {"nextcore:env": {}},
        {"nextcore:app": {"path": "."}, "nextcore:domain": ["a.example"]},
        {"nextcore:app": {"path": "."}, "nextcore:resources": {"memory": "much"}},
    ],
    ids=["no app", "unknown key", "wrong type"],
)
def test_mistakes_are_seen(config: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({"config": config})


def test_other_namespaces_are_free() -> None:
    assert VALIDATOR.is_valid({"config": {"nextcore:app": {"path": "."}, "aws:region": "eu-west-1"}})

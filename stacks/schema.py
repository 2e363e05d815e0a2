"""`python -m stacks.schema`: JSON Schema of a stack file, for editors. A test keeps settings.schema.json in step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stacks.settings import StackSettings

FILE = Path(__file__).with_name("settings.schema.json")


def schema() -> dict[str, Any]:
    """Of the whole file: `config` with the keys under `nextcore:`; other namespaces and the engine's own keys are free."""
    settings = StackSettings.model_json_schema(by_alias=True)
    definitions = settings.pop("$defs")
    properties = {f"nextcore:{name}": value for name, value in settings["properties"].items()}
    properties["nextcore:secrets"] = {
        "type": "object",
        "description": "Variables that are Pulumi secrets: pulumi config set --secret --path 'nextcore:secrets.NAME' VALUE",
    }
    properties["nextcore:apiSecrets"] = {
        "type": "object",
        "description": "The same for the API: pulumi config set --secret --path 'nextcore:apiSecrets.NAME' VALUE",
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stack of NextCore: stacks/Pulumi.<stack>.yaml",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": properties,
                "required": [f"nextcore:{name}" for name in settings["required"]],
                "patternProperties": {r"^(?!nextcore:)[^:]+:": True},
                "additionalProperties": False,
            }
        },
        "$defs": definitions,
    }


def text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())

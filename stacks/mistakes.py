"""What pydantic finds wrong with a stack's file, in words: where it stands, what was found, what is meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from nextcore.errors import UserError
from stacks.settings import StackSettings

NAMESPACE = "nextcore"
NOT_KNOWN = "extra_forbidden"


def told(error: dict[str, Any], file: str) -> UserError:
    """One entry of `ValidationError.errors()`; its values are of any type, hence Any."""
    path = [str(part) for part in error["loc"]]
    where = f"{file}, {NAMESPACE}:{'.'.join(path)}" if path else file
    if error["type"] == NOT_KNOWN:
        known = _names(path[:-1])
        near = difflib.get_close_matches(path[-1], known, 1)
        hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
        return UserError(f"unknown key `{path[-1]}`", where, hint)
    if error["type"] == "missing":
        return UserError("missing", where, "add it; the smallest file has `nextcore:app: {path: …}`")
    message = error["msg"].removeprefix("Value error, ")
    found = "" if isinstance(error["input"], dict | BaseModel) else f"found {error['input']!r}: "
    meaning = next((field.description for field in reversed([*_fields(path)]) if field.description), None)
    return UserError(f"{found}{message}", where, f"mend the value: {meaning}" if meaning else "mend the value")


def _names(path: list[str]) -> list[str]:
    """Keys that are allowed at `path`."""
    fields = [*_fields(path)]
    if len(fields) < len(path):
        return []
    model = _nested(fields[-1]) if fields else StackSettings
    return sorted(field.alias or name for name, field in model.model_fields.items()) if model else []


def _fields(path: list[str]) -> Iterator[FieldInfo]:
    """The fields along `path`, as far as models go: it may end inside a list or a map of values."""
    model: type[BaseModel] | None = StackSettings
    for part in path:
        fields = model.model_fields if model else {}
        field = next((field for name, field in fields.items() if part in (name, field.alias)), None)
        if field is None:
            return
        yield field
        model = _nested(field)


def _nested(field: FieldInfo) -> type[BaseModel] | None:
    kinds = [field.annotation, *get_args(field.annotation)]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)

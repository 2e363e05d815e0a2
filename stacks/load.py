"""From Pulumi's config to StackSettings: every mistake at once, with file, key, what was found and what is allowed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from nextcore.errors import UserError, UserErrors
from stacks.api_checks import api_errors
from stacks.cache_settings import URL, cache_errors, take_url, with_store
from stacks.settings import StackSettings

NAMESPACE = "nextcore"
NOT_KNOWN = "extra_forbidden"


class Loaded(NamedTuple):
    """Settings, and the values of `nextcore:secrets` (the app's) and `nextcore:apiSecrets` by name."""

    settings: StackSettings
    secrets: dict[str, str]
    api_secrets: dict[str, str]


def load_settings(config: Mapping[str, str], secret_keys: set[str], stack: str, app_path: str | None) -> Loaded:
    """All that a stack's file says.

    `config`: full key to value, as the engine gives them (JSON where it is not a string). `app_path` overrides
    `app.path` (`make up APP=…`). Raises UserErrors with every mistake.
    """
    file = f"stacks/Pulumi.{stack}.yaml"
    values = {
        key.removeprefix(f"{NAMESPACE}:"): _parsed(value) for key, value in config.items() if key.startswith(f"{NAMESPACE}:")
    }
    secrets, errors = _secrets(values, "secrets", secret_keys, file)
    api_secrets, more = _secrets(values, "apiSecrets", secret_keys, file)
    errors += more
    cache_url, more = take_url(values, f"{NAMESPACE}:cache" in secret_keys, file)
    errors += more
    if cache_url is not None:
        secrets = {**secrets, URL: cache_url}
    if URL in secrets:
        values["cache"] = with_store(values.get("cache"), secrets)
    if app_path:
        # The name of the file's app does not fit another app.
        values["app"] = {"path": app_path}
    if "release" in values and isinstance(values.get("app", {}), dict):
        values["app"] = {"path": ".", **values.get("app", {})}  # nothing is built
    try:
        settings = StackSettings.model_validate(values)
    except ValidationError as error:
        raise UserErrors(errors + [_told(dict(detail), values, file) for detail in error.errors()]) from None
    errors += [
        UserError(
            f"{name} is in `env` and holds a value of `secrets`",
            f"{file}, nextcore:env.{name}",
            "NEXT_PUBLIC_ values are public: remove it",
        )
        for name, value in settings.env.items()
        if name.startswith("NEXT_PUBLIC_") and value in {*secrets.values(), *api_secrets.values()}
    ]
    if settings.release is None and not (Path(settings.app.path) / "package.json").is_file():
        errors.append(
            UserError(
                f"there is no package.json in {settings.app.path}",
                "APP" if app_path else f"{file}, nextcore:app.path",
                "name the folder of a Next.js app",
            )
        )
    errors += api_errors(settings, secrets, api_secrets, file)
    errors += cache_errors(settings.cache, settings.env, secrets, file)
    if errors:
        raise UserErrors(errors)
    return Loaded(settings, secrets, api_secrets)


def _parsed(value: str) -> Any:
    try:
        parsed = json.loads(value)
    except ValueError:
        return value
    return parsed if isinstance(parsed, dict | list) else value


def _secrets(values: dict[str, Any], key: str, secret_keys: set[str], file: str) -> tuple[dict[str, str], list[UserError]]:
    """Taken out of `values`."""
    found, where = values.pop(key, {}), f"{file}, {NAMESPACE}:{key}"
    is_secret = f"{NAMESPACE}:{key}" in secret_keys
    if not found:
        return {}, []
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return {}, [
            UserError("secrets are names with texts", where, f"pulumi config set --secret --path '{NAMESPACE}:{key}.NAME' VALUE")
        ]
    if not is_secret:
        return {}, [
            UserError(
                "secrets stand in the file unencrypted",
                where,
                f"set each with: pulumi config set --secret --path '{NAMESPACE}:{key}.NAME'",
            )
        ]
    public = [name for name in found if name.startswith("NEXT_PUBLIC_")]
    return found, [
        UserError(f"{name} cannot be a secret: it is in every browser", where, "rename it without NEXT_PUBLIC_")
        for name in public
    ]


def _told(error: dict[str, Any], values: dict[str, Any], file: str) -> UserError:
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
    return UserError(f"{found}{message}", where, "mend the value")


def _names(path: list[str]) -> list[str]:
    """Keys that are allowed at `path`."""
    model: type[BaseModel] = StackSettings
    for part in path:
        field = next((f for name, f in model.model_fields.items() if part in (name, f.alias)), None)
        kinds = [field.annotation, *get_args(field.annotation)] if field else []
        nested = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if not nested:
            return []
        model = nested[0]
    return sorted(field.alias or name for name, field in model.model_fields.items())

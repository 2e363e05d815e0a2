"""From Pulumi's config to StackSettings: every mistake at once, with file, key, what was found and what is allowed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from nextcore.errors import UserError, UserErrors
from stacks.api_checks import api_errors
from stacks.cache_settings import URL, cache_errors, take_url, with_store
from stacks.mistakes import NAMESPACE, told
from stacks.settings import StackSettings


class Loaded(NamedTuple):
    """Settings, and the values of `nextcore:secrets` (the app's) and `nextcore:apiSecrets` by name."""

    settings: StackSettings
    secrets: dict[str, str]
    api_secrets: dict[str, str]


def engine_config(env: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
    """The stack's config as the engine hands it to the program: values by full key, and the keys that are secrets."""
    return json.loads(env.get("PULUMI_CONFIG", "{}")), set(json.loads(env.get("PULUMI_CONFIG_SECRET_KEYS", "[]")))


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
    else:
        errors += _app_folder(values.get("app"), "APP" if app_path else f"{file}, {NAMESPACE}:app.path")
    try:
        settings = StackSettings.model_validate(values)
    except ValidationError as error:
        raise UserErrors(errors + [told(dict(detail), file) for detail in error.errors()]) from None
    errors += [
        UserError(
            f"{name} is in `env` and holds a value of `secrets`",
            f"{file}, nextcore:env.{name}",
            "NEXT_PUBLIC_ values are public: remove it",
        )
        for name, value in settings.env.items()
        if name.startswith("NEXT_PUBLIC_") and value in {*secrets.values(), *api_secrets.values()}
    ]
    errors += api_errors(settings, secrets, api_secrets, file)
    errors += cache_errors(settings.cache, settings.env, secrets, file)
    if errors:
        raise UserErrors(errors)
    return Loaded(settings, secrets, api_secrets)


def _app_folder(app: object, where: str) -> list[UserError]:
    """What is wrong with the folder; nothing where the settings' own check tells it."""
    path = app.get("path") if isinstance(app, dict) else None
    if not isinstance(path, str) or (Path(path) / "package.json").is_file():
        return []
    return [UserError(f"there is no package.json in {path}", where, "name the folder of a Next.js app")]


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

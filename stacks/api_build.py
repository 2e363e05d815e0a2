"""Builds the stack's API, after the checks that need its source and the app's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nextcore.app_image import require_read_cache
from nextcore.go_api import GoSource
from nextcore.payload import NextCorePayload
from nextcore.prepare_api import ApiImageOptions, PreparedApi, prepare_api, require_api_env
from stacks.api_checks import SIGNING, refuse_shadowed
from stacks.settings import StackSettings
from stacks.wiring import api_env


def build_api(
    settings: StackSettings, secrets: Mapping[str, str], app: str, payload: NextCorePayload, work: Path, packages: Path, file: str
) -> PreparedApi | None:
    """None where the stack has no API. `packages`: the project's folder with the health probe; `file`: for errors."""
    api = settings.api
    if api is None:
        return None
    refuse_shadowed(payload, settings, file)
    given = {**api_env(settings), **secrets, **dict.fromkeys(SIGNING if settings.auth else ())}
    require_api_env(Path(api.path), given, file)
    if api.cache is not None:
        require_read_cache(f"{file}, nextcore:api.cache")
    source = GoSource(Path(api.path), api.package, api.tags)
    options = ApiImageOptions(
        settings.image.base, settings.image.labels, settings.image.compression, pushed=settings.registry is not None
    )
    return prepare_api(api.name or f"{app}-api", source, packages / "health-probe", work, payload.build.arch, options)

"""NextCorePayload: what the builder tells about an app. The schema lies in packages/distribution-builder/schema."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from nextcore.errors import UserError


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Native(_Part):
    name: str
    version: str
    files: tuple[str, ...]


class External(_Part):
    name: str
    version: str
    reason: str


class Executable(_Part):
    """SHA-256 in hex, size in bytes."""

    sha256: str
    size: int


class Build(_Part):
    id: str
    git_sha: str | None
    next_version: str
    bun_version: str
    builder_version: str
    arch: Literal["x64", "arm64"]
    source_fingerprint: str
    executable: Executable | None
    natives: tuple[Native, ...]
    externals: tuple[External, ...]


class I18nDomain(_Part):
    domain: str
    default_locale: str
    locales: tuple[str, ...]
    http: bool


class I18n(_Part):
    locales: tuple[str, ...]
    default_locale: str
    locale_detection: bool
    domains: tuple[I18nDomain, ...]


class App(_Part):
    name: str
    base_path: str
    asset_prefix: str
    trailing_slash: bool
    i18n: I18n | None = Field(alias="i18n")  # to_camel makes i18N of it
    images: dict[str, Any]  # next/image's own config, passed on as it is
    output: Literal["server", "export"]


class Route(_Part):
    """`revalidate` in seconds; False: never; None: does not apply."""

    path: str
    regex: str
    kind: Literal["SSR", "ISR", "SSG", "API"]
    runtime: Literal["nodejs", "edge"]
    revalidate: int | Literal[False] | None
    tags: tuple[str, ...]
    params: tuple[str, ...]
    ppr: bool


class Condition(_Part):
    type: Literal["header", "cookie", "query", "host"]
    key: str | None
    value: str | None


class Redirect(_Part):
    source: str
    destination: str
    status_code: int
    regex: str
    has: tuple[Condition, ...]
    missing: tuple[Condition, ...]
    internal: bool
    locale: bool | None


class Rewrite(_Part):
    source: str
    destination: str
    regex: str
    has: tuple[Condition, ...]
    missing: tuple[Condition, ...]


class Rewrites(_Part):
    before_files: tuple[Rewrite, ...]
    after_files: tuple[Rewrite, ...]
    fallback: tuple[Rewrite, ...]


class Header(_Part):
    key: str
    value: str


class HeaderRule(_Part):
    source: str
    regex: str
    headers: tuple[Header, ...]
    has: tuple[Condition, ...]
    missing: tuple[Condition, ...]


class Matcher(_Part):
    regex: str
    source: str
    has: tuple[Condition, ...]
    missing: tuple[Condition, ...]
    locale: bool | None


class Middleware(_Part):
    runtime: Literal["nodejs", "edge"]
    matchers: tuple[Matcher, ...]


NO_STORE = "no-store"  # cache_control of what nobody may keep, a service worker above all


class Asset(_Part):
    """A static file: URL path, file below dist/assets, SHA-256 in hex, size in bytes."""

    path: str
    file: str
    sha256: str
    size: int
    content_type: str
    cache_control: str
    immutable: bool


class Env(_Part):
    read: tuple[str, ...]
    public: tuple[str, ...]
    required: tuple[str, ...]
    at_runtime: dict[str, str | None] | None = None


class NextCorePayload(_Part):
    schema_version: Literal[1] = Field(alias="schemaVersion")
    build: Build
    app: App
    routes: tuple[Route, ...]
    redirects: tuple[Redirect, ...]
    rewrites: Rewrites
    headers: tuple[HeaderRule, ...]
    middleware: Middleware | None
    assets: tuple[Asset, ...]
    env: Env

    def route_table(self) -> dict[str, str]:
        """Path to kind, e.g. `{"/blog/[slug]": "ISR 60 s"}`: a preview shows what is added, removed and changed."""
        return {route.path: _kind_text(route) for route in self.routes}

    def route_summary(self) -> str:
        """For previews: `2 API, 1 ISR, 4 SSG, 3 SSR`."""
        kinds = Counter(route.kind for route in self.routes)
        return ", ".join(f"{kinds[kind]} {kind}" for kind in sorted(kinds)) or "none"


def _kind_text(route: Route) -> str:
    parts = [route.kind, "PPR" if route.ppr else "", "edge" if route.runtime == "edge" else ""]
    if route.kind == "ISR" and route.revalidate:
        parts.append(f"{route.revalidate} s")
    return " ".join(part for part in parts if part)


def load_payload(path: Path) -> NextCorePayload:
    """Read payload.json. UserError where it is missing or of another schema version."""
    try:
        return NextCorePayload.model_validate_json(path.read_text())
    except FileNotFoundError as error:
        raise UserError("the build left no payload", str(path), "build again") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(
            f"payload.json is not one of this version: {first['msg']}",
            f"{path}, {'.'.join(str(part) for part in first['loc'])}",
            "build again with the distribution-builder of this checkout",
        ) from error

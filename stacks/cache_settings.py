"""What may stand under `nextcore:cache`, and the variables that it becomes."""

from __future__ import annotations

from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from nextcore.errors import UserError
from stacks.base import Settings

URL = "NEXTCORE_CACHE_URL"
PREFIX = "NEXTCORE_CACHE_PREFIX"
DISTRIBUTION = "NEXTCORE_CDN_DISTRIBUTION"  # of CloudFront: what is revalidated is purged there
STORES: dict[str, Literal["redis", "s3"]] = {
    "redis": "redis",
    "rediss": "redis",
    "valkey": "redis",
    "valkeys": "redis",
    "s3": "s3",
}


class CacheSettings(Settings):
    """A cache that all instances of the app share: pages, fetches, results of `use cache`, revalidated tags."""

    store: Literal["redis", "s3", "none"] | None = Field(
        default=None, description="Default: what the URL says. none: nothing is shared, and no warning says so"
    )
    url: str | None = Field(
        default=None,
        description="redis://host:6379/0, rediss:// with TLS, s3://bucket/prefix?endpoint=https://…&region=… "
        "With a password: pulumi config set --secret --path nextcore:cache.url URL",
    )
    prefix: str | None = Field(
        default=None, min_length=1, description="Of all keys. Default: stack and app, so that no two stacks share content"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.url is None:
            return self
        known = STORES.get(urlsplit(self.url).scheme)
        if known is None:
            raise ValueError(f"the address of a cache begins with {', '.join(f'{name}://' for name in STORES)}")
        if self.store not in (None, "none", known):
            raise ValueError(f"store {self.store} and an address of {known} do not go together")
        return self


def take_url(values: dict[str, Any], is_secret: bool, file: str) -> tuple[str | None, list[UserError]]:
    """The cache's address where it is a secret, taken out of `values`; and what is wrong with it, without its password."""
    found = values.get("cache")
    if not isinstance(found, dict) or not isinstance(found.get("url"), str):
        return None, []
    url: str = found["url"]
    where, command = f"{file}, nextcore:cache.url", "pulumi config set --secret --path nextcore:cache.url URL"
    if not is_secret and not ("@" in url and urlsplit(url).password):
        return None, []
    values["cache"] = {key: value for key, value in found.items() if key != "url"}
    if not is_secret:
        return None, [UserError("the address holds a password and stands in the file unencrypted", where, command)]
    if urlsplit(url).scheme not in STORES:
        allowed = ", ".join(f"{name}://" for name in STORES)
        return None, [UserError(f"the address of a cache begins with {allowed}", where, command)]
    return (None if found.get("store") == "none" else url), []


def with_store(cache: Any, secrets: dict[str, str]) -> Any:
    """The block of an app whose address is a secret: that there is one shows in `store`."""
    store = STORES.get(urlsplit(secrets[URL]).scheme) if URL in secrets else None
    return {"store": store, **(cache or {})} if store and isinstance(cache or {}, dict) else cache


def cache_errors(cache: CacheSettings, env: dict[str, str], secrets: dict[str, str], file: str) -> list[UserError]:
    """A store without an address."""
    if cache.store in (None, "none") or cache.url or URL in env or URL in secrets:
        return []
    return [UserError(f"store {cache.store} has no address", f"{file}, nextcore:cache", "give `url`, or `store: none`")]


def cache_env(cache: CacheSettings, stack: str, app: str) -> dict[str, str]:
    """Plain variables of the container. An address that is a secret is among the secrets."""
    if cache.store == "none" or (cache.store is None and cache.url is None):
        return {}
    address = {URL: cache.url} if cache.url else {}
    return {**address, PREFIX: cache.prefix or f"{stack}:{app}"}


def is_shared(cache: CacheSettings, env: dict[str, str]) -> bool:
    """Whether instances share a cache."""
    return URL in env or (cache.store != "none" and (cache.store is not None or cache.url is not None))

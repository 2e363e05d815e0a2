"""The address of the shared cache: plain, or a secret that is never shown; and what is said where there is none."""

import json
from pathlib import Path

import pytest

from nextcore.errors import UserErrors
from nextcore.shared_cache import unshared_warning
from stacks.cache_settings import CacheSettings, cache_env, is_shared
from stacks.load import Loaded, load_settings
from tests.payloads import payload, route


@pytest.fixture
def app(tmp_path: Path) -> str:
    (tmp_path / "package.json").write_text("{}")
    return str(tmp_path)


def load(app: str, cache: object, *, secret: bool = False, **more: object) -> Loaded:
    texts = {f"nextcore:{key}": json.dumps(value) for key, value in {"app": {"path": app}, "cache": cache, **more}.items()}
    return load_settings(texts, {"nextcore:cache"} if secret else set(), "prod", None)


@pytest.mark.parametrize("url", ["redis://cache:6379/0", "rediss://cache.example.com", "s3://bucket/isr?endpoint=http://s3:7070"])
def test_a_plain_address_is_a_variable(app: str, url: str) -> None:
    settings, secrets, _ = load(app, {"url": url})
    assert cache_env(settings.cache, "prod", "shop") == {"NEXTCORE_CACHE_URL": url, "NEXTCORE_CACHE_PREFIX": "prod:shop"}
    assert secrets == {}


def test_a_secret_address_is_a_secret_variable_and_nowhere_else(app: str) -> None:
    settings, secrets, _ = load(app, {"url": "rediss://:s3cret@cache:6380", "prefix": "mine"}, secret=True)
    assert secrets == {"NEXTCORE_CACHE_URL": "rediss://:s3cret@cache:6380"}
    assert cache_env(settings.cache, "prod", "shop") == {"NEXTCORE_CACHE_PREFIX": "mine"}
    assert is_shared(settings.cache, {})
    assert "s3cret" not in repr(settings)


def test_an_address_among_the_apps_secrets_counts_as_well(app: str) -> None:
    texts = {
        "nextcore:app": json.dumps({"path": app}),
        "nextcore:secrets": json.dumps({"NEXTCORE_CACHE_URL": "redis://:x@cache"}),
    }
    settings, *_ = load_settings(texts, {"nextcore:secrets"}, "prod", None)
    assert is_shared(settings.cache, {})
    assert cache_env(settings.cache, "prod", "shop") == {"NEXTCORE_CACHE_PREFIX": "prod:shop"}


@pytest.mark.parametrize(
    ("cache", "secret", "said"),
    [
        ({"url": "redis://user:s3cret@cache"}, False, "holds a password"),
        ({"url": "memcached://user:s3cret@cache"}, True, "begins with redis://"),
        ({"url": "memcached://cache"}, False, "begins with redis://"),
        ({"url": "redis://cache", "store": "s3"}, False, "do not go together"),
        ({"store": "redis"}, False, "has no address"),
        ({"ulr": "redis://cache"}, False, "did you mean `url`?"),
    ],
)
def test_mistakes_name_the_key_and_no_password(app: str, cache: object, secret: bool, said: str) -> None:
    with pytest.raises(UserErrors) as caught:
        load(app, cache, secret=secret)
    assert said in str(caught.value)
    assert "nextcore:cache" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_store_none_turns_it_off(app: str) -> None:
    for secret in (False, True):
        settings, secrets, _ = load(app, {"url": "redis://cache", "store": "none"}, secret=secret)
        assert cache_env(settings.cache, "prod", "shop") == {}
        assert "NEXTCORE_CACHE_URL" not in secrets


def test_nothing_given_changes_nothing(app: str) -> None:
    assert cache_env(CacheSettings(), "prod", "shop") == {}
    assert not is_shared(CacheSettings(), {})


def test_the_warning_names_routes_and_what_to_do() -> None:
    parts = payload(routes=[route(path, "ISR") for path in "abcde"] + [route("/x", "SSR")])
    warning = unshared_warning(parts, 10)
    assert warning is not None
    assert "a, b, c and 2 more" in warning
    assert "up to 10 instances" in warning
    assert "nextcore:cache.url" in warning
    assert "any number of instances" in (unshared_warning(parts, 0) or "")


def test_no_warning_for_one_instance_or_without_isr() -> None:
    assert unshared_warning(payload(routes=[route("/", "ISR")]), 1) is None
    assert unshared_warning(payload(routes=[route("/", "SSG"), route("/x", "SSR")]), 10) is None

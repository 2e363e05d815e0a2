"""Settings of the API and its surroundings: mistakes with file and key, and what the parts tell each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nextcore.app_image import require_read_cache
from nextcore.caddyfile import ApiRoute, ReadCache
from nextcore.errors import UserError, UserErrors
from stacks import wiring
from stacks.api_checks import api_errors, refuse_shadowed
from stacks.settings import StackSettings
from tests.conftest import need
from tests.payloads import payload, route


@pytest.fixture
def module(tmp_path: Path) -> str:
    need("go")
    (tmp_path / "go.mod").write_text("module example.com/api\n\ngo 1.26.0\n")
    return str(tmp_path)


def settings(**given: Any) -> StackSettings:
    return StackSettings.model_validate({"app": {"path": "."}, **given})


def told(found: StackSettings, secrets: dict[str, str] | None = None, api_secrets: dict[str, str] | None = None) -> str:
    return "\n".join(str(error) for error in api_errors(found, secrets or {}, api_secrets or {}, "stacks/Pulumi.test.yaml"))


BUCKETS = {"originals": "shop-originals", "derived": "shop-derived", "endpoint": "http://s3.local:7070"}
ON_AWS = {"originals": "shop-originals", "derived": "shop-derived", "region": "eu-central-1"}
PROVIDER = "arn:aws:iam::123456789012:oidc-provider/issuer.example"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cors": {"origins": ["*"], "credentials": True}}, "acts? for a signed-in user"),
        ({"cors": {"origins": ["https://shop.example/path"]}}, "an origin is scheme, host and port"),
        ({"cors": {"origins": ["shop.example"]}}, r"shop\.example: an origin is"),
        ({"api": {"path": ".", "route": "/api"}}, "route"),
        ({"api": {"path": ".", "host": "https://api.example.com"}}, "host"),
        ({"api": {"path": ".", "packge": "x"}}, "packge"),
        ({"api": {"path": ".", "cache": {"paths": []}}}, "paths"),
        ({"api": {"path": ".", "cache": {"paths": ["api/photos"]}}}, "paths"),
        ({"api": {"path": ".", "cache": {"paths": ["/api/photos {"]}}}, "paths"),
        ({"api": {"path": ".", "cache": {"paths": ["/api/photos"], "seconds": 0}}}, "seconds"),
        ({"auth": {"overlap": "a week"}}, "overlap"),
        ({"imageBuckets": {"originals": "one-bucket", "derived": "one-bucket"}}, "two buckets"),
        ({"imageBuckets": {"originals": "one-bucket", "derived": "two-buckets"}}, "need a region"),
        ({"imageBuckets": {**BUCKETS, "role": {"oidcProvider": PROVIDER}}}, "role is AWS IAM's"),
        ({"imageBuckets": {**ON_AWS, "principal": "a", "role": {"oidcProvider": PROVIDER}}}, "two identities"),
        ({"imageBuckets": {**ON_AWS, "role": {"oidcProvider": "https://issuer.example"}}}, "oidcProvider"),
        ({"imageBuckets": {"originals": "Bad_Name", "derived": "good-name"}}, "originals"),
    ],
)
def test_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settings(**given)


def test_all_mistakes_between_the_parts_at_once(tmp_path: Path) -> None:
    found = settings(
        api={"path": str(tmp_path / "nothing"), "host": "a.example.com", "env": {"PORT": "1"}},
        domains=["a.example.com"],
        auth={},
    )
    text = told(found, {"NEXTAUTH_SECRET": "short"}, {"JWT_SECRET": "x" * 40})
    for part in ("there is no folder", "a.example.com is the app's", "PORT is set by NextCore", "JWT_SECRET comes from `auth`"):
        assert part in text
    assert "NEXTAUTH_SECRET has 5 bytes; HS256 needs 32" in text
    assert text.count("stacks/Pulumi.test.yaml, nextcore:") == 5
    assert "x" * 40 not in text and "short" not in text


def test_what_is_for_an_api_needs_one() -> None:
    text = told(
        settings(imageBuckets={"originals": "ori-ginals", "derived": "de-rived", "region": "x"}), {}, {"DATABASE_URL": "x"}
    )
    assert "imageBuckets is for the API" in text and "apiSecrets is for the API" in text


def test_a_good_stack_has_no_mistakes(module: str) -> None:
    assert told(settings(api={"path": module}, auth={}), {}, {"DATABASE_URL": "x"}) == ""


def test_routes_that_the_api_would_hide() -> None:
    app = payload(routes=[route("/", "SSG"), route("/api/me", "API"), route("/apiary", "SSG"), route("/v1", "SSR")])
    found = settings(api={"path": "."})
    with pytest.raises(UserErrors, match=r"the app has /api/me, which"):
        refuse_shadowed(app, found, "file")
    with pytest.raises(UserErrors, match=r"the app has /v1, which"):
        refuse_shadowed(app, settings(api={"path": ".", "route": "/v1/*"}), "file")
    refuse_shadowed(app, settings(api={"path": ".", "route": "/v2/*"}), "file")
    refuse_shadowed(app, settings(api={"path": ".", "host": "api.example.com"}), "file")
    refuse_shadowed(app, settings(), "file")


def test_addresses_on_one_host() -> None:
    found = settings(domains=["shop.example"], api={"path": "."}, imageBuckets=BUCKETS, auth={"issuer": "shop"})
    assert wiring.front_end_env(found) == {
        "NEXT_PUBLIC_API_BASE_URL": "https://shop.example/api",
        "NEXT_PUBLIC_IMAGE_BASE": "https://shop.example/_images",
        "NEXTAUTH_URL": "https://shop.example",
        "JWT_ISSUER": "shop",
    }
    assert wiring.api_paths(found) == ("/api/*", "/_images/*")
    env = wiring.api_env(found)
    assert env["S3_ENDPOINT"] == "http://s3.local:7070" and env["S3_PATH_STYLE"] == "true"
    assert env["IMAGE_BASE"] == "https://shop.example/_images"
    assert env["JWT_ISSUER"] == "shop"


def test_addresses_with_a_host_of_its_own_and_a_cdn() -> None:
    found = settings(
        domains=["shop.example"],
        api={"path": ".", "host": "api.shop.example"},
        imageBuckets={**BUCKETS, "base": "https://img.shop.example/"},
    )
    env = wiring.front_end_env(found)
    assert env["NEXT_PUBLIC_API_BASE_URL"] == "https://api.shop.example"
    assert env["NEXT_PUBLIC_IMAGE_BASE"] == "https://img.shop.example"
    assert wiring.api_paths(found) == ()


def test_without_a_domain() -> None:
    found = settings(proxy={"httpPort": 8123}, api={"path": ".", "host": "api.localhost"})
    assert wiring.api_url(found) == "http://api.localhost:8123"
    assert wiring.origins(found) == ("http://localhost:8123",)


def test_origins_are_the_domains_and_what_is_named() -> None:
    found = settings(domains=["a.example", "b.example"], api={"path": "."}, cors={"origins": ["http://localhost:3000"]})
    assert wiring.api_env(found)["CORS_ALLOWED_ORIGINS"] == "https://a.example,https://b.example,http://localhost:3000"
    assert wiring.api_env(found)["CORS_ALLOW_CREDENTIALS"] == "false"


def test_the_stacks_own_values_win() -> None:
    found = settings(
        api={"path": ".", "env": {"CORS_ALLOWED_ORIGINS": "https://x.example"}}, env={"NEXT_PUBLIC_API_BASE_URL": "/v9"}
    )
    assert wiring.api_env(found)["CORS_ALLOWED_ORIGINS"] == "https://x.example"
    assert wiring.public_env(found) == {"NEXT_PUBLIC_API_BASE_URL": "/v9"}


def test_the_default_policy_lets_pages_reach_what_has_no_https() -> None:
    found = wiring.content_security_policy(settings(api={"path": "."}, imageBuckets=BUCKETS))
    assert found is not None and "connect-src 'self' http://s3.local:7070 https:" in found
    own = settings(api={"path": "."}, imageBuckets=BUCKETS, proxy={"contentSecurityPolicy": "default-src 'none'"})
    assert wiring.content_security_policy(own) == "default-src 'none'"
    https = settings(api={"path": "."}, imageBuckets={**BUCKETS, "endpoint": "https://s3.example"})
    assert wiring.content_security_policy(https) == settings().proxy.content_security_policy


def test_reads_are_kept_below_the_route_alone(module: str) -> None:
    cache = {"paths": ["/api/photos/*", "/v2/photos"]}
    text = told(settings(api={"path": module, "cache": cache}))
    assert "/v2/photos: not below /api/" in text and "nextcore:api.cache.paths" in text and "/api/photos" not in text
    host = settings(api={"path": module, "host": "api.shop.example", "cache": cache})
    assert told(host) == ""
    route = wiring.api_route(settings(api={"path": ".", "cache": {"paths": ["/api/photos"], "seconds": 5}}), "shop-api")
    assert route == ApiRoute("shop-api", ("/api/*",), ReadCache(("/api/photos",), 5))
    assert wiring.api_route(host, "shop-api") is None and wiring.read_cache(host) == ReadCache(tuple(cache["paths"]), 30)
    assert wiring.read_cache(settings(api={"path": "."})) is None


def test_a_caddy_that_cannot_keep_reads_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    caddy = tmp_path / "bin/caddy"
    caddy.parent.mkdir()
    caddy.write_text("#!/bin/sh\necho http.handlers.reverse_proxy\n")
    caddy.chmod(0o755)
    monkeypatch.setenv("NEXTCORE_CACHE", str(tmp_path))
    with pytest.raises(UserError, match=r"has no module http\.handlers\.read_cache(.|\n)*nextcore:api\.cache(.|\n)*make setup"):
        require_read_cache("nextcore:api.cache")


CLUSTER = {"target": "knative", "registry": "registry.example/team", "s3": {"bucket": "shop-files"}}


def test_on_a_cluster_the_public_host_must_be_known(module: str) -> None:
    text = told(settings(**CLUSTER, api={"path": module}))
    assert "needs the app's public host" in text and "nextcore:domains" in text
    assert told(settings(**CLUSTER, api={"path": module}, domains=["shop.example"])) == ""


def test_cloudfront_answers_derived_images_of_aws(module: str) -> None:
    given: dict[str, Any] = {**CLUSTER, "domains": ["shop.example"], "cdn": {"origin": "gateway.example"}}
    given |= {"api": {"path": module, "host": "api.shop.example"}, "imageBuckets": ON_AWS}
    found = settings(**given)
    assert told(found) == ""
    assert wiring.images_by_cdn(found) and wiring.api_paths(found) == ()
    assert wiring.front_end_env(found)["NEXT_PUBLIC_IMAGE_BASE"] == "https://shop.example/_images"
    with pytest.raises(UserErrors, match="the app has /_images/a"):
        refuse_shadowed(payload(routes=[route("/_images/a", "API")]), found, "file")
    elsewhere = settings(**{**given, "imageBuckets": BUCKETS})
    assert not wiring.images_by_cdn(elsewhere) and "nothing leads /_images/*" in told(elsewhere)
    assert not wiring.images_by_cdn(settings(**{**given, "cdn": "none"}))
    assert not wiring.images_by_cdn(settings(**{**given, "imageBuckets": {**ON_AWS, "base": "https://img.example"}}))


def test_a_role_needs_a_cluster_and_no_keys(module: str) -> None:
    given: dict[str, Any] = {"api": {"path": module}, "imageBuckets": {**ON_AWS, "role": {"oidcProvider": PROVIDER}}}
    on_docker = told(settings(**given), {}, {"S3_ACCESS_KEY_ID": "AKIA"})
    assert "no ServiceAccount" in on_docker and "S3_ACCESS_KEY_ID would go before the role" in on_docker
    assert "AKIA" not in on_docker
    assert told(settings(**CLUSTER, domains=["shop.example"], **given), {}, {"DATABASE_URL": "x"}) == ""


@pytest.mark.parametrize("change", [{"api": {"host": "api.shop.example"}}, {"routing": {"kind": "none"}}])
def test_on_a_cluster_reads_are_kept_by_its_caddy(module: str, change: dict[str, Any]) -> None:
    api = {"path": module, "cache": {"paths": ["/api/photos"]}}
    given: dict[str, Any] = {**CLUSTER, "domains": ["shop.example"], "api": api}
    assert told(settings(**given)) == ""
    changed = {**given, **change, "api": {**api, **change.get("api", {})}}
    assert "this API is reached without it" in told(settings(**changed))


def test_on_a_cluster_a_path_needs_the_routing(module: str) -> None:
    given: dict[str, Any] = {**CLUSTER, "domains": ["shop.example"], "routing": {"kind": "none"}}
    assert "nothing leads /api/* to the API" in told(settings(**given, api={"path": module}))
    assert told(settings(**given, api={"path": module, "host": "api.shop.example"})) == ""

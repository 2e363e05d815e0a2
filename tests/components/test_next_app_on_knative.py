"""What one app on a cluster is declared as."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.api_parts import ApiParts
from components.next_app_on_knative import NextAppOnKnative, NextAppOnKnativeArgs
from nextcore.distribution import Distribution
from nextcore.go_api import GoBinary
from nextcore.oci.image import BuiltImage
from nextcore.oci.layout import Layout
from nextcore.prepare import Prepared
from nextcore.prepare_api import PreparedApi
from stacks.settings import StackSettings
from tests.components.conftest import Recorder
from tests.payloads import payload, route

Declared = Callable[[Callable[[], object]], Recorder]
SERVICE = "kubernetes:serving.knative.dev/v1:Service"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SETTINGS = {
    "app": {"path": "."},
    "target": "knative",
    "registry": "http://registry.example/team",
    "s3": {"bucket": "shop-files", "endpoint": "http://s3.example:7070"},
}


@pytest.fixture
def built(distribution: Distribution, image: BuiltImage) -> Prepared:
    layout = Layout(image.folder, "sha256:" + "cd" * 32, 10)
    return Prepared("shop", distribution, image, layout, image, layout)


def args(built: Prepared, **settings: Any) -> NextAppOnKnativeArgs:
    return NextAppOnKnativeArgs(built, StackSettings.model_validate({**SETTINGS, **settings}), None)


def test_the_service_runs_the_pushed_image_by_digest(declared: Declared, built: Prepared) -> None:
    recorded = declared(lambda: NextAppOnKnative("shop", args(built)))
    (container,) = recorded.one(SERVICE)["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"registry.example/team/shop@sha256:{'cd' * 32}"


def test_routing_by_caddy_reads_the_bucket_and_the_bucket_lets_it(declared: Declared, built: Prepared) -> None:
    recorded = declared(lambda: NextAppOnKnative("shop", args(built)))
    caddyfile = recorded.one("kubernetes:core/v1:ConfigMap", "routing-config")["data"]["Caddyfile"]
    assert "rewrite * /shop-files/shop{uri}" in caddyfile
    assert "reverse_proxy http://s3.example:7070" in caddyfile
    policy = json.loads(recorded.one("aws:s3/bucketPolicy:BucketPolicy")["policy"])
    assert policy["Statement"][0]["Resource"] == "arn:aws:s3:::shop-files/shop/*"
    assert policy["Statement"][0]["Action"] == "s3:GetObject"
    assert recorded.one(DEPLOYMENT)["spec"]["replicas"] == 2


def test_without_routing_nothing_is_public(declared: Declared, built: Prepared) -> None:
    recorded = declared(lambda: NextAppOnKnative("shop", args(built, routing={"kind": "none"})))
    assert "aws:s3/bucketPolicy:BucketPolicy" not in recorded.tokens()
    assert DEPLOYMENT not in recorded.tokens()


def test_a_cdn_takes_the_place_of_routing(declared: Declared, built: Prepared) -> None:
    settings = {"s3": {"bucket": "shop-files"}, "cdn": {"origin": "gateway.example.com"}}
    recorded = declared(lambda: NextAppOnKnative("shop", args(built, **settings)))
    assert "aws:cloudfront/distribution:Distribution" in recorded.tokens()
    assert DEPLOYMENT not in recorded.tokens()


@pytest.mark.parametrize("missing", ["registry", "s3"])
def test_a_cluster_needs_a_registry_and_a_bucket(missing: str) -> None:
    with pytest.raises(ValueError, match=f"target knative needs {missing}"):
        StackSettings.model_validate({key: value for key, value in SETTINGS.items() if key != missing})


def test_the_url_is_the_first_domain(declared: Declared, built: Prepared) -> None:
    urls: list[str] = []

    def program() -> pulumi.Output[None]:
        return NextAppOnKnative("shop", args(built, domains=["shop.example.com"])).url.apply(urls.append)

    declared(program)
    assert urls == ["https://shop.example.com"]


def test_an_ingress_leads_to_caddy(declared: Declared, built: Prepared) -> None:
    ingress = {"className": "nginx", "tlsSecret": "shop-tls", "annotations": {"a.example/b": "c"}}
    settings = {"routing": {"kind": "ingress", "ingress": ingress}, "domains": ["shop.example.com"]}
    made = declared(lambda: NextAppOnKnative("shop", args(built, **settings))).one("kubernetes:networking.k8s.io/v1:Ingress")
    (rule,) = made["spec"]["rules"]
    assert rule["host"] == "shop.example.com"
    assert rule["http"]["paths"][0]["backend"]["service"] == {"name": "shop-routing", "port": {"number": 80}}
    assert made["spec"]["tls"] == [{"secretName": "shop-tls", "hosts": ["shop.example.com"]}]
    assert made["metadata"]["annotations"] == {"a.example/b": "c"}


def test_a_gateways_route_leads_to_caddy_and_must_be_accepted(declared: Declared, built: Prepared) -> None:
    gateway = {"name": "edge", "namespace": "gateways"}
    settings = {"routing": {"kind": "gateway", "gateway": gateway}, "domains": ["shop.example.com"]}
    recorded = declared(lambda: NextAppOnKnative("shop", args(built, **settings)))
    made = recorded.one("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute")
    assert made["spec"]["parentRefs"] == [{"name": "edge", "namespace": "gateways"}]
    assert made["spec"]["hostnames"] == ["shop.example.com"]
    assert made["spec"]["rules"][0]["backendRefs"] == [{"name": "shop-routing", "port": 80}]
    assert "Accepted" in made["metadata"]["annotations"]["pulumi.com/waitFor"]


def test_a_gateway_must_be_named() -> None:
    with pytest.raises(ValueError, match="kind gateway needs gateway"):
        StackSettings.model_validate({**SETTINGS, "routing": {"kind": "gateway"}})


def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_rest: said.append(text))
    return said


def with_isr(built: Prepared) -> Prepared:
    parts = payload(routes=[route("/news", "ISR")])
    return replace(built, distribution=replace(built.distribution, payload=parts))


@pytest.mark.parametrize("scale", [{}, {"maxScale": 0}])
def test_isr_on_several_instances_without_a_cache_is_warned(
    declared: Declared, built: Prepared, monkeypatch: pytest.MonkeyPatch, scale: dict[str, int]
) -> None:
    said = warnings(monkeypatch)
    declared(lambda: NextAppOnKnative("shop", args(with_isr(built), knative={"scale": scale})))
    assert len(said) == 1 and "/news" in said[0]


@pytest.mark.parametrize(
    "settings",
    [
        {"knative": {"scale": {"maxScale": 1}}},
        {"cache": {"url": "redis://cache"}},
        {"cache": {"store": "none"}},
        {"env": {"NEXTCORE_CACHE_URL": "redis://cache"}},
    ],
)
def test_no_warning_where_nothing_is_lost(
    declared: Declared, built: Prepared, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    said = warnings(monkeypatch)
    declared(lambda: NextAppOnKnative("shop", args(with_isr(built), **settings)))
    assert said == []


def test_the_shared_cache_reaches_the_container(declared: Declared, built: Prepared) -> None:
    recorded = declared(lambda: NextAppOnKnative("shop", args(built, cache={"url": "redis://cache:6379"})))
    variables = recorded.one("kubernetes:core/v1:ConfigMap", "app-environment-config")["data"]
    assert variables["NEXTCORE_CACHE_URL"] == "redis://cache:6379"
    assert variables["NEXTCORE_CACHE_PREFIX"] == "test:shop"


PURGED = {
    "s3": {"bucket": "shop-files"},
    "cdn": {"origin": "gateway.example.com"},
    "cache": {"url": "redis://cache:6379"},
}


def test_an_app_that_shares_a_cache_behind_a_cdn_knows_what_to_purge(declared: Declared, built: Prepared) -> None:
    found = with_isr(built)

    def program() -> None:
        NextAppOnKnative("shop", replace(args(found, **PURGED), secrets=pulumi.Output.secret({"TOKEN": "t0p"})))

    recorded = declared(program)
    data = recorded.one("kubernetes:core/v1:Secret")["data"]["value"]  # the engine's envelope of a secret
    assert {name: base64.b64decode(value).decode() for name, value in data.items()} == {
        "NEXTCORE_CDN_DISTRIBUTION": "cdn-id",
        "TOKEN": "t0p",
    }


@pytest.mark.parametrize(
    "without",
    [
        {"cache": {"store": "none"}},
        {"cdn": {"origin": "gateway.example.com", "purgeRevalidated": False}},
        {"env": {"NEXTCORE_CDN_DISTRIBUTION": "E1OFTHEIRS"}},
    ],
)
def test_an_app_purges_nothing_unasked(declared: Declared, built: Prepared, without: dict[str, Any]) -> None:
    recorded = declared(lambda: NextAppOnKnative("shop", args(with_isr(built), **{**PURGED, **without})))
    assert "kubernetes:core/v1:Secret" not in recorded.tokens()


def test_no_page_at_the_edge_is_nothing_to_purge(declared: Declared, built: Prepared) -> None:
    found = replace(built, distribution=replace(built.distribution, payload=payload(routes=[route("/", "SSR")])))
    recorded = declared(lambda: NextAppOnKnative("shop", args(found, **PURGED)))
    assert "kubernetes:core/v1:Secret" not in recorded.tokens()


def test_a_service_account_may_stand_for_a_role(declared: Declared, built: Prepared) -> None:
    annotations = {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/shop"}
    recorded = declared(lambda: NextAppOnKnative("shop", args(built, knative={"serviceAccountAnnotations": annotations})))
    assert recorded.one("kubernetes:core/v1:ServiceAccount")["metadata"]["annotations"] == annotations


def with_api(built: Prepared, image: BuiltImage, **settings: Any) -> NextAppOnKnativeArgs:
    layout = Layout(image.folder, "sha256:" + "12" * 32, 10)
    binary = GoBinary(image.folder / "api", "0" * 64, 10, "example.com/api", "./cmd/api", "x64", False)
    parts = ApiParts(PreparedApi("shop-api", binary, image, layout), pulumi.Output.secret({"DATABASE_URL": "t0p"}))
    given = {"domains": ["shop.example"], "api": {"path": ".", "warmInstances": 2, "health": "/ok"}, **settings}
    return replace(args(built, **given), api=parts)


def test_an_api_is_a_service_of_its_own_before_the_apps(declared: Declared, built: Prepared, image: BuiltImage) -> None:
    recorded = declared(lambda: NextAppOnKnative("shop", with_api(built, image)))
    names = [resource.name for resource in recorded.resources]
    assert names.index("app-namespace") < names.index("api-service") < names.index("app-service")
    assert names.count("app-namespace") == 1 and "api-namespace" not in names
    service = recorded.one(SERVICE, "api-service")
    assert service["metadata"]["name"] == "shop-api" and service["metadata"]["namespace"] == "shop"
    template = service["spec"]["template"]
    assert template["metadata"]["annotations"]["autoscaling.knative.dev/min-scale"] == "2"
    (container,) = template["spec"]["containers"]
    assert container["ports"] == [{"name": "http1", "containerPort": 8080}]
    assert container["readinessProbe"]["httpGet"] == {"path": "/ok", "port": 8080}
    assert "t0p" not in repr(service)


def test_the_routing_leads_to_the_api_and_the_app_knows_where_it_is(
    declared: Declared, built: Prepared, image: BuiltImage
) -> None:
    recorded = declared(lambda: NextAppOnKnative("shop", with_api(built, image)))
    assert "@api path /api/*" in recorded.one("kubernetes:core/v1:ConfigMap", "routing-config")["data"]["Caddyfile"]
    env = recorded.one("kubernetes:core/v1:ConfigMap", "app-environment-config")["data"]
    assert env["API_INTERNAL_URL"] == "http://shop-api.shop.svc.cluster.local"
    assert env["NEXT_PUBLIC_API_BASE_URL"] == "https://shop.example/api"


def test_an_api_with_a_host_of_its_own_has_a_domain(declared: Declared, built: Prepared, image: BuiltImage) -> None:
    own = {"path": ".", "host": "api.shop.example"}
    recorded = declared(lambda: NextAppOnKnative("shop", with_api(built, image, api=own)))
    mapping = recorded.one("kubernetes:serving.knative.dev/v1beta1:DomainMapping")
    assert mapping["metadata"]["name"] == "api.shop.example"
    assert mapping["spec"]["ref"]["name"] == "shop-api"
    assert "@api" not in recorded.one("kubernetes:core/v1:ConfigMap", "routing-config")["data"]["Caddyfile"]


ROLE_BUCKETS = {
    "originals": "shop-originals",
    "derived": "shop-derived",
    "region": "eu-central-1",
    "role": {"oidcProvider": "arn:aws:iam::123456789012:oidc-provider/issuer.example"},
}


def test_the_apis_account_has_the_role_and_the_apps_has_none(declared: Declared, built: Prepared, image: BuiltImage) -> None:
    recorded = declared(lambda: NextAppOnKnative("shop", with_api(built, image, imageBuckets=ROLE_BUCKETS)))
    role = recorded.one("aws:iam/role:Role", "shop-api")
    assert "system:serviceaccount:shop:shop-api" in role["assumeRolePolicy"]
    account = recorded.one("kubernetes:core/v1:ServiceAccount", "api-account")
    assert account["metadata"]["name"] == "shop-api"
    assert list(account["metadata"]["annotations"]) == ["eks.amazonaws.com/role-arn"]
    assert "annotations" not in recorded.one("kubernetes:core/v1:ServiceAccount", "app-account")["metadata"]
    names = [resource.name for resource in recorded.resources]
    assert names.index("shop-api-buckets") < names.index("api-account") < names.index("api-service")


def test_without_a_role_nothing_of_iam_is_made(declared: Declared, built: Prepared, image: BuiltImage) -> None:
    plain = {name: value for name, value in ROLE_BUCKETS.items() if name != "role"}
    recorded = declared(lambda: NextAppOnKnative("shop", with_api(built, image, imageBuckets=plain)))
    assert not [resource for resource in recorded.resources if resource.token.startswith("aws:iam/")]

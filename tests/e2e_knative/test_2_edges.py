"""Before the routing's Caddy: an Ingress and a Gateway's route, asked through the cluster's own Envoy by the app's domain."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.e2e.looking import CHUNK, until
from tests.e2e_knative.conftest import NAME, Deployment, ask

DOMAIN = "shop.example"
KINDS = {
    "ingress": {"kind": "ingress", "ingress": {"className": "contour"}},
    "gateway": {"kind": "gateway", "gateway": {"name": "knative-external", "namespace": "contour-external"}},
}
OBJECTS = {"ingress": "ingress.networking.k8s.io", "gateway": "httproute.gateway.networking.k8s.io"}


@pytest.fixture(scope="module", autouse=True)
def _as_before(deployment: Deployment) -> Iterator[None]:
    yield
    deployment.stack.up()


@pytest.fixture(scope="module", params=list(KINDS))
def routed(request: pytest.FixtureRequest, deployment: Deployment) -> Iterator[str]:
    """The stack with this kind of routing, known to Envoy."""
    kind: str = request.param
    with deployment.setting(routing=KINDS[kind], domains=[DOMAIN]):
        deployment.stack.up()
        until(lambda: ask(DOMAIN, "/plain.txt")[0] == 200, 30, f"Envoy knows the {kind}")
        yield kind


def test_only_the_wanted_object_leads_to_caddy(deployment: Deployment, routed: str) -> None:
    assert deployment.output("url") == f"https://{DOMAIN}"
    for kind, name in OBJECTS.items():
        # Knative's own routes are HTTPRoutes of this namespace as well.
        found = [item["metadata"]["name"] for item in deployment.get(name)["items"]]
        assert (NAME in found) == (kind == routed), found


def test_pages_and_posts_reach_the_app(deployment: Deployment, routed: str) -> None:
    status, page = ask(DOMAIN, "/products/lamp")
    assert status == 200
    assert CHUNK.search(page)
    status, answer = ask(DOMAIN, "/api/revalidate?path=/about", method="POST")
    assert status == 200
    assert json.loads(answer) == {"path": "/about", "tag": None}
    assert ask(DOMAIN, "/_nextcore/health")[0] == 404
    assert ask(f"other.{DOMAIN}", "/products/lamp")[0] == 404, "other hosts are somebody else's"


def test_static_files_come_from_the_bucket_and_wake_nobody(deployment: Deployment, routed: str) -> None:
    chunks = sorted(set(CHUNK.findall(ask(DOMAIN, "/")[1])))
    assert chunks
    assert deployment.sleeps(), "the app is not scaled to zero"
    for path in (*chunks, "/images/lamp.png", "/plain.txt"):
        assert ask(DOMAIN, path)[0] == 200, path
    assert deployment.pods() == 0, "a static file woke the app"
    assert ask(DOMAIN, "/products/lamp")[0] == 200
    assert deployment.pods() == 1


def test_a_second_up_changes_nothing_also_after_a_refresh(deployment: Deployment, routed: str) -> None:
    assert set(deployment.stack.up().summary.resource_changes or {}) == {"same"}
    deployment.stack.refresh()
    assert set(deployment.stack.preview().change_summary) == {"same"}

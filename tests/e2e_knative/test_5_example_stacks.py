"""The stacks that are shipped as examples preview as they stand: from nothing, on a cluster that has none of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pulumi import automation

from offline.cluster.kubectl import Kubectl
from offline.cluster.places import ClusterPlaces
from tests.conftest import REPO

STACK = "e2e-example"


CACHE = "  nextcore:cache: { url: redis://redis.example.com:6379/0 }\n"


@pytest.fixture(params=["staging", "prod", "prod, shared cache"])
def example(
    request: pytest.FixtureRequest, kubectl: Kubectl, places: ClusterPlaces, tmp_path: Path
) -> Iterator[automation.Stack]:
    file = REPO / "stacks" / f"Pulumi.{STACK}.yaml"
    name, _, cache = request.param.partition(", ")
    text = (REPO / "stacks" / f"Pulumi.{name}.yaml").read_text()
    file.write_text(text.replace(f"  # {CACHE.lstrip()}", CACHE) if cache else text)
    env = {
        "PULUMI_BACKEND_URL": f"file://{tmp_path}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "",
        "KUBECONFIG": str(places.kubeconfig),
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_REGION": "eu-central-1",
    }
    options = automation.LocalWorkspaceOptions(env_vars=env)
    try:
        yield automation.create_or_select_stack(STACK, work_dir=str(REPO), opts=options)
    finally:
        file.unlink()


def test_it_previews_from_nothing(example: automation.Stack) -> None:
    told = example.preview()
    assert set(told.change_summary) == {"create"}
    assert "serving.knative.dev/v1:Service" in told.stdout
    assert "nextcore:assets:Release" in told.stdout


@pytest.mark.parametrize("example", ["prod, shared cache"], indirect=True)
def test_the_app_behind_a_cdn_is_told_its_distribution(example: automation.Stack) -> None:
    assert "kubernetes:core/v1:Secret" in example.preview().stdout


@pytest.fixture(scope="module", autouse=True)
def _no_build_stays() -> Iterator[None]:
    yield
    shutil.rmtree(REPO / ".nextcore/build" / STACK, ignore_errors=True)

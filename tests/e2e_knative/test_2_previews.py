"""What a pull request's preview shows of a change: that page, those files, the new image, and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextcore.preview_comment import RELEASE, Step, comment, steps_of
from tests.conftest import REPO
from tests.e2e_knative.conftest import STACK, Deployment

IMAGE, SERVICE = "nextcore:oci:Image", "kubernetes:serving.knative.dev/v1:Service"
CONFIG, DEPLOYMENT = "kubernetes:core/v1:ConfigMap", "kubernetes:apps/v1:Deployment"
ABOUT = "app/about/page.tsx"
PAGE = "export default function Terms() {\n  return <h1>Terms</h1>\n}\n"


def preview(deployment: Deployment) -> tuple[dict[str, Step], str]:
    """(The steps that change something by type, the comment.)"""
    command = ["pulumi", "preview", "--json", "--non-interactive", "--stack", STACK]
    env = {**os.environ, **deployment.env}
    told = subprocess.run(command, cwd=REPO, env=env, check=True, capture_output=True, text=True).stdout
    steps = [step for step in steps_of(json.loads(told)) if step.operation != "same"]
    # The stack itself is shown for its outputs: digest, build id, revision.
    changed = {step.token: step for step in steps if step.token != "pulumi:pulumi:Stack" and "delete" not in step.operation}
    return changed, comment(STACK, json.loads(told), "")


@pytest.fixture
def terms(deployment: Deployment) -> Iterator[Path]:
    page = deployment.app / "app/terms/page.tsx"
    page.parent.mkdir()
    page.write_text(PAGE)
    yield page
    page.unlink()
    page.parent.rmdir()


def test_nothing_changed_is_nothing(deployment: Deployment) -> None:
    deployment.stack.up()
    assert preview(deployment)[0] == {}


def test_a_changed_page_is_its_files_and_a_new_image(deployment: Deployment) -> None:
    before = deployment.output("imageDigest")
    deployment.edit(ABOUT, "<h1>About</h1>", "<h1>About, of a pull request</h1>")
    try:
        changed, told = preview(deployment)
    finally:
        deployment.edit(ABOUT, "<h1>About, of a pull request</h1>", "<h1>About</h1>")
    assert set(changed) <= {IMAGE, RELEASE, SERVICE}, changed
    assert {IMAGE, SERVICE} <= set(changed)
    image = changed[IMAGE]
    assert image.before["manifest"] == before != image.after["manifest"]
    assert image.after["manifest"] in json.dumps(changed[SERVICE].after)
    assert re.search(r"\| image \| `sha256:\w+` → `sha256:\w+`, [\d.]+ MB \|", told)
    if RELEASE in changed:
        assert changed[RELEASE].before["routes"] == changed[RELEASE].after["routes"]


def test_a_new_page_is_exactly_its_route_and_its_files_by_count_and_size(deployment: Deployment, terms: Path) -> None:
    changed, told = preview(deployment)
    # The proxy's log names the route of each request, so it rolls.
    assert set(changed) == {IMAGE, RELEASE, SERVICE, CONFIG, DEPLOYMENT}, changed
    assert "/terms" in changed[CONFIG].after["data"]["Caddyfile"]
    release = changed[RELEASE]
    added = dict(release.after["routes"].items() - release.before["routes"].items())
    assert added == {"/terms": "SSG"}
    assert set(release.before["routes"]) < set(release.after["routes"])
    assert "| routes | `+ /terms` SSG |" in told
    assert re.search(r"\| static files \| \d+ files, [\d.]+ MB(; \d+ new \([\d.]+ MB\).*|, unchanged) \|", told), told

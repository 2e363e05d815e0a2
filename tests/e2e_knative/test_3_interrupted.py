"""`pulumi up` killed at any moment: the next one ends in the wanted state, and nobody noticed."""

from __future__ import annotations

import os
import random
import subprocess

import pytest

from tests.conftest import REPO
from tests.e2e.load import Load
from tests.e2e_knative.conftest import NAME, STACK, Deployment

RANDOM = random.Random(20261121)
MOMENTS = [RANDOM.uniform(1.0, 8.0) for _ in range(10)]


def start(deployment: Deployment) -> subprocess.Popen[str]:
    env = {**os.environ, **deployment.env}
    command = ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", STACK]
    return subprocess.Popen(command, cwd=REPO, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def unlock(deployment: Deployment) -> None:
    command = ["python", "-m", "offline.stale_lock", STACK]
    subprocess.run(command, cwd=REPO, env={**os.environ, **deployment.env}, check=True, capture_output=True)


def objects(deployment: Deployment, kind: str) -> list[str]:
    return sorted(item["metadata"]["name"] for item in deployment.get(kind, "-l", f"app.kubernetes.io/name={NAME}")["items"])


@pytest.mark.parametrize("after", MOMENTS, ids=[f"{after:.1f}s" for after in MOMENTS])
def test_the_next_up_finishes(deployment: Deployment, after: float) -> None:
    value = f"killed after {after}"
    with deployment.setting(env={"STOREFRONT_SESSION_SECRET": value}), Load(80, "/products/lamp", 2, deployment.address) as load:
        running = start(deployment)
        try:
            running.wait(after)
        except subprocess.TimeoutExpired:
            running.kill()
        running.communicate(timeout=90)
        unlock(deployment)
        again = start(deployment)
        told, _ = again.communicate(timeout=180)
        assert again.returncode == 0, told
    assert set(load.answers) == {"200"}, load.answers
    service = deployment.get("ksvc", NAME)
    (source,) = service["spec"]["template"]["spec"]["containers"][0]["envFrom"]
    config = deployment.get("configmap", source["configMapRef"]["name"])
    assert config["data"]["STOREFRONT_SESSION_SECRET"] == value
    assert objects(deployment, "services.serving.knative.dev") == [NAME]
    (share,) = service["status"]["traffic"]
    assert (share["percent"], share["revisionName"]) == (100, service["spec"]["template"]["metadata"]["name"])

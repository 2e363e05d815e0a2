"""`pulumi up` killed or interrupted at any moment: the next one ends in the wanted state."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time

import pytest

from tests.conftest import REPO
from tests.e2e.conftest import NAME, Deployment
from tests.e2e.looking import app_container, get

RANDOM = random.Random(20261121)
# Seconds after the start: an update of a variable alone takes 3.
MOMENTS = [(number, RANDOM.choice([signal.SIGKILL, signal.SIGINT]), RANDOM.uniform(0.5, 3.0)) for number in range(10)]


def pulumi(deployment: Deployment, *arguments: str) -> subprocess.Popen[str]:
    env = {**os.environ, **deployment.env}
    command = ["pulumi", *arguments, "--yes", "--non-interactive", "--stack", "e2e-docker"]
    return subprocess.Popen(command, cwd=REPO, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.parametrize(("number", "how", "after"), MOMENTS, ids=[f"{how.name}-{after:.1f}s" for _, how, after in MOMENTS])
def test_the_next_up_finishes(deployment: Deployment, number: int, how: signal.Signals, after: float) -> None:
    with deployment.setting("env", {"STOREFRONT_SESSION_SECRET": f"try {number}"}):
        running = pulumi(deployment, "up", "--skip-preview")
        try:
            running.wait(after)
        except subprocess.TimeoutExpired:
            running.send_signal(how)
        running.communicate(timeout=90)
        assert get(deployment.url)[0] == 200, "the old version, or the new one"
        env = {**os.environ, **deployment.env}
        subprocess.run(["python", "-m", "offline.stale_lock", "e2e-docker"], cwd=REPO, env=env, check=True, capture_output=True)
        started = time.monotonic()
        again = pulumi(deployment, "up", "--skip-preview")
        told, _ = again.communicate(timeout=120)
        assert again.returncode == 0, told
        print(f"finished in {time.monotonic() - started:.1f} s")
    assert get(deployment.url)[0] == 200
    assert len(deployment.containers()) == 2, deployment.containers()
    assert app_container(deployment) in deployment.running()
    networks = ["docker", "network", "ls", "--quiet", "--filter", f"name=^{NAME}-network$"]
    assert len(subprocess.run(networks, check=True, capture_output=True, text=True).stdout.split()) == 1


def test_the_first_up_of_all_finishes_too(deployment: Deployment) -> None:
    """From nothing: network, volumes and proxy are made as well."""
    for after in (2.0, 3.0):
        deployment.stack.destroy()
        running = pulumi(deployment, "up", "--skip-preview")
        try:
            running.wait(after)
        except subprocess.TimeoutExpired:
            running.kill()
        running.communicate(timeout=90)
        env = {**os.environ, **deployment.env}
        subprocess.run(["python", "-m", "offline.stale_lock", "e2e-docker"], cwd=REPO, env=env, check=True, capture_output=True)
        again = pulumi(deployment, "up", "--skip-preview")
        told, _ = again.communicate(timeout=120)
        assert again.returncode == 0, told
        assert get(deployment.url)[0] == 200
        assert len(deployment.containers()) == 2

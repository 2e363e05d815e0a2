"""One deployment's life on a real Docker daemon, in order."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from pulumi.automation import CommandError, OpType

from tests.e2e.conftest import NAME, PORT, Deployment
from tests.e2e.load import Load

CHUNK = re.compile(r"/_next/static/[^\"\\]+\.js")


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, ""


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def app_container(deployment: Deployment) -> str:
    (name,) = [name for name in deployment.containers() if name.startswith("e2e-shop-")]
    return name


def test_the_app_answers(deployment: Deployment) -> None:
    status, body = get(deployment.url)
    assert status == 200
    assert CHUNK.search(body)


def test_static_files_never_reach_the_app(deployment: Deployment) -> None:
    chunk = CHUNK.findall(get(deployment.url)[1])[0]
    name = app_container(deployment)
    subprocess.run(["docker", "pause", name], check=True, capture_output=True)
    try:
        assert get(deployment.url + chunk)[0] == 200
        assert get(f"{deployment.url}/plain.txt")[0] == 200
    finally:
        subprocess.run(["docker", "unpause", name], check=True, capture_output=True)


def test_internal_paths_are_not_public(deployment: Deployment) -> None:
    assert get(f"{deployment.url}/_nextcore/health")[0] == 404


def test_the_image_has_no_shell_no_packages_and_no_static_file(deployment: Deployment, tmp_path: Path) -> None:
    rootfs = tmp_path / "rootfs.tar"
    subprocess.run(["docker", "export", "--output", rootfs, app_container(deployment)], check=True)
    with tarfile.open(rootfs) as archive:
        names = archive.getnames()
    assert "app/server" in names
    assert not [name for name in names if re.search(r"(^|/)(bin/\w+|node_modules|_next)$", name)]
    assert not [name for name in names if name.endswith((".html", ".css", ".png", ".env"))]


def test_the_container_is_hardened(deployment: Deployment) -> None:
    keys = ("Config.User", "HostConfig.ReadonlyRootfs", "HostConfig.CapDrop", "HostConfig.SecurityOpt", "HostConfig.PortBindings")
    template = " ".join("{{." + key + "}}" for key in keys)
    command = ["docker", "inspect", "--format", template, app_container(deployment)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    assert told == "65532:65532 true [ALL] [no-new-privileges:true] map[]"


def test_an_unchanged_app_changes_nothing(deployment: Deployment) -> None:
    deployment.stack.refresh()
    changes = deployment.stack.preview().change_summary
    assert set(changes) == {OpType.SAME}


def test_a_killed_app_comes_back(deployment: Deployment) -> None:
    # Not `docker kill`: the daemon takes that for a stop that was wanted, and does not restart.
    command = ["docker", "inspect", "--format", "{{.State.Pid}}", app_container(deployment)]
    os.kill(int(subprocess.run(command, check=True, capture_output=True, text=True).stdout), signal.SIGKILL)
    until(lambda: get(deployment.url)[0] == 200, 10, "the app answers again")


def test_a_new_version_under_load_loses_no_request(deployment: Deployment) -> None:
    old_chunk = CHUNK.findall(get(deployment.url)[1])[0]
    old = app_container(deployment)
    deployment.edit("app/about/page.tsx", "export default", "const marker = 'second version';\nvoid marker;\nexport default")
    (deployment.app / "public/plain.txt").write_text("second version\n")
    with Load(PORT, "/products/lamp") as load:
        deployment.stack.up()
    assert set(load.answers) == {"200"}, load.answers
    assert load.answers["200"] > 100
    assert load.reconnected <= 16, "one for each client at the most: the configuration changes once"
    assert app_container(deployment) != old
    assert get(deployment.url + old_chunk)[0] == 200, "an open tab's chunk"
    assert "second version" in get(f"{deployment.url}/plain.txt")[1]


def test_a_version_that_never_gets_healthy_takes_no_traffic(deployment: Deployment) -> None:
    good = app_container(deployment)
    file = deployment.app / "instrumentation.ts"
    text = file.read_text()
    file.write_text("export function register() { console.error('no database'); process.exit(3); }\n")
    try:
        with Load(PORT, "/products/lamp", clients=4) as load, pytest.raises(CommandError):
            deployment.stack.up()
    finally:
        file.write_text(f"{text}// mended\n")
    assert set(load.answers) == {"200"}, load.answers
    assert good in deployment.containers()
    with Load(PORT, "/products/lamp", clients=4) as load:
        deployment.stack.up()
    assert set(load.answers) == {"200"}, load.answers
    assert len(deployment.containers()) == 2, "the failed container and the old one are gone"
    assert app_container(deployment) != good


def test_destroy_leaves_nothing(deployment: Deployment) -> None:
    deployment.stack.destroy()
    for kind in ("network", "volume"):
        left = subprocess.run(
            ["docker", kind, "ls", "--quiet", "--filter", f"name={NAME}"], check=True, capture_output=True, text=True
        )
        assert left.stdout == ""
    assert deployment.containers() == []

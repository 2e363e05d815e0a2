"""A first deployment on a real Docker daemon."""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import tarfile
import time
from pathlib import Path

from pulumi.automation import ConfigValue, OpType

from tests.e2e.conftest import PORT, Deployment
from tests.e2e.load import Load
from tests.e2e.looking import CHUNK, app_container, get, inspect, until


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


def test_no_secret_is_in_image_files_state_or_output(deployment: Deployment, tmp_path: Path) -> None:
    """One of Pulumi's, and two that lie in the app's own .env files, which Next reads while it builds."""
    hidden, in_dotenv, in_example = "pulumi-secret-58121", "dotenv-secret-77305", "local-secret-90417"
    (deployment.app / ".env").write_text(f"DATABASE_PASSWORD={in_dotenv}\n")
    (deployment.app / ".env.production.local").write_text(f"MAIL_TOKEN={in_example}\n")
    before = deployment.file.read_text()
    try:
        deployment.stack.set_config("nextcore:secrets.SHOP_TOKEN", ConfigValue(hidden, secret=True), path=True)
        told = deployment.stack.up()
        assert f"SHOP_TOKEN={hidden}" in inspect(app_container(deployment))["Config"]["Env"], "it reaches the app"
        exported = tmp_path / "rootfs.tar"
        subprocess.run(["docker", "export", "--output", exported, app_container(deployment)], check=True)
        places = {"image": exported.read_bytes(), "output": (told.stdout + told.stderr).encode()}
        places["config"] = deployment.file.read_bytes()
        for folder in (deployment.dist, Path(deployment.env["PULUMI_BACKEND_URL"].removeprefix("file://"))):
            places |= {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        found = [
            (where, text) for where, content in places.items() for text in (hidden, in_dotenv, in_example) if holds(content, text)
        ]
        assert found == []
    finally:
        deployment.file.write_text(before)
        for name in (".env", ".env.production.local"):
            (deployment.app / name).unlink()
    deployment.stack.up()


def holds(content: bytes, text: str) -> bool:
    return text.encode() in content or text.encode("utf-16-le") in content or base64.b64encode(text.encode()) in content


def test_the_container_is_hardened(deployment: Deployment) -> None:
    told = inspect(app_container(deployment))
    host = told["HostConfig"]
    assert told["Config"]["User"] == "65532:65532"
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["PortBindings"] in (None, {})
    assert host["PidsLimit"] == 256
    assert host["Memory"] == 512 << 20
    assert host["RestartPolicy"]["Name"] == "always"
    assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}


def test_an_unchanged_app_changes_nothing(deployment: Deployment) -> None:
    deployment.stack.refresh()
    changes = deployment.stack.preview().change_summary
    assert set(changes) == {OpType.SAME}


def test_a_killed_app_comes_back(deployment: Deployment) -> None:
    # Not `docker kill`: the daemon takes that for a stop that was wanted, and does not restart.
    name = app_container(deployment)
    with Load(PORT, "/products/lamp", clients=8) as load:
        os.kill(inspect(name)["State"]["Pid"], signal.SIGKILL)
        killed = time.monotonic()
        until(lambda: inspect(name)["RestartCount"] > 0 and get(deployment.url)[0] == 200, 10, "the app answers again")
        print(f"killed app: answers after {time.monotonic() - killed:.2f} s, {dict(load.answers)}")

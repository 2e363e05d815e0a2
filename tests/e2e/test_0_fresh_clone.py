"""The README's first command where somebody else's checkout was committed: a clone of its own, an app that is not the example."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from offline.setup.node_packages import ATTEMPTS, SECONDS
from offline.setup.report import run_within
from tests.conftest import REPO, need

NAME, PORT, STACK = "nextcore-clone", 18090, "clone"
PAGE = "export default function Page() { return <h1>Shop of a stranger</h1> }\n"
LAYOUT = "export default function Layout({ children }) { return <html><body>{children}</body></html> }\n"
# Of the salt of another passphrase; the stack's file of a team's repository looks like this after its first `make up`.
SALT = "v1:BtgPaq2xX1U=:v1:NoREOruecoYltF9O:xReNhEL5HWR3fgdhg1tT8um+pD8Wfw=="


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The working tree as a checkout without anything that set-up made; its stack is taken away at the end."""
    for tool in ("git", "make", "docker", "node"):
        need(tool)
    folder = tmp_path_factory.mktemp("fresh") / "nextcore"
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPO, check=True, capture_output=True
    ).stdout.decode()
    for name in filter(None, files.split("\0")):
        if (REPO / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPO / name, folder / name)
    settings = {"app": {"path": "examples/storefront"}, "proxy": {"name": NAME, "httpPort": PORT}}
    config = {"config": {f"nextcore:{key}": value for key, value in settings.items()}, "encryptionsalt": SALT}
    (folder / f"stacks/Pulumi.{STACK}.yaml").write_text(yaml.safe_dump(config))
    yield folder
    assert make(folder, "down").returncode == 0


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest app, with packages of its own and no config at all."""
    folder = tmp_path_factory.mktemp("stranger") / "shop"
    (folder / "app").mkdir(parents=True)
    (folder / "app/page.jsx").write_text(PAGE)
    (folder / "app/layout.jsx").write_text(LAYOUT)
    manifest = REPO / "examples/storefront/package.json"
    packages = json.loads(manifest.read_text())["dependencies"]
    wanted = {name: packages[name] for name in ("next", "react", "react-dom")}
    (folder / "package.json").write_text(
        json.dumps({"name": "strange-shop", "scripts": {"build": "next build"}, "dependencies": wanted})
    )
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefer-offline"]
    run_within(SECONDS, ATTEMPTS, install, cwd=folder, hint="check that the npm registry can be reached")
    return folder


def make(folder: Path, *arguments: str, stack: str = STACK) -> subprocess.CompletedProcess[str]:
    """`make` in a shell of a user's: nothing of this test run's environment but tools and caches."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "NEXTCORE_CACHE", "CI", "NO_COLOR") if name in os.environ}
    command = ["make", *arguments, f"STACK={stack}"]
    return subprocess.run(command, cwd=folder, env=kept, check=False, capture_output=True, text=True)


def test_make_up_deploys_a_strangers_app_and_prints_where_it_answers(clone: Path, app: Path) -> None:
    done = make(clone, "up", f"APP={app}")
    assert done.returncode == 0, done.stdout + done.stderr
    url = done.stdout.strip().splitlines()[-1]
    assert url.endswith(str(PORT))
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert "Shop of a stranger" in answer.read().decode()


def test_a_second_time_nothing_changes(clone: Path, app: Path) -> None:
    done = make(clone, "up", f"APP={app}")
    assert done.returncode == 0 and "unchanged" in done.stdout and "created" not in done.stdout, done.stdout
    assert SALT not in (clone / f"stacks/Pulumi.{STACK}.yaml").read_text()


def test_another_checkouts_proxy_is_not_taken_over(clone: Path, app: Path) -> None:
    shutil.copy2(clone / f"stacks/Pulumi.{STACK}.yaml", clone / "stacks/Pulumi.other.yaml")
    done = make(clone, "up", f"APP={app}", stack="other")
    assert done.returncode != 0
    assert f"has a network {NAME}-network that another stack or checkout made" in done.stdout
    assert "stacks/Pulumi.other.yaml: nextcore:proxy.name" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    names = ["docker", "ps", "--all", "--filter", f"network={NAME}-network", "--format", "{{.Names}}"]
    assert len(subprocess.run(names, check=True, capture_output=True, text=True).stdout.split()) == 2

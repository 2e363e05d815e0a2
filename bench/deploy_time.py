"""`python -m bench.deploy_time`: an unchanged `up`, a changed page until it is shown, a killed app until it answers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

from bench.apps import REPO
from bench.measure import median, report, spread

RUNS = 5
STACK, NAME, PORT = "bench-deploy", "nextcore-bench", 18091
URL = f"http://127.0.0.1:{PORT}/about"
TICK = 0.005


def pulumi(env: dict[str, str], *arguments: str) -> str:
    command = ["pulumi", *arguments, "--stack", STACK, "--non-interactive"]
    return subprocess.run(command, cwd=REPO, env=env, check=True, capture_output=True, text=True).stdout


def shown() -> str:
    try:
        with urllib.request.urlopen(URL, timeout=5) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, ConnectionError):
        return ""


def until_shown(text: str, found: list[float], began: float) -> None:
    while text not in shown():
        time.sleep(TICK)
    found.append(time.perf_counter() - began)


def unchanged(env: dict[str, str]) -> float:
    began = time.perf_counter()
    pulumi(env, "up", "--yes")
    return time.perf_counter() - began


def changed(env: dict[str, str], app: Path, number: int) -> tuple[float, float]:
    """Seconds from `up` to the new page, and to the end of `up`. The preview before has built the app."""
    page = app / "app/about/page.tsx"
    page.write_text((REPO / "examples/storefront/app/about/page.tsx").read_text().replace("About</h1>", f"Run {number}</h1>"))
    pulumi(env, "preview")
    found: list[float] = []
    began = time.perf_counter()
    watcher = threading.Thread(target=until_shown, args=(f"Run {number}</h1>", found, began))
    watcher.start()
    pulumi(env, "up", "--yes", "--skip-preview")
    ended = time.perf_counter() - began
    watcher.join(30)
    return found[0], ended


def killed() -> float:
    """Seconds from the kill to the next answer. Not `docker kill`: the daemon takes that for a stop that was wanted."""
    names = subprocess.run(
        ["docker", "ps", "--filter", "name=bench-deploy-", "--format", "{{.Names}}"], check=True, capture_output=True, text=True
    ).stdout.split()
    told = subprocess.run(["docker", "inspect", names[0]], check=True, capture_output=True, text=True).stdout
    began = time.perf_counter()
    os.kill(json.loads(told)[0]["State"]["Pid"], signal.SIGKILL)
    while not shown():
        time.sleep(TICK)
    return time.perf_counter() - began


def main() -> int:
    file = REPO / "stacks" / f"Pulumi.{STACK}.yaml"
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder) / "app"
        shutil.copytree(REPO / "examples/storefront", app, symlinks=True, ignore=shutil.ignore_patterns(".next"))
        values = {"app": {"path": str(app), "name": "bench-deploy"}, "proxy": {"name": NAME, "httpPort": PORT}}
        values["env"] = {"STOREFRONT_SESSION_SECRET": "bench"}
        file.write_text(yaml.safe_dump({"config": {f"nextcore:{key}": value for key, value in values.items()}}))
        env = {**os.environ, "PULUMI_BACKEND_URL": f"file://{folder}", "PULUMI_CONFIG_PASSPHRASE": "bench"}
        env["PULUMI_CONFIG_PASSPHRASE_FILE"] = ""
        pulumi(env, "stack", "init")
        try:
            pulumi(env, "up", "--yes", "--skip-preview")
            same = [unchanged(env) for _ in range(RUNS)]
            changes = [changed(env, app, number) for number in range(RUNS)]
            kills = [killed() for _ in range(RUNS)]
        finally:
            pulumi(env, "destroy", "--yes")
            file.unlink()
            shutil.rmtree(REPO / ".nextcore/build" / STACK, ignore_errors=True)
    figures = {
        "unchanged up, with preview": same,
        "changed page, built: up to its answer": [first for first, _ in changes],
        "changed page, built: up to its end": [last for _, last in changes],
        "killed app to the next answer": kills,
    }
    rows = [[name, spread(values, 1, 2)] for name, values in figures.items()]
    report("deploying", ["what", f"s ({RUNS} runs)"], rows, {name: round(median(values), 2) for name, values in figures.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())

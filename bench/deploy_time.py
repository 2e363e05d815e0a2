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
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from bench.apps import REPO
from bench.measure import median, report, spread
from tests.e2e.load import Load

RUNS = 5
STACK, NAME, PORT = "bench-deploy", "nextcore-bench", 18091
URL = f"http://127.0.0.1:{PORT}/about"
TICK = 0.005
CLIENTS = 16
SETTLED = timedelta(seconds=12)  # the daemon takes a container for a sound one after 10


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


def state() -> dict[str, Any]:
    """Of the app's container, as the daemon tells it."""
    listing = ["docker", "ps", "--filter", "name=bench-deploy-", "--format", "{{.Names}}"]
    names = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split()
    told = subprocess.run(["docker", "inspect", names[0]], check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(told)[0]["State"]
    return found


def killed(settled: bool) -> tuple[float, Counter[str]]:
    """Seconds from a kill under load to the next answer, and the load's answers by status.

    Not `docker kill`: the daemon takes that for a stop that was wanted. `settled`: it has run for so long that the daemon
    restarts it after its shortest pause; else each pause is twice the one before.
    """
    while settled and datetime.now(UTC) - datetime.fromisoformat(state()["StartedAt"][:19] + "Z") < SETTLED:
        time.sleep(1)
    with Load(PORT, "/products/lamp", clients=CLIENTS) as load:
        while not load.answers:
            time.sleep(TICK)
        pid = state()["Pid"]
        began = time.perf_counter()
        os.kill(pid, signal.SIGKILL)
        while not shown():
            time.sleep(TICK)
        return time.perf_counter() - began, load.answers


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
            kills = [killed(settled=True) for _ in range(RUNS)]
            in_a_row = [killed(settled=False) for _ in range(RUNS)]
        finally:
            pulumi(env, "destroy", "--yes")
            file.unlink()
            shutil.rmtree(REPO / ".nextcore/build" / STACK, ignore_errors=True)
    figures = {
        "unchanged up, with preview": same,
        "changed page, built: up to its answer": [first for first, _ in changes],
        "changed page, built: up to its end": [last for _, last in changes],
        f"app killed under load of {CLIENTS} clients, to the next answer": [seconds for seconds, _ in kills],
        f"the same, killed {RUNS} times in a row": [seconds for seconds, _ in in_a_row],
    }
    answers = sum((found for _, found in [*kills, *in_a_row]), Counter[str]())
    rows = [[name, spread(values, 1, 2)] for name, values in figures.items()]
    medians = {name: round(median(values), 2) for name, values in figures.items()}
    report("deploying", ["what", f"s ({RUNS} runs)"], rows, {**medians, "answers around the kills": dict(answers)})
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench.preview_size`: state size and time of a preview with 20 and with 5,000 static files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from bench.apps import REPO
from bench.measure import median, report, spread

RUNS = 5
COUNTS = (20, 5000)
STACK, NAME, PORT = "bench-files", "nextcore-bench", 18090


def pulumi(env: dict[str, str], *arguments: str) -> str:
    command = ["pulumi", *arguments, "--stack", STACK, "--non-interactive"]
    return subprocess.run(command, cwd=REPO, env=env, check=True, capture_output=True, text=True).stdout


def app_with(count: int, folder: Path) -> Path:
    """A copy of the storefront with `count` more files in public/."""
    app = folder / f"files-{count}"
    shutil.copytree(REPO / "examples/storefront", app, symlinks=True, ignore=shutil.ignore_patterns(".next"))
    for number in range(count):
        file = app / "public" / "many" / str(number // 100) / f"{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"file {number}\n" * 50)
    return app


def measure(app: Path, env: dict[str, str], file: Path) -> tuple[list[float], int, float]:
    """Seconds of each preview, bytes of state, seconds of the deployment (build included)."""
    values = {"app": {"path": str(app), "name": "bench"}, "proxy": {"name": NAME, "httpPort": PORT}}
    values["env"] = {"STOREFRONT_SESSION_SECRET": "bench"}
    file.write_text(yaml.safe_dump({"config": {f"nextcore:{key}": value for key, value in values.items()}}))
    began = time.perf_counter()
    pulumi(env, "up", "--yes", "--skip-preview")
    deployed = time.perf_counter() - began
    previews = []
    for _ in range(RUNS):
        began = time.perf_counter()
        told = pulumi(env, "preview")
        previews.append(time.perf_counter() - began)
        assert not re.search(r"\d+ to (create|update|replace|delete)", told), told
    return previews, len(pulumi(env, "stack", "export")), deployed


def main() -> int:
    file = REPO / "stacks" / f"Pulumi.{STACK}.yaml"
    rows, figures = [], {}
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "PULUMI_BACKEND_URL": f"file://{folder}", "PULUMI_CONFIG_PASSPHRASE": "bench"}
        env["PULUMI_CONFIG_PASSPHRASE_FILE"] = ""
        file.write_text("config: {}\n")
        pulumi(env, "stack", "init")
        try:
            for count in COUNTS:
                previews, state, deployed = measure(app_with(count, Path(folder)), env, file)
                rows.append([str(count), spread(previews, 1, 2), f"{state / 1e3:.1f}", f"{deployed:.1f}"])
                figures[str(count)] = {"preview_s": round(median(previews), 2), "state_bytes": state}
        finally:
            pulumi(env, "destroy", "--yes")
            file.unlink()
            shutil.rmtree(REPO / ".nextcore/build" / STACK, ignore_errors=True)
    columns = ["files", f"preview, s ({RUNS} runs)", "state, kB", "first up with build, s"]
    report("static files do not grow state or preview", columns, rows, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench.preview_size`: state size and time of a preview with 20 and with 5,000 static files.

Two stacks, previewed in turn: other work on the machine meets both.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import yaml

from bench.apps import REPO
from bench.measure import median, report, spread

RUNS = 7
COUNTS = (20, 5000)
PORT = 18090


@dataclass(frozen=True, eq=False)
class Stack:
    """A storefront with `count` more static files, in a stack and behind a proxy of its own."""

    count: int
    env: dict[str, str]

    @property
    def name(self) -> str:
        return f"bench-files-{self.count}"

    @property
    def file(self) -> Path:
        return REPO / "stacks" / f"Pulumi.{self.name}.yaml"

    def pulumi(self, *arguments: str) -> str:
        command = ["pulumi", *arguments, "--stack", self.name, "--non-interactive"]
        done = subprocess.run(command, cwd=REPO, env=self.env, check=False, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def deploy(self, app: Path, port: int) -> float:
        """Seconds, build included."""
        values = {"app": {"path": str(app), "name": self.name}, "proxy": {"name": f"nextcore-{self.name}", "httpPort": port}}
        values["env"] = {"STOREFRONT_SESSION_SECRET": "bench"}
        self.file.write_text(yaml.safe_dump({"config": {f"nextcore:{key}": value for key, value in values.items()}}))
        self.pulumi("stack", "init")
        return self._timed("up", "--yes", "--skip-preview")[0]

    def preview(self) -> float:
        seconds, told = self._timed("preview")
        assert not re.search(r"\d+ to (create|update|replace|delete)", told), told
        return seconds

    def _timed(self, *arguments: str) -> tuple[float, str]:
        began = time.perf_counter()
        told = self.pulumi(*arguments)
        return time.perf_counter() - began, told

    def remove(self) -> None:
        self.pulumi("destroy", "--yes")
        self.file.unlink()
        shutil.rmtree(REPO / ".nextcore/build" / self.name, ignore_errors=True)


def app_with(count: int, folder: Path) -> Path:
    """A copy of the storefront with `count` more files in public/."""
    app = folder / f"files-{count}"
    shutil.copytree(REPO / "examples/storefront", app, symlinks=True, ignore=shutil.ignore_patterns(".next"))
    for number in range(count):
        file = app / "public" / "many" / str(number // 100) / f"{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"file {number}\n" * 50)
    return app


def main() -> int:
    rows: list[list[str]] = []
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as left:
        env = {**os.environ, "PULUMI_BACKEND_URL": f"file://{folder}", "PULUMI_CONFIG_PASSPHRASE": "bench"}
        env["PULUMI_CONFIG_PASSPHRASE_FILE"] = ""
        stacks = [Stack(count, env) for count in COUNTS]
        deployed = {}
        for number, stack in enumerate(stacks):
            left.callback(stack.remove)
            deployed[stack] = stack.deploy(app_with(stack.count, Path(folder)), PORT + number)
        rounds = [[stack.preview() for stack in stacks] for _ in range(RUNS)]
        for stack, previews in zip(stacks, zip(*rounds, strict=True), strict=True):
            state = len(stack.pulumi("stack", "export"))
            rows.append([str(stack.count), spread(previews, 1, 2), f"{state / 1e3:.1f}", f"{deployed[stack]:.1f}"])
            figures[str(stack.count)] = {"preview_s": round(median(previews), 2), "state_bytes": state}
        figures["longer"] = round(median([many / few for few, many in rounds]), 3)
    columns = ["files", f"preview, s ({RUNS} runs)", "state, kB", "first up with build, s"]
    report("static files do not grow state or preview", columns, rows, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())

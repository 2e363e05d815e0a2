"""`python -m bench.build_time [--modules 3000] [--runs 3]`: seconds that the builder adds to the app's own `next build`.

The example, and a generated app of 3,000 modules on two cores (`taskset`). Each round builds the same source plainly and
with the builder, both from a deleted `.next`. The first run of the builder finds no cache of transformed modules (a fresh
machine), the others the one that it left, which is how most builds go. Then the builder runs again with nothing changed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.apps import BUILDER, REPO, WORK
from bench.generated_app import generate
from bench.measure import load_average, median, report, spread

EXAMPLE = REPO / "examples/storefront"
SECOND_RUNS = 7


@dataclass(frozen=True)
class Measured:
    """Seconds of each run; `added` is the builder's time less the plain build's of the same round."""

    plain: Sequence[float]
    first_added: float
    added: Sequence[float]
    own: Sequence[float]  # what the builder itself counts beside its `next build`
    unchanged: Sequence[float]


@dataclass(frozen=True)
class Place:
    app: Path
    prefix: tuple[str, ...]

    @property
    def work(self) -> Path:
        return self.app.parent

    def timed(self, command: Sequence[str]) -> tuple[float, str]:
        """Seconds and stdout."""
        env = {**os.environ, "NEXT_TELEMETRY_DISABLED": "1", "NEXTCORE_CACHE": str(self.work / "cache")}
        began = time.perf_counter()
        done = subprocess.run([*self.prefix, *command], cwd=self.app, env=env, check=False, capture_output=True, text=True)
        seconds = time.perf_counter() - began
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed in {self.app}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return seconds, done.stdout

    def plain(self) -> float:
        shutil.rmtree(self.app / ".next", ignore_errors=True)
        return self.timed(["npm", "run", "build"])[0]

    def builder(self) -> tuple[float, float]:
        """Seconds in all, and those beside `next build`."""
        shutil.rmtree(self.app / ".next", ignore_errors=True)
        shutil.rmtree(self.work / "dist", ignore_errors=True)
        seconds, told = self.timed(self.command)
        durations = json.loads(told)["durations"]
        return seconds, (durations["total"] - durations["nextBuild"]) / 1e3

    @property
    def command(self) -> list[str]:
        return ["node", str(BUILDER), str(self.app), "--out", str(self.work / "dist"), "--json"]

    def unchanged(self) -> float:
        seconds, told = self.timed(self.command)
        if not json.loads(told)["cached"]:
            raise SystemExit("nothing was changed, and the builder built again")
        return seconds


def measure(place: Place, runs: int) -> Measured:
    shutil.rmtree(place.work / "cache", ignore_errors=True)
    plain, added, own = [place.plain()], [], []
    first = place.builder()[0] - plain[0]
    for _ in range(runs):
        plain.append(place.plain())
        seconds, beside = place.builder()
        added.append(seconds - plain[-1])
        own.append(beside)
    return Measured(plain, first, added, own, [place.unchanged() for _ in range(SECOND_RUNS)])


def example() -> Place:
    app = WORK / "build-time/example/storefront"
    shutil.rmtree(app, ignore_errors=True)
    shutil.copytree(EXAMPLE, app, ignore=shutil.ignore_patterns("node_modules", ".next"))
    subprocess.run(["cp", "--archive", "--link", str(EXAMPLE / "node_modules"), str(app / "node_modules")], check=True)
    return Place(app, ())


def generated(modules: int) -> Place:
    app = WORK / "build-time/generated/app"
    generate(app, modules, EXAMPLE / "node_modules")
    return Place(app, ("taskset", "--cpu-list", "0,1"))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--modules", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args(arguments)
    load, figures = load_average(), {}
    rows: list[list[str]] = []
    places = {"example": example(), f"{options.modules:,} modules, 2 cores": generated(options.modules)}
    for name, place in places.items():
        found = measure(place, options.runs)
        times: list[Sequence[float]] = [found.plain, [found.first_added], found.added, found.own]
        rows.append([name, *(spread(values, 1, 1) for values in times), spread(found.unchanged, 1, 2)])
        figures[name] = {
            "next_build": round(median(found.plain), 1),
            "added_first": round(found.first_added, 1),
            "added": round(median(found.added), 1),
            "own": round(median(found.own), 1),
            "unchanged": round(median(found.unchanged), 2),
        }
    columns = ["app", "next build", "added, no cache", "added", "builder's own", "nothing changed"]
    title = f"seconds; median (min-max) of {options.runs} rounds; load before: {load}"
    report(title, columns, rows, {"apps": figures, "load": load})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

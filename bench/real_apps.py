"""`python -m bench.real_apps FOLDER[=PATH]…`: exec -> first 200 of real apps, executable against node, interleaved.

Each folder holds one app: `source/` with its packages installed, and `bench.json` with what it needs:
`{"path": "/login", "script": "build", "env": {…}}`, all of it optional; `env` is that of builds and servers. What is
missing of `standalone/` and `dist/` is built first and stays, so that a later run measures only.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bench.apps import BUILDER, Built, app_folder, copy_standalone, run
from bench.measure import Start, load_average, median, report, spread, time_start

RUNS = 11


@dataclass(frozen=True)
class RealApp:
    """One folder and the path that is asked for."""

    folder: Path
    path: str
    script: str = "build"
    env: dict[str, str] = field(default_factory=dict)

    def build(self) -> Built:
        """Plain `next build` first: the builder's own run then leaves the copy of its output alone."""
        source, standalone, dist = self.folder / "source", self.folder / "standalone", self.folder / "dist"
        env = {**os.environ, **self.env, "NEXT_TELEMETRY_DISABLED": "1"}
        if not standalone.exists():
            shutil.rmtree(source / ".next", ignore_errors=True)
            run(["npm", "run", self.script], source, {**env, "NEXT_PRIVATE_STANDALONE": "true"})
            copy_standalone(source, self.folder / "standalone.part")
            (self.folder / "standalone.part").rename(standalone)
        if not (dist / "server").exists():
            builder = ["node", str(BUILDER), str(source), "--out", str(dist), "--build-script", self.script]
            run([*builder, "--package-manager", "npm"], self.folder, env)
        return Built(self.folder.name, dist, app_folder(standalone), self.env)


def read(argument: str) -> RealApp:
    name, _, path = argument.partition("=")
    folder = Path(name).resolve()
    file = folder / "bench.json"
    told = json.loads(file.read_text()) if file.exists() else {}
    return RealApp(folder, path or told.pop("path", "/"), **{key: told[key] for key in ("script", "env") if key in told})


def measure(app: RealApp) -> dict[str, list[Start]]:
    built = app.build()
    servers = [built.executable(), built.node()]
    for server in servers:
        time_start(server, app.path)  # fills the page cache
    found: dict[str, list[Start]] = {server.name: [] for server in servers}
    for _ in range(RUNS):
        for server in servers:
            found[server.name].append(time_start(server, app.path))
    return found


def main(arguments: list[str]) -> int:
    if not arguments:
        raise SystemExit("which apps? python -m bench.real_apps FOLDER[=PATH]…")
    rows, figures, factors = [], {}, []
    load = load_average()
    for app in map(read, arguments):
        starts = measure(app)
        firsts = {name: [start.first_answer for start in found] for name, found in starts.items()}
        ours, theirs = (median(times) for times in firsts.values())
        factors.append(theirs / ours)
        for name, found in starts.items():
            memory, own = [float(start.rss) for start in found], [float(start.anonymous) for start in found]
            factor = f"{theirs / ours:.1f}x" if name != "executable" else ""
            rows.append(
                [app.folder.name, app.path, name, spread(firsts[name], 1e3), factor, spread(memory, 1e-6), spread(own, 1e-6)]
            )
        figures[app.folder.name] = {
            "executable": round(ours * 1e3, 1),
            "node": round(theirs * 1e3, 1),
            "factor": round(factors[-1], 2),
        }
    columns = ["app", "path", "server", "first 200, ms", "to executable", "RSS, MB", "of it anonymous"]
    title = f"exec -> first 200, {RUNS} interleaved runs, median (min-max); load before: {load}"
    report(
        title,
        columns,
        rows,
        {"apps": figures, "median": round(median(factors), 2), "least": round(min(factors), 2), "load": load},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m bench.public_at_runtime`: what it costs at cold start that NEXT_PUBLIC_ values come when the server starts.

The storefront with and without the option, exec to the first answer, interleaved: a page rendered at the request, and one
made at build, which is filled when it is read.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench.apps import BUILDER, REPO, WORK, run
from bench.measure import Server, median, report, spread, time_start

ROUNDS = 40
PATHS = ("/", "/about")
VALUES = {"NEXT_PUBLIC_STORE_NAME": "Storefront", "STOREFRONT_SESSION_SECRET": "bench"}


def built(name: str, *options: str) -> Server:
    dist = WORK / "public-at-runtime" / name
    app = REPO / "examples/storefront"
    run(["node", str(BUILDER), str(app), "--out", str(dist), *options], REPO, {**os.environ, **VALUES})
    return Server(name, [str(dist / "server")], Path("/"), VALUES)


def main() -> int:
    servers = [built("in the build"), built("at start", "--public-at-runtime")]
    rows, figures = [], {}
    for path in PATHS:
        found: dict[str, list[float]] = {server.name: [] for server in servers}
        for _ in range(ROUNDS):
            for server in servers:
                found[server.name].append(time_start(server, path).first_answer)
        rows += [[path, name, spread(times, 1e3, 1), f"{min(times) * 1e3:.1f}"] for name, times in found.items()]
        figures[path] = {name: round(median(times) * 1e3, 2) for name, times in found.items()}
    report(f"exec to first answer, ms, {ROUNDS} starts each", ["path", "values", "median (range)", "fastest"], rows, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench.cold_start [app]…`: exec -> first answer, executable against node, interleaved, page cache warm."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

from bench.apps import REPO, Built, build
from bench.measure import Server, Start, free_port, median, report, spawn, spread, stop, time_start

RUNS = 11


def measure(built: Built, path: str) -> dict[str, list[Start]]:
    servers: list[Server] = [built.executable(), built.node(), built.node_with_compile_cache()]
    for server in servers:
        fill(server, path)
    found: dict[str, list[Start]] = {server.name: [] for server in servers}
    for _ in range(RUNS):
        for server in servers:
            found[server.name].append(time_start(server, path))
    return found


def fill(server: Server, path: str) -> None:
    """One run that is not counted: page cache, and the compile cache, which node writes when it ends by itself."""
    time_start(server, path)
    if "NODE_COMPILE_CACHE" in server.env:
        port = free_port()
        process = spawn(server, port)
        try:
            subprocess.run(
                [
                    "curl",
                    "--silent",
                    "--retry",
                    "50",
                    "--retry-connrefused",
                    "--retry-delay",
                    "1",
                    f"http://127.0.0.1:{port}{path}",
                ],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            process.terminate()
            process.wait(30)
            if not Path(server.env["NODE_COMPILE_CACHE"]).exists():
                raise RuntimeError(f"{server.name} wrote no cache")
        finally:
            stop(process)


def compressed_over_empty(built: Built) -> float:
    """MB that the executable adds, gzip -6, to what Bun itself weighs."""
    empty = REPO / "packages/distribution-builder/node_modules/bun/bin/bun.exe"
    sizes = [len(gzip.compress(path.read_bytes(), 6)) for path in (built.dist / "server", empty)]
    return (sizes[0] - sizes[1]) / 1e6


def main(arguments: list[str]) -> int:
    apps = [Path(argument).resolve() for argument in arguments] or [REPO / "examples/storefront"]
    rows, figures = [], {}
    for app in apps:
        built = build(app)
        starts = measure(built, "/")
        executable = median([start.first_answer for start in starts["executable"]])
        for name, found in starts.items():
            firsts = [start.first_answer for start in found]
            factor = f"{median(firsts) / executable:.1f}x"
            opened, memory = [start.port_open for start in found], [float(start.rss) for start in found]
            rows.append([app.name, name, spread(firsts, 1e3), factor, spread(opened, 1e3), spread(memory, 1e-6)])
        figures[app.name] = {
            "gzip_over_bun_mb": round(compressed_over_empty(built), 1),
            **{name: round(median([s.first_answer for s in found]) * 1e3, 1) for name, found in starts.items()},
        }
    columns = ["app", "server", "first 200, ms", "to executable", "port open, ms", "RSS, MB"]
    report(f"exec -> first 200, {RUNS} interleaved runs, median (min-max)", columns, rows, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

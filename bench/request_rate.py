"""`python -m bench.request_rate`: requests/s and p99 through one Caddy, the executable against node, after warm-up.

Caddy, servers and wrk share this machine's cores, so the figures are for comparing, not for promising.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.apps import REPO, build
from bench.measure import Server, free_port, median, report, rss, spawn, spread, stop

ROUNDS, SECONDS, CONNECTIONS, WARM_UP = 3, 10, 50, 5
PATHS = ("/", "/products/lamp", "/api/products")


@dataclass(frozen=True)
class Load:
    """Requests/s, 99th percentile in ms, answers that were no 2xx or 3xx, resident bytes under load."""

    rate: float
    p99: float
    failed: int
    rss: int


def wrk(url: str, seconds: int) -> tuple[float, float, int]:
    program = shutil.which("wrk")
    if program is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    command = [program, "--latency", "--threads", "2", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s", url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0])
    value, unit = re.findall(r"99%\s+([\d.]+)(us|ms|s)", told)[0]
    bad = re.findall(r"Non-2xx or 3xx responses: (\d+)", told)
    return rate, float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit], int(bad[0]) if bad else 0


def under_load(server: Server, path: str) -> Load:
    port, front = free_port(), free_port()
    process = spawn(server, port)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "Caddyfile"
        config.write_text(f"{{\n\tadmin off\n}}\nhttp://:{front} {{\n\treverse_proxy 127.0.0.1:{port}\n}}\n")
        caddy = subprocess.Popen(["caddy", "run", "--config", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url, deadline = f"http://127.0.0.1:{front}{path}", time.monotonic() + 30
            while subprocess.run(["curl", "-sf", url], check=False, stdout=subprocess.DEVNULL).returncode:
                assert time.monotonic() < deadline, f"{server.name} does not answer {path}"
            wrk(url, WARM_UP)
            rate, p99, failed = wrk(url, SECONDS)
            return Load(rate, p99, failed, rss(process.pid))
        finally:
            caddy.terminate()
            caddy.wait(10)
            stop(process)


def _medians(loads: list[Load]) -> dict[str, int]:
    return {
        "rate": round(median([load.rate for load in loads])),
        "p99_ms": round(median([load.p99 for load in loads])),
        "rss_mb": round(median([load.rss for load in loads]) / 1e6),
    }


def main() -> int:
    built = build(REPO / "examples/storefront")
    command = ["node", "node_modules/next/dist/bin/next", "start"]
    start = Server("next start", command, built.dist.parent / "source", built.node().env)
    servers = [built.executable(), start, built.node()]
    rows, figures = [], {}
    for path in PATHS:
        found: dict[str, list[Load]] = {server.name: [] for server in servers}
        for _ in range(ROUNDS):
            for server in servers:
                found[server.name].append(under_load(server, path))
        for name, loads in found.items():
            rates, p99s, memory = ([getattr(load, key) for load in loads] for key in ("rate", "p99", "rss"))
            failed = str(sum(load.failed for load in loads))
            rows.append([path, name, spread(rates), spread(p99s, 1, 1), spread(memory, 1e-6), failed])
        figures[path] = {name: _medians(loads) for name, loads in found.items()}
    columns = ["path", "server", "requests/s", "p99, ms", "RSS, MB", "failed"]
    report(f"through Caddy, {CONNECTIONS} connections, {ROUNDS} x {SECONDS} s after {WARM_UP} s", columns, rows, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench.soak [requests]`: memory and requests/s over 200,000 requests to 20 routes, against node in one run.

Both servers run all the time and get their load in turns, a slice each, so that a change of the machine hits both. The
first tenth warms up; what is told of the rest is whether memory still grows and whether the rate drops.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.apps import REPO, build
from bench.measure import Server, free_port, median, report, rss, spawn, stop

REQUESTS = 200_000
PARTS = 10  # rows of the table
SLICE_SECONDS, CONNECTIONS = 4, 16  # one of a small count takes less, or one slice would be all of it
ROUTES = (
    *("/", "/about", "/account", "/cart", "/docs/a/b", "/gallery", "/gallery/lamp", "/guide", "/help", "/help/returns"),
    *("/legacy", "/legacy/first", "/legacy/static", "/news", "/products/clock", "/products/lamp", "/stock", "/wishlist"),
    *("/api/products", "/imprint"),
)

# One list for all connections of a thread, begun anew at its end.
SCRIPT = """
local routes = {{ {routes} }}
local at = 0
request = function()
  at = at % #routes + 1
  return wrk.format("GET", routes[at])
end
"""


@dataclass(frozen=True)
class Slice:
    """After `requests` in all: the rate of the last slice, resident bytes, answers that were no 2xx or 3xx."""

    requests: int
    rate: float
    rss: int
    failed: int


@dataclass
class Soaked:
    """One server's run."""

    server: Server
    port: int
    process: subprocess.Popen[bytes]
    slices: list[Slice] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return self.slices[-1].requests if self.slices else 0

    def part(self, number: int, wanted: int) -> list[Slice]:
        """Slices that ended in the given one of PARTS."""
        found = [s for s in self.slices if (s.requests - 1) * PARTS // wanted == number]
        return found or [min(self.slices, key=lambda s: abs(s.requests - (number + 0.5) * wanted / PARTS))]


def load(port: int, script: Path, seconds: int) -> tuple[int, float, int]:
    """Requests, requests/s and failures of one slice."""
    program = shutil.which("wrk")
    if program is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    command = [program, "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s", "--script"]
    told = subprocess.run([*command, str(script), f"http://127.0.0.1:{port}"], check=True, capture_output=True, text=True).stdout
    done = int(re.findall(r"(\d+) requests in", told)[0])
    if done == 0:
        raise SystemExit(f"no request was answered:\n{told}")
    bad = re.findall(r"Non-2xx or 3xx responses: (\d+)", told)
    lost = re.findall(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told)
    failed = sum(map(int, bad)) + sum(int(count) for counts in lost for count in counts)
    return done, float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0]), failed


def slice_seconds(wanted: int) -> int:
    return max(1, min(SLICE_SECONDS, wanted // 5000))


def require_routes(soaked: Soaked) -> None:
    """Each route once: an error page would be fast and say nothing."""
    for route in ROUTES:
        deadline = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{soaked.port}{route}", timeout=30):
                    break
            except urllib.error.HTTPError as error:
                raise SystemExit(f"{soaked.server.name} answers {route} with {error.code}") from error
            except OSError as error:
                if soaked.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{soaked.server.name} does not answer {route}: {error}") from error
                time.sleep(0.05)


def soak(servers: Sequence[Server], wanted: int) -> list[Soaked]:
    """Load them in turns until each has answered `wanted` requests."""
    running: list[Soaked] = []
    try:
        for server in servers:
            port = free_port()
            running.append(Soaked(server, port, spawn(server, port)))
        for each in running:
            require_routes(each)
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "routes.lua"
            script.write_text(SCRIPT.format(routes=", ".join(f'"{route}"' for route in ROUTES)))
            while min(each.requests for each in running) < wanted:
                for each in (each for each in running if each.requests < wanted):
                    done, rate, failed = load(each.port, script, slice_seconds(wanted))
                    each.slices.append(Slice(each.requests + done, rate, rss(each.process.pid), failed))
                    print(f"{each.server.name}: {each.requests} of {wanted}", file=sys.stderr)
    finally:
        for each in running:
            stop(each.process)
    return running


def figures_of(each: Soaked, wanted: int) -> dict[str, float]:
    """After the first tenth: the last third against the first one."""
    rest = [s for s in each.slices if s.requests > wanted / PARTS] or each.slices
    third = max(1, len(rest) // 3)
    early, late = rest[:third], rest[-third:]
    return {
        "requests": each.requests,
        "failed": sum(s.failed for s in each.slices),
        "rate": round(median([s.rate for s in rest])),
        "rate_late_over_early": round(median([s.rate for s in late]) / median([s.rate for s in early]), 3),
        "rss_mb": round(median([s.rss for s in late]) / 1e6, 1),
        "rss_peak_mb": round(max(s.rss for s in each.slices) / 1e6, 1),
        "rss_late_over_early": round(median([s.rss for s in late]) / median([s.rss for s in early]), 3),
    }


def main(arguments: Sequence[str]) -> int:
    wanted = int(arguments[0]) if arguments else REQUESTS
    built = build(REPO / "examples/storefront")
    soaked = soak([built.executable(), built.node()], wanted)
    rows = []
    for number in range(PARTS):
        row = [f"{(number + 1) * wanted // PARTS:,}"]
        for each in soaked:
            part = each.part(number, wanted)
            row += [f"{median([s.rate for s in part]):.0f}", f"{median([s.rss for s in part]) / 1e6:.0f}"]
        rows.append(row)
    figures = {each.server.name: figures_of(each, wanted) for each in soaked}
    drift = [[f"{told[key]:.2f}x" for key in ("rate_late_over_early", "rss_late_over_early")] for told in figures.values()]
    rows.append(["last third to first", *(cell for cells in drift for cell in cells)])
    columns = ["requests", *(f"{each.server.name}: {what}" for each in soaked for what in ("1/s", "RSS, MB"))]
    title = f"{wanted:,} requests to {len(ROUTES)} routes, {CONNECTIONS} connections, {slice_seconds(wanted)} s in turns"
    report(title, columns, rows, figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

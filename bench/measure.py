"""What the benches share: servers started and timed, tables, the closing line of JSON."""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

START_SECONDS = 30
TICK = 0.0005  # between two tries to connect


@dataclass(frozen=True)
class Server:
    """How a server is started: `command` in `folder`; PORT is added to `env`."""

    name: str
    command: Sequence[str]
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Start:
    """Seconds from exec to the open port, and to the first whole answer with status 200; memory in bytes after it.

    `anonymous` is what no file stands behind: the rest of `rss` are pages of the page cache.
    """

    port_open: float
    first_answer: float
    rss: int
    anonymous: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def spawn(server: Server, port: int) -> subprocess.Popen[bytes]:
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "NODE_ENV": "production", "HOSTNAME": "127.0.0.1"}
    env |= {**server.env, "PORT": str(port)}
    return subprocess.Popen(
        list(server.command),
        cwd=server.folder,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def time_start(server: Server, path: str) -> Start:
    """Start it, wait for the first answer, stop it."""
    port = free_port()
    began = time.perf_counter()
    process = spawn(server, port)
    try:
        opened = _connected(port, process, began)
        answered = _answered(port, path, server, began)
        return Start(opened, answered, rss(process.pid), anonymous(process.pid))
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def rss(pid: int) -> int:
    """Resident bytes of a process and its children."""
    children = subprocess.run(["ps", "-o", "rss=", "--pid", str(pid), "--ppid", str(pid)], check=True, capture_output=True)
    return sum(int(line) for line in children.stdout.split()) * 1024


def anonymous(pid: int) -> int:
    """Anonymous bytes of a process and its children."""
    children = subprocess.run(["ps", "-o", "pid=", "--pid", str(pid), "--ppid", str(pid)], check=True, capture_output=True)
    rollups = [Path(f"/proc/{int(one)}/smaps_rollup").read_text() for one in children.stdout.split()]
    return sum(int(line.split()[1]) * 1024 for text in rollups for line in text.splitlines() if line.startswith("Anonymous:"))


def _connected(port: int, process: subprocess.Popen[bytes], began: float) -> float:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return time.perf_counter() - began
        if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
            raise RuntimeError(f"{process.args!r} does not listen on {port}")
        time.sleep(TICK)


def _answered(port: int, path: str, server: Server, began: float) -> float:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    head = b""
    while time.perf_counter() - began < START_SECONDS:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as connection:
                connection.sendall(request)
                head = connection.recv(65536)
                while connection.recv(65536):
                    pass
            if head.startswith(b"HTTP/1.1 200"):
                return time.perf_counter() - began
        except OSError:
            time.sleep(TICK)
    raise RuntimeError(f"{server.name} in {server.folder} does not answer {path} with 200 but: {head[:200].decode('latin1')!r}")


def load_average() -> float:
    """Of the last minute: what else ran; figures of a loaded machine compare, but promise nothing."""
    return round(os.getloadavg()[0], 1)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def spread(values: Sequence[float], factor: float = 1, digits: int = 0) -> str:
    """`median (min-max)`."""
    numbers = [median(values) * factor, min(values) * factor, max(values) * factor]
    middle, low, high = (f"{number:.{digits}f}" for number in numbers)
    return f"{middle} ({low}-{high})"


def report(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], figures: Mapping[str, object]) -> None:
    """A table for people, then one line of JSON for scripts."""
    table = Table(title=title)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
    print(json.dumps(figures, sort_keys=True))

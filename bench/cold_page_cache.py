"""`python -m bench.cold_page_cache [FOLDER[=PATH]…]`: exec -> first 200 when nothing of the program is in the page cache.

As on a machine that has just pulled the image. Before each start the pages of the program's own files are dropped, all of
them: the executable; node (a copy, as other processes hold the installed one) and its standalone folder. `fincore` checks
that they are gone. The system's libraries stay. Without arguments the example app, else folders as `bench.real_apps`
takes them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from bench.apps import REPO, WORK, Built, build
from bench.measure import Server, load_average, median, report, spread, time_start
from bench.real_apps import read

RUNS = 11
RESIDENT = 0.02  # of the bytes: what a file system keeps, or another process maps


def own_node(server: Server) -> Server:
    """The same server with a node that nobody else runs."""
    copy = WORK / "node-copy" / "node"
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(shutil.which(server.command[0]) or server.command[0], copy)
    return replace(server, command=[str(copy), *server.command[1:]])


def files_of(server: Server) -> list[Path]:
    """What only this server reads: its program, and node's folder."""
    scripts = server.folder.rglob("*") if len(server.command) > 1 else ()
    return [Path(server.command[0]), *(path for path in scripts if path.is_file() and not path.is_symlink())]


def drop(files: list[Path]) -> None:
    for path in files:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)  # a dirty page cannot be dropped
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def require_cold(server: Server, files: list[Path]) -> None:
    """A start out of a warm cache would be told as a cold one."""
    command = ["fincore", "--bytes", "--noheadings", "--output", "RES", str(files[0])]
    resident = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    size = files[0].stat().st_size
    if resident > size * RESIDENT:
        raise SystemExit(f"{server.name}: {resident:,} of {size:,} bytes of {files[0]} stay in the page cache; who else runs it?")


def cold_starts(built: Built, path: str) -> dict[str, list[float]]:
    servers = [built.executable(), own_node(built.node())]
    files = {server.name: files_of(server) for server in servers}
    found: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(RUNS):
        for server in servers:
            drop(files[server.name])
            require_cold(server, files[server.name])
            found[server.name].append(time_start(server, path).first_answer)
    return found


def main(arguments: list[str]) -> int:
    apps = [(app.build(), app.path) for app in map(read, arguments)] or [(build(REPO / "examples/storefront"), "/")]
    load, rows, figures = load_average(), [], {}
    for built, path in apps:
        found = cold_starts(built, path)
        ours = median(found["executable"])
        rows += [[built.name, name, spread(times, 1e3), f"{median(times) / ours:.1f}x"] for name, times in found.items()]
        figures[built.name] = {name: round(median(times) * 1e3, 1) for name, times in found.items()}
    columns = ["app", "server", "first 200, ms", "to executable"]
    title = f"exec -> first 200, page cache cold, {RUNS} interleaved runs, median (min-max); load before: {load}"
    report(title, columns, rows, {"apps": figures, "load": load})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

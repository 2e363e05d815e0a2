"""`python -m bench.record_hot_pages [FOLDER[=PATH]…]`: which pages of Bun servers touch up to their first answer.

Writes packages/distribution-builder/src/compile/hot-pages.x64.json, which the builder puts into every executable
(src/compile/read-ahead.js there). To be run for each new Bun, as root. The example app is started, and apps in folders as
`bench.real_apps` takes them: apps differ. What one of nine touches and none of the other eight is met in 0 to 65 places,
in up to 130 if a page counted only where two touch it, which saves 4 MB; with the example alone, 1,000 pages of one app.

Without read-ahead a page is read only if it is touched, so what is in the page cache after a cold start is what is asked
for. What is started is a copy without the builder's own read-ahead: it begins at Bun's own entry.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from bench.apps import REPO, WORK, Built, build
from bench.cold_page_cache import drop, require_cold
from bench.measure import Server, time_start
from bench.real_apps import read

BUILDER = REPO / "packages/distribution-builder"
BUN = BUILDER / "node_modules/bun/bin/bun.exe"
HOT_PAGES = BUILDER / "src/compile/hot-pages.x64.json"
RUNS = 3  # of an app; a second start finds up to 190 pages more, a third up to 30
# Pages between two hot ones that are read with them: of nine apps, 1,230 ranges become 445, 25 MB 30. Eight make it 35 MB
# and 16 make it 40, for 275 and 157 ranges; the disk gives 0.8 GB a second. The table has room for 760 pieces of 128 kB.
GAP = 4
PAGE = mmap.PAGESIZE
PT_LOAD = 1


class Segment(NamedTuple):
    """A part of the program that is mapped from the file as it is."""

    offset: int
    address: int
    size: int

    def pages_in_file(self) -> range:
        return range(self.offset // PAGE, (self.offset + self.size - 1) // PAGE + 1)

    def page_in_memory(self, page_in_file: int) -> int:
        return page_in_file + (self.address - self.offset) // PAGE


def segments(program: Path) -> list[Segment]:
    """Bun's constants and code; what it writes to stands last and is left out: the dynamic linker has read it by then."""
    content = program.read_bytes()[:PAGE]
    table, size, count = (*struct.unpack_from("<Q", content, 32), *struct.unpack_from("<HH", content, 54))
    headers = [struct.unpack_from("<IIQQQQ", content, table + number * size) for number in range(count)]
    return [Segment(offset, address, length) for kind, _, offset, address, _, length in headers if kind == PT_LOAD][:2]


def build_id(program: Path) -> str:
    notes = subprocess.run(["readelf", "--notes", "--wide", str(program)], check=True, capture_output=True, text=True).stdout
    return notes.split("Build ID:")[1].split()[0]


@contextmanager
def read_ahead_off(path: Path) -> Iterator[None]:
    """On the device that holds `path`, for everybody."""
    number = path.stat().st_dev
    device = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}").resolve()
    queue = next(folder / "queue" for folder in (device, device.parent) if (folder / "queue").is_dir())  # a partition has none
    setting = queue / "read_ahead_kb"
    before = setting.read_text()
    setting.write_text("0")
    try:
        yield
    finally:
        setting.write_text(before)


def resident(path: Path) -> bytes:
    """One byte a page of the file: 1 where it is in the page cache."""
    libc = ctypes.CDLL(None, use_errno=True)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        pages = (len(mapped) + PAGE - 1) // PAGE
        found = (ctypes.c_ubyte * pages)()
        start = ctypes.c_char.from_buffer(mapped)
        failed = libc.mincore(ctypes.c_void_p(ctypes.addressof(start)), ctypes.c_size_t(len(mapped)), found)
        del start  # or the mapping cannot be closed
    if failed:
        raise OSError(ctypes.get_errno(), "mincore")
    return bytes(one & 1 for one in found)


def without_read_ahead(server: Server) -> Server:
    """The same server, started at the address that Bun itself is started at."""
    copy = WORK / "hot-pages" / "server"
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(server.command[0], copy)
    with BUN.open("rb") as bun, copy.open("r+b") as file:
        file.seek(24)
        file.write(bun.read(32)[24:])
    return replace(server, command=[str(copy)])


def touched(built: Built, path: str) -> set[int]:
    """Pages of the file that are read."""
    server = without_read_ahead(built.executable())
    program = Path(server.command[0])
    bun = {page for segment in segments(BUN) for page in segment.pages_in_file()}
    found: set[int] = set()
    with read_ahead_off(program):
        for _ in range(RUNS):
            drop([program])
            require_cold(server, [program])
            time_start(server, path)
            pages = {page for page, here in enumerate(resident(program)) if here} & bun
            print(f"{built.name}: {len(pages)} pages, {len(pages - found)} new")
            found |= pages
    return found


def ranges(pages: list[int]) -> list[tuple[int, int]]:
    """First page and number of pages; those with at most GAP pages between them become one."""
    found: list[tuple[int, int]] = []
    for page in pages:
        if found and page - sum(found[-1]) <= GAP:
            found[-1] = (found[-1][0], page + 1 - found[-1][0])
        else:
            found.append((page, 1))
    return found


def main(arguments: list[str]) -> int:
    apps = [(build(REPO / "examples/storefront"), "/"), *((app.build(), app.path) for app in map(read, arguments))]
    pages: set[int] = set().union(*(touched(built, path) for built, path in apps))
    hot = [
        one
        for segment in segments(BUN)
        for one in ranges([segment.page_in_memory(page) for page in segment.pages_in_file() if page in pages])
    ]
    version = subprocess.run([str(BUN), "--version"], check=True, capture_output=True, text=True).stdout.strip()
    HOT_PAGES.write_text(json.dumps({"bun": version, "buildId": build_id(BUN), "pages": hot}, separators=(",", ":")) + "\n")
    touched_mb, read_mb = (count * PAGE / 1e6 for count in (len(pages), sum(count for _, count in hot)))
    print(f"{touched_mb:.1f} MB touched, {read_mb:.1f} MB in {len(hot)} ranges: {HOT_PAGES.relative_to(REPO)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

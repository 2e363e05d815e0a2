"""Runs the distribution-builder: an app's source becomes dist/{server, payload.json, assets/}."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nextcore.errors import UserError
from nextcore.payload import NextCorePayload, load_payload
from nextcore.places import cache_folder


@dataclass(frozen=True)
class Distribution:
    """A finished dist/ folder. `cached`: the source had not changed and nothing was built.

    `filled`: a folder with payload.json and assets/ as they are released, where values come after the build
    (nextcore/public_values.py).
    """

    dist: Path
    payload: NextCorePayload
    cached: bool
    filled: Path | None = None

    @property
    def server(self) -> Path:
        return self.dist / "server"

    @property
    def assets(self) -> Path:
        return self.released / "assets"

    @property
    def released(self) -> Path:
        """Where payload.json and assets/ are that a release takes."""
        return self.filled or self.dist


def build_distribution(
    app: Path, out: Path, builder: Path, options: Sequence[str] = (), public: Mapping[str, str] | None = None
) -> Distribution:
    """Build `app` to `out` with `options` of the builder's own command.

    `public`: NEXT_PUBLIC_ variables, which `next build` writes into the pages. The builder's progress goes to stderr; its
    error block becomes a UserError.
    """
    if shutil.which("node") is None:
        raise UserError("there is no node", "PATH", "install Node.js 20 or newer")
    # A killed `pulumi up` may leave its build running: the next one waits for it, then finds its result. Two stacks of
    # one app would build in the same .next.
    app_lock = hashlib.sha256(str(app.resolve()).encode()).hexdigest()[:16]
    with _locked(out.parent / f"{out.name}.lock"), _locked(cache_folder() / "locks" / app_lock):
        return _build(app, out, builder, options, public or {})


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(app: Path, out: Path, builder: Path, options: Sequence[str], public: Mapping[str, str]) -> Distribution:
    command = ["node", str(builder / "bin" / "distribution-builder.js"), str(app), "--out", str(out), "--json", *options]
    env = {**os.environ, **public}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None and process.stderr is not None
    told, block = _print_progress(process.stderr)
    answer = process.stdout.read()
    if process.wait() != 0:
        raise _told_error([*told, *block], app)
    print(*block, sep="\n", end="\n" if block else "", file=sys.stderr)
    cached = bool(json.loads(answer.strip().splitlines()[-1])["cached"])
    return Distribution(out, load_payload(out / "payload.json"), cached)


def _print_progress(lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """Print lines as they come. What follows the last `error: ` is not printed but returned apart: who catches it tells it."""
    told: list[str] = []
    block: list[str] = []
    for line in (line.rstrip() for line in lines):
        if line.startswith("error: "):
            print(*block, sep="\n", end="\n" if block else "", file=sys.stderr)
            told, block = [*told, *block], [line]
        elif block:
            block.append(line)
        else:
            print(line, file=sys.stderr)
            told.append(line)
    return told, block


def _told_error(told: list[str], app: Path) -> UserError:
    """The builder's last block on stderr: `error: …`, `  where: …`, `  next: …`. Without one, its last lines."""
    start = next((at for at in range(len(told) - 1, -1, -1) if told[at].startswith("error: ")), None)
    if start is None:
        return UserError("\n".join(told[-5:]) or "the build failed", str(app), "solve what stands above, then run again")
    parts = {"what": told[start].removeprefix("error: "), "where": str(app), "next": ""}
    at = "what"
    for line in told[start + 1 :]:
        label, _, text = line.strip().partition(": ")
        if label in ("where", "next"):
            at = label
            parts[at] = text
        else:
            parts[at] += f"\n{line}"
    return UserError(parts["what"], parts["where"], parts["next"])

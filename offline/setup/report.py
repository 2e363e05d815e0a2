"""One line when a step starts, one when it ends: readable on a terminal and in a CI log alike."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


class SetupError(Exception):
    """A step that cannot go on. `what` happened, and what to do `next`."""

    def __init__(self, what: str, next: str, detail: str = "") -> None:
        super().__init__(what)
        self.what, self.next, self.detail = what, next, detail


def tell(error: SetupError) -> None:
    """What happened, its details, and what to do next."""
    say(f"error: {error.what}")
    if error.detail:
        print(error.detail, file=sys.stderr)
    say(f"next: {error.next}")


def say(text: str) -> None:
    print(f"setup: {text}", file=sys.stderr, flush=True)


@contextmanager
def step(name: str, doing: str) -> Iterator[None]:
    """Say what is about to be done before it is done, and how long it took."""
    say(f"{name}: {doing}")
    start = time.monotonic()
    yield
    say(f"{name}: done in {time.monotonic() - start:.0f} s")


def run(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, hint: str) -> str:
    """Run a command quietly; where it fails, raise with its last lines and `hint` as what to do next."""
    done = subprocess.run([str(c) for c in command], check=False, cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).strip().splitlines()[-15:]
        raise SetupError(f"{' '.join(str(c) for c in command[:3])} … ended with {done.returncode}", hint, "\n".join(lines))
    return done.stdout

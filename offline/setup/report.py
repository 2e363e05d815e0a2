"""One line when a step starts, one when it ends: readable on a terminal and in a CI log alike."""

from __future__ import annotations

import os
import signal
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
    return _output(subprocess.run([str(c) for c in command], check=False, cwd=cwd, env=env, capture_output=True, text=True), hint)


def run_within(seconds: float, attempts: int, command: Sequence[str | Path], *, cwd: Path, hint: str) -> str:
    """`run` for what may wait without end: stopped after `seconds`, with all that it started, and begun anew."""
    words = [str(c) for c in command]
    for attempt in range(1, attempts + 1):
        pipe = subprocess.PIPE
        process = subprocess.Popen(words, cwd=cwd, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, process_group=0)
        try:
            stdout, stderr = process.communicate(timeout=seconds)
            return _output(subprocess.CompletedProcess(words, process.returncode, stdout, stderr), hint)
        except subprocess.TimeoutExpired:
            say(f"{' '.join(words[:3])} … took over {seconds:.0f} s and was stopped, attempt {attempt} of {attempts}")
        finally:  # a group of its own does not get the terminal's Ctrl-C
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
    raise SetupError(f"{' '.join(words[:3])} … did not end within {seconds:.0f} s, {attempts} times", hint)


def _output(done: subprocess.CompletedProcess[str], hint: str) -> str:
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).strip().splitlines()[-15:]
        raise SetupError(f"{' '.join(done.args[:3])} … ended with {done.returncode}", hint, "\n".join(lines))
    return done.stdout

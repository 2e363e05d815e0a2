"""Programs that outlive the command that starts them: a session of their own, a log, a pid file."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from offline.setup.report import SetupError

Command = Sequence[str | Path]


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true in time. Looks ten times a second."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def start_time(pid: int) -> str | None:
    """When a live process started, in the kernel's ticks; None for one that ended. Tells a pid from its next owner."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        # A first thread that has ended is a zombie before the others have: they still hold the process's ports.
        ended = fields[0] == "Z" and len(list(Path(f"/proc/{pid}/task").iterdir())) < 2
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if ended else fields[19]


@dataclass(frozen=True)
class Processes:
    """`pids/<name>` holds pid and start time, so that nothing but what we started is ever stopped."""

    pids: Path
    logs: Path
    path: str

    def pid(self, name: str) -> int | None:
        """The pid of a process that we started and that still runs."""
        try:
            pid, started = (self.pids / name).read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if start_time(int(pid)) == started else None

    def names(self) -> list[str]:
        return sorted(file.name for file in self.pids.glob("*"))

    def start(self, name: str, command: Command, env: Mapping[str, str] | None = None) -> None:
        """Start it unless it runs."""
        if self.pid(name) is not None:
            return
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [str(part) for part in command],
                env={**os.environ, "PATH": self.path, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self.pids / name).write_text(f"{process.pid} {start_time(process.pid)}")

    def expect(self, name: str, condition: Callable[[], bool], seconds: float) -> None:
        """Wait until the process does what it is there for; raise with its last lines where it ends or never does."""
        if wait_for(lambda: self.pid(name) is None or condition(), seconds) and self.pid(name) is not None:
            return
        log = self.logs / f"{name}.log"
        ended = "ended" if self.pid(name) is None else f"was not ready in {seconds:.0f} s"
        lines = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
        raise SetupError(f"{name} {ended}", f"read {log}, then run `make cluster` again; it goes on where it stopped", lines)

    def stop(self, name: str, seconds: float = 10) -> None:
        """TERM, then KILL."""
        pid = self.pid(name)
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
            if not wait_for(lambda: self.pid(name) is None, seconds):
                os.kill(pid, signal.SIGKILL)
                wait_for(lambda: self.pid(name) is None, 5)
        (self.pids / name).unlink(missing_ok=True)

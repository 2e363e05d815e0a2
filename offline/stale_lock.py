"""`python3 -m offline.stale_lock STACK`: lifts the lock that a killed `pulumi` left on a stack of a local file backend.

The engine locks a stack by a file that names process and machine. Killed with -9 it cannot remove it, and every later
command would ask for `pulumi cancel`. A lock of a process that still runs, or of another machine, is left alone.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path


def stale_locks(backend: Path, stack: str) -> list[Path]:
    """Locks of `stack` whose process is gone; empty where any of its locks is alive."""
    locks = sorted((backend / ".pulumi" / "locks").glob(f"**/{stack}/*.json"))
    return locks if locks and not any(_is_held(lock) for lock in locks) else []


def _is_held(lock: Path) -> bool:
    try:
        told = json.loads(lock.read_text())
        if told["hostname"] != socket.gethostname():
            return True
        os.kill(int(told["pid"]), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError, KeyError):
        return True  # not ours to judge
    return True


def main(arguments: list[str]) -> int:
    (stack,) = arguments
    url = os.environ.get("PULUMI_BACKEND_URL", "")
    if url.startswith("file://") and stale_locks(Path(url.removeprefix("file://")).expanduser(), stack):
        print(f"lifting the lock that an interrupted command left on stack {stack}", file=sys.stderr)
        return subprocess.run(["pulumi", "cancel", "--yes", "--stack", stack], check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

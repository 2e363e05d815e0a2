"""The project's virtual environment, made by uv from the locked requirements."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from offline.setup.places import Places
from offline.setup.report import run, step

UV = "0.13.8"
# A whole `pulumi up` without changes: 6.5 s without bytecode (where the shell forbids Python to write it), 3.4 s with.
COMPILE = ("--compile-bytecode",)
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def environment_variables() -> dict[str, str]:
    """uv trusts its own certificates; behind a company's proxy the machine's are the right ones."""
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    if CERTIFICATES.exists():
        env.setdefault("SSL_CERT_FILE", str(CERTIFICATES))
    return env


def ensure_uv(places: Places) -> None:
    """uv of our pinned version, in an environment of its own in the cache."""
    if places.uv.exists() and (places.uv.parent / f".uv-{UV}").exists():
        return
    with step("uv", f"installing uv {UV}"):
        home = places.uv.parent.parent
        run([sys.executable, "-m", "venv", home], hint="install Debian's python3-venv")
        run([home / "bin" / "pip", "install", "--quiet", f"uv=={UV}"], hint="check that the Python package index can be reached")
        (places.uv.parent / f".uv-{UV}").touch()


def ensure_python(places: Places) -> None:
    """.venv as requirements.txt says (uv's export of the lock, with hashes); nothing runs when it is there already.

    uv.lock itself is not kept: it names the index's host in every line, which a company with a mirror cannot use.
    """
    lock = places.repo / "requirements.txt"
    environment = places.repo / ".venv"
    stamp = environment / ".made-from"
    wanted = hashlib.sha256(lock.read_bytes() + repr(COMPILE).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    ensure_uv(places)
    with step("python", "making .venv from requirements.txt"):
        hint = "check that the Python package index can be reached"
        python = environment / "bin" / "python"
        if not python.exists():
            run([places.uv, "venv", "--quiet", "--python", sys.executable, environment], env=environment_variables(), hint=hint)
        command: list[str | Path] = [places.uv, "pip", "sync", "--require-hashes", *COMPILE, "--python", python, lock]
        run(command, cwd=places.repo, env=environment_variables(), hint=hint)
        stamp.write_text(wanted)

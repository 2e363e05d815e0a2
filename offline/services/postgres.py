"""Debian's PostgreSQL as a process with its own data: a database for tests, 40 MB resident.

PostgreSQL refuses to run as root, so that root starts it as the user that the package makes.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from offline.processes import Processes
from offline.services.ports import listens
from offline.services.private import write_private
from offline.setup import apt

NAME = "postgres"
PACKAGE = "postgresql-15"
VERSIONS = Path("/usr/lib/postgresql")
USER, DATABASE = "shop", "shop"
OWN_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")
START_SECONDS = 30


def programs() -> Path:
    """The folder with initdb and postgres; installs the package where it is missing, without a cluster of its own."""
    found = sorted(VERSIONS.glob("*/bin/initdb"))
    if not found:
        if os.geteuid() == 0 and not OWN_CLUSTER.exists():
            OWN_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
            OWN_CLUSTER.write_text("create_main_cluster = false\n")
        apt.install(NAME, [PACKAGE])
        found = sorted(VERSIONS.glob("*/bin/initdb"))
    return found[-1].parent


@dataclass(frozen=True)
class Postgres:
    """A running server at `address` (host:port) with one user, who owns one database."""

    folder: Path
    address: str
    password: str

    @property
    def url(self) -> str:
        return f"postgres://{USER}:{self.password}@{self.address}/{DATABASE}?sslmode=disable"


@contextmanager
def running(address: str) -> Iterator[Postgres]:
    """One that is gone, data and all, at the end. Anybody who reaches `address` needs the random password."""
    host, _, port = address.rpartition(":")
    folder = Path(mkdtemp(prefix="nextcore-postgres-", dir="/tmp"))  # another user must be able to enter all of its path
    data, password_file = folder / "data", folder / "password"
    server = Postgres(folder, address, secrets.token_urlsafe(24))
    processes = Processes(folder, folder, "/usr/bin:/bin")
    try:
        bin, as_user = programs(), _as_user(folder)
        write_private(password_file, server.password)
        if as_user:
            shutil.chown(password_file, NAME, NAME)
        _run([*as_user, bin / "initdb", "-D", data, "-U", USER, "--pwfile", password_file, "-A", "scram-sha-256", "-E", "UTF8"])
        password_file.unlink()
        with (data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all all scram-sha-256\n")
        settings = {"listen_addresses": host, "port": port, "unix_socket_directories": "", "fsync": "off", "jit": "off"}
        options = [f"--{name}={value}" for name, value in settings.items()]
        processes.start(NAME, [*as_user, bin / "postgres", "-D", data, *options])
        processes.expect(NAME, lambda: listens(address), START_SECONDS)
        env = {"PGPASSWORD": server.password}
        _run([bin / "createdb", "-h", host, "-p", port, "-U", USER, DATABASE], env)
        yield server
    finally:
        processes.stop(NAME)
        shutil.rmtree(folder, ignore_errors=True)


def _as_user(folder: Path) -> list[str | Path]:
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, NAME, NAME)
    return ["setpriv", "--reuid", NAME, "--regid", NAME, "--clear-groups"]


def _run(command: list[str | Path], env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
        cwd="/",
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[-1]}: {done.stderr.strip()[-1000:]}")

"""A Docker daemon: the user's where one answers, else one of our own with its own data root and socket."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from offline.processes import wait_for
from offline.setup import apt
from offline.setup.places import Places
from offline.setup.report import SetupError, say, step

SYSTEM_SOCKET = Path("/var/run/docker.sock")
START_SECONDS = 60  # 0.3 s here; a slow disk's first start makes the overlay store


def answers(path: Path) -> bool:
    """Whether a daemon on this socket answers a ping."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(3)
            connection.connect(str(path))
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return b"200 OK" in connection.recv(64)
    except OSError:
        return False


def users_daemon() -> str | None:
    """DOCKER_HOST as the user set it, else the machine's own socket where a daemon answers there."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    return f"unix://{SYSTEM_SOCKET}" if answers(SYSTEM_SOCKET) else None


def _pid_file(places: Places) -> Path:
    return places.docker_run / "docker.pid"


def ensure_docker(places: Places) -> str:
    """The DOCKER_HOST to use. Starts a daemon only where none of the user's answers, and never touches theirs."""
    own = f"unix://{places.docker_socket}"
    host = users_daemon()
    if host and host != own:
        return host
    if answers(places.docker_socket):
        return own
    if shutil.which("dockerd") is None:
        apt.install("docker", ["docker.io", "iptables", "iproute2"])
        if answers(SYSTEM_SOCKET):  # where the machine has an init system, the package starts its own daemon
            return f"unix://{SYSTEM_SOCKET}"
    if os.geteuid() != 0:
        raise SetupError("no Docker daemon answers and only root can start one", "start Docker, or run `make up` as root")
    with step("docker", f"starting a daemon of our own at {own}, data in {places.docker_data}"):
        _start(places)
    return own


def _start(places: Places) -> None:
    places.docker_run.mkdir(parents=True, exist_ok=True)
    places.docker_data.mkdir(parents=True, exist_ok=True)
    _pid_file(places).unlink(missing_ok=True)
    log = places.cache / "docker.log"
    command = ["dockerd", "--data-root", places.docker_data, "--exec-root", places.docker_run / "exec"]
    command += ["--pidfile", _pid_file(places), "--host", f"unix://{places.docker_socket}"]
    with log.open("ab") as out:
        daemon = subprocess.Popen(
            [str(c) for c in command], stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
        )
    if (
        not wait_for(lambda: answers(places.docker_socket) or daemon.poll() is not None, START_SECONDS)
        or daemon.poll() is not None
    ):
        lines = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
        raise SetupError("the Docker daemon did not start", f"read {log}; it needs root and overlayfs", lines)


def stop_docker(places: Places) -> None:
    """Stop the daemon that `ensure_docker` started, if it runs; nobody else's."""
    pid_file = _pid_file(places)
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text())
    try:
        if b"dockerd" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return  # the number belongs to another process by now
        os.kill(pid, signal.SIGTERM)
    except (FileNotFoundError, ProcessLookupError):
        return
    stopped = wait_for(lambda: not answers(places.docker_socket) and not Path(f"/proc/{pid}/exe").exists(), START_SECONDS)
    say(f"docker: daemon {pid} {'stopped' if stopped else 'was told to stop and still runs'}")

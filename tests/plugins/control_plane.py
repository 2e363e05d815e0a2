"""etcd, an API server and its controllers on free ports of the loopback: real Kubernetes without nodes, up in 5 s."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3
import yaml

from offline.cluster.places import ClusterPlaces
from offline.plugins.kubernetes.cluster import Cluster
from offline.plugins.kubernetes.failures import PluginError
from offline.plugins.kubernetes.settings import Settings
from offline.setup.places import places

START_SECONDS = 60
PROGRAMS = ClusterPlaces(places()).bin


def program(name: str) -> Path:
    """A program of the local cluster; without it the test is skipped, and in CI it fails."""
    path = PROGRAMS / name
    if not path.is_file():
        message = f"{name} is missing in {PROGRAMS}: build the local cluster first"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


def eventually(what: str, holds: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    """Wait until `holds`, asking ten times a second."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)


class ControlPlane:
    """Started by `start`, ended by `stop`; `kubeconfig` is the administrator's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.kubeconfig = folder / "kubeconfig"

    def start(self) -> None:
        etcd, api_server, controllers = (program(name) for name in ("etcd", "kube-apiserver", "kube-controller-manager"))
        client, peer, secure, manager = free_ports(4)
        token, keys = secrets.token_hex(16), self._folder / "sa"
        (self._folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n")
        subprocess.run(["openssl", "genrsa", "-out", f"{keys}.key", "2048"], check=True, capture_output=True)
        public = ["openssl", "rsa", "-in", f"{keys}.key", "-pubout", "-out", f"{keys}.pub"]
        subprocess.run(public, check=True, capture_output=True)
        self._write_kubeconfig(secure, token)
        self._run(
            etcd,
            f"--data-dir={self._folder / 'etcd'}",
            "--unsafe-no-fsync",
            "--log-level=error",
            f"--listen-client-urls=http://127.0.0.1:{client}",
            f"--advertise-client-urls=http://127.0.0.1:{client}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-cluster=default=http://127.0.0.1:{peer}",
        )
        self._run(
            api_server,
            f"--etcd-servers=http://127.0.0.1:{client}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",  # what its own certificate is made out to
            "--endpoint-reconciler-type=none",  # and what may not be an endpoint
            f"--secure-port={secure}",
            f"--cert-dir={self._folder / 'certificates'}",
            "--service-cluster-ip-range=10.199.0.0/24",
            "--authorization-mode=RBAC",
            f"--token-auth-file={self._folder / 'tokens.csv'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={keys}.pub",
            f"--service-account-signing-key-file={keys}.key",
        )
        eventually("the API server is ready", self._ready)
        self._run(
            controllers,
            f"--kubeconfig={self.kubeconfig}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            f"--secure-port={manager}",
            f"--cert-dir={self._folder / 'certificates'}",
        )
        eventually("controllers run", lambda: self._finds("/api/v1/namespaces/default/serviceaccounts/default"))

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def cluster(self) -> Cluster:
        """A client that is nobody's plugin: a person at a terminal."""
        return Cluster(Settings(kubeconfig=str(self.kubeconfig)))

    def _run(self, path: Path, *arguments: str) -> None:
        log = (self._folder / f"{path.name}.log").open("wb")
        self._processes.append(subprocess.Popen([path, *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    def _ready(self) -> bool:
        assert all(process.poll() is None for process in self._processes), f"ended: read the logs in {self._folder}"
        return self._finds("/readyz")

    def _finds(self, path: str) -> bool:
        try:
            self.cluster().request("GET", path)
        except (PluginError, urllib3.exceptions.HTTPError):
            return False
        return True

    def _write_kubeconfig(self, port: int, token: str) -> None:
        server = {
            "server": f"https://127.0.0.1:{port}",
            "certificate-authority": str(self._folder / "certificates/apiserver.crt"),
        }
        value = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": server}],
            "users": [{"name": "admin", "user": {"token": token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
            "current-context": "test",
        }
        self.kubeconfig.write_text(yaml.safe_dump(value))


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [found.getsockname()[1] for found in sockets]
    for found in sockets:
        found.close()
    return ports

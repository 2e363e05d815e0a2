"""Where the cluster keeps its programs and state, and the addresses it uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from offline.setup.places import Places

NODE = "node1"
BRIDGE = "nextcore0"
POD_NETWORK = "10.244.0.0/24"
HOST = "10.244.0.1"  # this machine as pods see it; the address exists on the bridge only
FIRST_POD = "10.244.0.10"
SERVICE_NETWORK = "10.96.0.0/24"
API_SERVICE = "10.96.0.1"
DNS_SERVICE = "10.96.0.10"
API = f"https://{HOST}:6443"
REGISTRY = f"{HOST}:5000"
STORE = f"{HOST}:7070"
GATEWAY = f"http://{HOST}:8080"  # Contour maps a Gateway's listener 80 to 8080
DOMAIN = "ksvc.test"  # a Knative Service is <name>.<namespace>.ksvc.test at the gateway


@dataclass(frozen=True)
class ClusterPlaces:
    """Every path that the cluster reads or writes. One cluster a machine: its ports and bridge are fixed."""

    setup: Places

    @property
    def home(self) -> Path:
        return self.setup.cache / "cluster"

    @property
    def bin(self) -> Path:
        return self.home / "bin"

    @property
    def manifests(self) -> Path:
        return self.home / "manifests"

    @property
    def state(self) -> Path:
        """What `down --purge` removes."""
        return self.home / "state"

    @property
    def conf(self) -> Path:
        return self.state / "conf"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def pids(self) -> Path:
        return self.state / "pids"

    @property
    def pki(self) -> Path:
        return self.state / "pki"

    @property
    def kubeconfig(self) -> Path:
        return self.pki / "admin.kubeconfig"

    @property
    def run(self) -> Path:
        """Sockets. Under /run, because a unix socket's path may have 107 bytes at most."""
        return Path("/run/nextcore-cluster")

    @property
    def containerd_socket(self) -> Path:
        return self.run / "containerd.sock"

    @property
    def env_file(self) -> Path:
        return self.setup.local / "cluster-env"

    def make(self) -> None:
        """Make the folders; the state is readable by root only, as it holds keys."""
        for folder in (self.bin, self.manifests, self.conf, self.logs, self.pids, self.run):
            folder.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o700)

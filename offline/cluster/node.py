"""The one node: containerd, kubelet and kube-proxy."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path
from string import Template

from offline.cluster.images import image
from offline.cluster.kubectl import Kubectl
from offline.cluster.packages import CNI_PLUGINS
from offline.cluster.places import BRIDGE, DNS_SERVICE, FIRST_POD, HOST, NODE, POD_NETWORK, REGISTRY, ClusterPlaces
from offline.processes import Processes

CONFIG = Path(__file__).parent / "config"


def _values(places: ClusterPlaces) -> dict[str, object]:
    return {
        "state": places.state,
        "run": places.run,
        "conf": places.conf,
        "pki": places.pki,
        "socket": places.containerd_socket,
        "cni_plugins": CNI_PLUGINS,
        "registry": REGISTRY,
        "pause": image(places, "pause"),
        "bridge": BRIDGE,
        "host": HOST,
        "node": NODE,
        "pods": POD_NETWORK,
        "first_pod": FIRST_POD,
        "dns": DNS_SERVICE,
        "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
    }


def _write_config(places: ClusterPlaces) -> None:
    targets = {
        "containerd.toml": places.conf / "containerd.toml",
        "registry-hosts.toml": places.conf / "registries" / REGISTRY / "hosts.toml",
        "cni.conflist": places.conf / "cni" / "10-bridge.conflist",
        "kubelet.yaml": places.conf / "kubelet.yaml",
        "kube-proxy.yaml": places.conf / "kube-proxy.yaml",
    }
    values = _values(places)
    for name, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template((CONFIG / name).read_text()).substitute(values))
    (places.conf / "resolv.conf").write_text("")  # pods have no way out, so nothing but the cluster's own DNS


def ctr(places: ClusterPlaces, *arguments: str) -> subprocess.CompletedProcess[str]:
    """containerd's own client, in Kubernetes' namespace."""
    command = [str(places.bin / "ctr"), "--address", str(places.containerd_socket), "--namespace", "k8s.io", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def node_up(places: ClusterPlaces, processes: Processes, kubectl: Kubectl) -> None:
    """From an API server to a node that is Ready: 1 s and the images."""
    _write_config(places)
    processes.start("containerd", [places.bin / "containerd", "--config", places.conf / "containerd.toml", "--log-level", "warn"])
    # The kubelet ends where it finds no socket.
    processes.expect("containerd", lambda: ctr(places, "version").returncode == 0, 30)
    kubelet: list[str | Path] = [places.bin / "kubelet", f"--config={places.conf / 'kubelet.yaml'}"]
    kubelet += [f"--kubeconfig={places.pki / 'kubelet.kubeconfig'}", f"--root-dir={places.state / 'kubelet'}"]
    processes.start("kubelet", [*kubelet, f"--hostname-override={NODE}", f"--node-ip={HOST}"])
    kubectl.apply_file("node.yaml")
    processes.start("kube-proxy", [places.bin / "kube-proxy", f"--config={places.conf / 'kube-proxy.yaml'}"])
    processes.expect("kubelet", lambda: kubectl.succeeds("wait", "--for=condition=Ready", f"node/{NODE}", "--timeout=1s"), 90)

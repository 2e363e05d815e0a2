"""Stop everything that `up` started, and leave the machine as it was."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from offline.cluster.network import network_down
from offline.cluster.node import ctr
from offline.cluster.places import ClusterPlaces
from offline.cluster.registry import cluster_registry
from offline.processes import Processes, wait_for

PROXY_TABLES = (("ip", "kube-proxy"), ("ip6", "kube-proxy"))


def shims(places: ClusterPlaces) -> list[int]:
    """containerd's shims outlive it on purpose; ours are those that name our socket."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            if arguments[0].endswith(b"containerd-shim-runc-v2") and os.fsencode(places.containerd_socket) in arguments:
                found.append(int(folder.name))
    return sorted(found)


def children(pid: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return [int(child) for file in Path(f"/proc/{pid}/task").glob("*/children") for child in file.read_text().split()]
    return []


def _remove_containers(places: ClusterPlaces) -> None:
    for task in ctr(places, "tasks", "list", "--quiet").stdout.split():
        ctr(places, "tasks", "delete", "--force", task)
    for container in ctr(places, "containers", "list", "--quiet").stdout.split():
        ctr(places, "containers", "delete", container)
    wait_for(lambda: not shims(places), 10)


def _kill_shims(places: ClusterPlaces) -> None:
    """What is left where containerd was not there to be asked."""
    for shim in shims(places):
        for pid in [*children(shim), shim]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not shims(places), 5)


def _unmount(places: ClusterPlaces) -> None:
    ours = (f"{places.state}/", f"{places.run}/")
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for point in sorted((p for p in points if p.startswith(ours)), reverse=True):  # deepest first
        subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)


def _remove_cgroups() -> None:
    for folder in sorted(Path("/sys/fs/cgroup").glob("**/kubepods*/**/"), reverse=True):
        with contextlib.suppress(OSError):  # not empty: somebody else's
            folder.rmdir()


def tear_down(places: ClusterPlaces, processes: Processes, *, purge: bool) -> None:
    """Stop it. State stays for the next `up`, which then takes half the time, unless `purge`.

    Pods are not asked to leave: the kubelet goes first and finds its pods gone when it comes back, as after a reboot.
    """
    for name in ("contour-external-envoy", "contour-internal-envoy", "contour-external", "contour-internal", "kubelet"):
        processes.stop(name)
    if processes.pid("containerd") is not None:
        _remove_containers(places)
    for name in ("containerd", "kube-proxy", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"):
        processes.stop(name)
    cluster_registry(places).stop()
    _kill_shims(places)
    _unmount(places)
    _remove_cgroups()
    for family, table in PROXY_TABLES:
        subprocess.run(["nft", "delete", "table", family, table], check=False, capture_output=True)
    network_down(places.state / "kernel-settings.json")
    shutil.rmtree(places.run, ignore_errors=True)
    places.env_file.unlink(missing_ok=True)
    if purge:
        shutil.rmtree(places.state, ignore_errors=True)

"""Stop everything that `up` started, and leave the machine as it was."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

from offline.cluster.network import network_down
from offline.cluster.node import ctr
from offline.cluster.places import ClusterPlaces
from offline.cluster.registry import cluster_registry
from offline.cluster.store import cluster_store
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
    for line in ctr(places, "sandboxes", "list").stdout.splitlines()[1:]:
        ctr(places, "sandboxes", "remove", "--force", line.split()[0])


def _shim_sockets(places: ClusterPlaces) -> list[Path]:
    """They lie in a folder that every containerd of the machine shares, under names that only the shims' own files tell."""
    files = (places.run / "containerd").glob("*/*/*/bootstrap.json")
    return [Path(json.loads(file.read_text())["address"].removeprefix("unix://")) for file in files]


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

    Pods are not asked to leave: the kubelet goes first, then what it ran. The next `up` starts them anew.
    """
    for name in ("contour-external-envoy", "contour-internal-envoy", "contour-external", "contour-internal", "kubelet"):
        processes.stop(name)
    sockets = _shim_sockets(places)
    if processes.pid("containerd") is not None:
        _remove_containers(places)
    for name in ("containerd", "kube-proxy", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"):
        processes.stop(name)
    cluster_registry(places).stop()
    cluster_store(places).stop()
    _kill_shims(places)
    for socket in sockets:
        socket.unlink(missing_ok=True)
    _unmount(places)
    _remove_cgroups()
    for family, table in PROXY_TABLES:
        subprocess.run(["nft", "delete", "table", family, table], check=False, capture_output=True)
    network_down(places.state / "kernel-settings.json")
    shutil.rmtree(places.run, ignore_errors=True)
    places.env_file.unlink(missing_ok=True)
    if purge:
        shutil.rmtree(places.state, ignore_errors=True)

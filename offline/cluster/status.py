"""What runs, and what it takes."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from offline.cluster.kubectl import Kubectl
from offline.cluster.places import GATEWAY, REGISTRY, ClusterPlaces
from offline.cluster.registry import cluster_registry
from offline.cluster.store import cluster_store
from offline.cluster.teardown import children, shims
from offline.processes import Processes


def proportional_mib(pid: int) -> float:
    """Memory of a process in MiB, shared pages divided among those who share them."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


def _host_name(pid: int) -> str:
    """Of a container: its pod's name."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        found = re.search(rb"(?:^|\0)HOSTNAME=([^\0]+)", Path(f"/proc/{pid}/environ").read_bytes())
        return found[1].decode() if found else "pause"
    return "gone"


def memory(places: ClusterPlaces, processes: Processes) -> dict[str, float]:
    """MiB of each process of the cluster, those of pods included."""
    found: dict[str, float] = {}
    for name in processes.names():
        pid = processes.pid(name)
        if pid is not None:
            found[name] = proportional_mib(pid)
    for name, pid in {"registry": cluster_registry(places).pid(), "S3 server": cluster_store(places).pid()}.items():
        if pid is not None:
            found[name] = proportional_mib(pid)
    for shim in shims(places):
        found[f"shim {shim}"] = proportional_mib(shim)
        for child in children(shim):
            found[f"pod {_host_name(child)} {child}"] = proportional_mib(child)
    return found


def print_status(places: ClusterPlaces, processes: Processes, kubectl: Kubectl) -> bool:
    """Print it; whether the cluster answers."""
    stopped = [name for name in processes.names() if processes.pid(name) is None]
    taken = memory(places, processes)
    for name, mib in sorted(taken.items()):
        print(f"{mib:7.1f} MiB  {name}")
    for name in stopped:
        print(f"    stopped  {name}: read {places.logs / name}.log")
    if "kube-apiserver" not in taken or not kubectl.succeeds("get", "--raw=/readyz"):
        print("the cluster does not run; `make cluster` starts it")
        return False
    print(f"{sum(taken.values()):7.1f} MiB  together")
    print(f"kubectl:    {places.bin / 'kubectl'}\nkubeconfig: {places.kubeconfig}\ngateway:    {GATEWAY}\nregistry:   {REGISTRY}")
    print(kubectl("get", "nodes,pods,ksvc", "--all-namespaces"))
    return not stopped

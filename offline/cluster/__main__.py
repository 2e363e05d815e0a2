"""The order of a start, and the commands: `python3 -m offline.cluster build | up | down [--purge] | status`."""

from __future__ import annotations

import argparse
import fcntl
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from offline.cluster.control_plane import control_plane_up
from offline.cluster.dns import dns_up
from offline.cluster.gateways import gateways_up
from offline.cluster.go_build import ensure_programs
from offline.cluster.images import push_images
from offline.cluster.knative import ensure_manifests, knative_up
from offline.cluster.kubectl import Kubectl
from offline.cluster.network import network_up
from offline.cluster.node import node_up
from offline.cluster.packages import SYSTEM_PATH, ensure_packages
from offline.cluster.places import DOMAIN, GATEWAY, REGISTRY, ClusterPlaces
from offline.cluster.registry import cluster_registry
from offline.cluster.status import print_status
from offline.cluster.store import cluster_store
from offline.cluster.teardown import tear_down
from offline.processes import Processes
from offline.services.private import write_private
from offline.services.versitygw import REGION
from offline.setup.places import places as setup_places
from offline.setup.report import SetupError, say, step, tell


@contextmanager
def _alone(places: ClusterPlaces) -> Iterator[None]:
    """One command at a time: two that build or start the same things would trip each other."""
    places.home.mkdir(parents=True, exist_ok=True)
    with (places.home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("cluster: another command works on the cluster; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(places: ClusterPlaces) -> None:
    places.make()
    ensure_programs(places)
    ensure_manifests(places)


def write_env(places: ClusterPlaces) -> None:
    """What a shell sources to reach the cluster. The programs come last on PATH: ours must not hide the machine's own."""
    store = cluster_store(places)
    keys = store.credentials()
    variables = {
        "KUBECONFIG": str(places.kubeconfig),
        "NEXTCORE_GATEWAY": GATEWAY,
        "NEXTCORE_KNATIVE_DOMAIN": DOMAIN,
        "NEXTCORE_REGISTRY": REGISTRY,
        "NEXTCORE_STORE": store.url,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_REGION": REGION,
    }
    lines = ["# written by `make cluster`; use: source .nextcore/cluster-env"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    lines.append(f'export PATH="$PATH":{shlex.quote(str(places.bin))}')
    places.env_file.parent.mkdir(parents=True, exist_ok=True)
    write_private(places.env_file, "\n".join(lines) + "\n")


def up(places: ClusterPlaces, processes: Processes) -> None:
    """Each step looks at what is there already, so a second run goes on where the first was cut off."""
    kubectl = Kubectl(places)
    ensure_packages()
    build(places)
    with step("cluster", f"starting; state in {places.state}"):
        network_up(places.state / "kernel-settings.json")
        with step("control plane", "starting etcd, API server and controllers"):
            control_plane_up(places, processes, kubectl)
        cluster_registry(places).start()
        cluster_store(places).start()
        push_images(places)
        with step("node", "starting containerd, kubelet and kube-proxy"):
            node_up(places, processes, kubectl)
            dns_up(places, kubectl)
        with step("knative", "installing Knative Serving, starting Contour and Envoy"):
            knative_up(places, kubectl, lambda: gateways_up(places, processes, kubectl))
    write_env(places)
    say(f"cluster: gateway {GATEWAY}, registry {REGISTRY}, S3 {cluster_store(places).url}")
    say("cluster: `source .nextcore/cluster-env`, and kubectl is there")


def _command(arguments: argparse.Namespace, places: ClusterPlaces) -> int:
    processes = Processes(places.pids, places.logs, f"{places.bin}:{SYSTEM_PATH}")
    if arguments.command == "status":
        return 0 if print_status(places, processes, Kubectl(places)) else 1
    with _alone(places):
        if arguments.command == "build":
            build(places)
            return 0
        if os.geteuid() != 0:
            raise SetupError("the cluster makes a bridge and mounts, which only root may", "run it as root")
        if arguments.command == "up":
            up(places, processes)
        else:
            with step("cluster", "stopping"):
                tear_down(places, processes, purge=arguments.purge)
    return 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m offline.cluster", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build the programs and do no more")
    commands.add_parser("up", help="build what is missing and start the cluster")
    commands.add_parser("status", help="what runs, and what it takes")
    commands.add_parser("down", help="stop the cluster").add_argument("--purge", action="store_true", help="and remove its state")
    try:
        return _command(parser.parse_args(arguments), ClusterPlaces(setup_places()))
    except SetupError as error:
        tell(error)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

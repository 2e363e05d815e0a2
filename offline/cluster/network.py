"""The bridge that pods hang on, and what keeps it closed: nothing enters from, or leaves to, another interface."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from offline.cluster.places import BRIDGE, HOST, POD_NETWORK, SERVICE_NETWORK
from offline.setup.report import run

TABLE = "nextcore_cluster"
CLOSED = f"""
table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
  chain input {{
    type filter hook input priority -300; policy accept;
    iifname != {{ "lo", "{BRIDGE}", "veth*" }} ip daddr {{ {POD_NETWORK}, {SERVICE_NETWORK} }} drop
  }}
  chain forward {{
    type filter hook forward priority -300; policy accept;
    iifname "{BRIDGE}" oifname != "{BRIDGE}" drop
    oifname "{BRIDGE}" iifname != "{BRIDGE}" drop
  }}
}}
"""
SYSCTL = Path("/proc/sys")
# What this module, the kubelet and kube-proxy change; put back by `down`.
CHANGED_SETTINGS = (
    "net/ipv4/ip_forward",
    "net/bridge/bridge-nf-call-iptables",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
    "net/ipv4/conf/all/route_localnet",
    "net/netfilter/nf_conntrack_max",
    "net/netfilter/nf_conntrack_tcp_timeout_established",
    "net/netfilter/nf_conntrack_tcp_timeout_close_wait",
)
HINT = "the cluster needs root with CAP_NET_ADMIN, and nf_tables in the kernel"


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def bridge_exists() -> bool:
    return _succeeds("ip", "link", "show", BRIDGE)


def _save_settings(file: Path) -> None:
    if file.exists():
        return  # of a run that was cut off: the first save has the machine's own values
    found = {name: (SYSCTL / name).read_text().strip() for name in CHANGED_SETTINGS if (SYSCTL / name).exists()}
    file.write_text(json.dumps(found, indent=1))


def _restore_settings(file: Path) -> None:
    if not file.exists():
        return
    for name, value in json.loads(file.read_text()).items():
        if (SYSCTL / name).exists():
            (SYSCTL / name).write_text(value)
    file.unlink()


def _docker_rules(action: str) -> list[list[str]]:
    return [["iptables", "--wait", action, "FORWARD", direction, BRIDGE, "-j", "ACCEPT"] for direction in ("-i", "-o")]


def _let_through() -> None:
    """A Docker daemon sets iptables' FORWARD policy to DROP, also for bridged frames: pods would reach nothing."""
    for check, insert in zip(_docker_rules("-C"), _docker_rules("-I"), strict=True):
        if not _succeeds(*check):
            run(insert, hint=HINT)


def network_up(saved_settings: Path) -> None:
    """Bridge with this machine's address, forwarding on, closed to all else."""
    if not bridge_exists():
        run(["ip", "link", "add", BRIDGE, "type", "bridge"], hint=HINT)
    run(["ip", "addr", "replace", f"{HOST}/24", "dev", BRIDGE], hint=HINT)
    run(["ip", "link", "set", BRIDGE, "up"], hint=HINT)
    _save_settings(saved_settings)
    for name in CHANGED_SETTINGS[:2]:
        if (SYSCTL / name).exists():
            (SYSCTL / name).write_text("1")
    _let_through()
    subprocess.run(["nft", "-f", "-"], input=CLOSED, text=True, check=True)


def network_down(saved_settings: Path) -> None:
    """Take away what `network_up` made; no error where a part is gone already."""
    for delete in _docker_rules("-D"):
        while _succeeds(*delete):
            pass
    _succeeds("nft", "delete", "table", "inet", TABLE)
    _succeeds("ip", "link", "delete", BRIDGE)
    _restore_settings(saved_settings)

"""The cluster is stopped, and the machine is as it was."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from offline.cluster.network import TABLE, bridge_exists
from offline.cluster.places import BRIDGE, ClusterPlaces
from offline.cluster.teardown import shims
from tests.e2e_knative.conftest import cluster


def test_down_leaves_nothing(ran_before: bool, places: ClusterPlaces) -> None:
    if ran_before:
        pytest.skip("the cluster ran before this test and may be in use: `make cluster-down`, then run it again")
    cluster("down", "--purge")
    assert not bridge_exists()
    assert shims(places) == []
    assert not places.state.exists()
    mounts = Path("/proc/self/mountinfo").read_text()
    assert str(places.state) not in mounts
    assert str(places.run) not in mounts
    tables = subprocess.run(["nft", "list", "tables"], check=True, capture_output=True, text=True).stdout
    assert TABLE not in tables
    assert "kube-proxy" not in tables
    rules = subprocess.run(["iptables-save"], check=True, capture_output=True, text=True).stdout
    assert BRIDGE not in rules
    assert "KUBE" not in rules
    assert not list(Path("/sys/fs/cgroup").glob("*/kubepods*"))

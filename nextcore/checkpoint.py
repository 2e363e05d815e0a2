"""What an interrupted `pulumi up` left behind, told by the stack's own checkpoint.

The engine writes "creating X" before it creates X. Killed in between, the object may exist and the state not know it:
the next creation would fail over its name, or the object would stay for ever.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from docker.errors import APIError, NotFound

from nextcore.oci.daemon import client

CONTAINER = "docker:index/container:Container"
NETWORK = "docker:index/network:Network"
EXPORT_SECONDS = 60


def remove_unrecorded(docker_host: str | None, checkpoint: Mapping[str, Any]) -> list[str]:
    """Remove the containers and networks whose creation was cut off. Returns their names.

    Volumes need nothing: the daemon gives the one that exists to who creates it again.
    """
    deployment = checkpoint.get("deployment") or {}
    cut_off = [
        operation["resource"]
        for operation in deployment.get("pending_operations") or []
        if operation.get("type") == "creating" and operation["resource"]["type"] in (CONTAINER, NETWORK)
    ]
    if not cut_off:
        return []
    recorded = {resource.get("id") for resource in deployment.get("resources") or []}
    daemon = client(docker_host)
    removed: list[str] = []
    for resource in cut_off:
        name = resource.get("inputs", {}).get("name")
        if not isinstance(name, str):
            continue
        try:
            found = (daemon.containers if resource["type"] == CONTAINER else daemon.networks).get(name)
            if found.id in recorded:
                continue
            if resource["type"] == CONTAINER:
                found.remove(force=True, v=False)
            else:
                found.remove()
        except (NotFound, APIError):
            continue  # gone already, or another's network with containers in it
        removed.append(name)
    return removed


def export_checkpoint(project: str, stack: str) -> Mapping[str, Any]:
    """The stack's last checkpoint as `pulumi stack export` gives it (secrets encrypted); empty where it cannot be had."""
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        return {}
    command = [pulumi, "stack", "export", "--stack", stack, "--cwd", project, "--non-interactive"]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=EXPORT_SECONDS)
        exported: Mapping[str, Any] = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        return {}
    return exported

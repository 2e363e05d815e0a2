"""What every container of ours has: no root, no capability, no writable root, bounded logs."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_docker as docker

USER = "65532:65532"
TMPFS_OWNER = "uid=65532,gid=65532"


def hardened(stop_grace: int) -> dict[str, Any]:
    """Arguments of docker.Container (of many types, hence Any). seccomp's default profile is the daemon's own."""
    return {
        "user": USER,
        "read_only": True,
        "capabilities": {"drops": ["ALL"]},
        "security_opts": ["no-new-privileges:true"],
        "restart": "always",
        "stop_timeout": stop_grace,
        "destroy_grace_seconds": stop_grace,
    }


def labels(app: str) -> list[docker.ContainerLabelArgs]:
    """Whose a container is, for people who look at `docker ps`."""
    return [
        docker.ContainerLabelArgs(label="io.nextcore.app", value=app),
        docker.ContainerLabelArgs(label="io.nextcore.stack", value=f"{pulumi.get_project()}/{pulumi.get_stack()}"),
    ]


def rotation(max_size: str, max_file: int) -> dict[str, Any]:
    """Log driver with rotation: without it a chatty app fills the disk."""
    return {"log_driver": "json-file", "log_opts": {"max-size": max_size, "max-file": str(max_file)}}

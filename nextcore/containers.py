"""Containers in the target's daemon: watched until healthy, and commands in one-off ones."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import requests
from docker.errors import APIError, ImageNotFound, NotFound
from docker.models.containers import Container

from nextcore.errors import UserError
from nextcore.oci.daemon import client, find_container

LOG_LINES = 20
# Seconds between looks, doubled up to the daemon's own interval: a storefront is up after 0.1 s, others take longer.
FIRST_LOOK, LONGEST_LOOK = 0.05, 1.0


@dataclass(frozen=True)
class Health:
    """How long a container may take to get healthy (seconds), and how many processes and threads it may have."""

    seconds: int
    pids: int


def start_until_healthy(docker_host: str | None, container_id: str, health: Health, cancelled: Event) -> None:
    """Start the container if it stands still, and wait. One that exits or stays unhealthy is stopped, its log told."""
    container = find_container(docker_host, container_id)
    if container.status != "running":
        container.start()
    deadline, pause = time.monotonic() + health.seconds, FIRST_LOOK
    restarts = int(container.attrs.get("RestartCount", 0))
    while True:
        container.reload()
        state = container.attrs["State"]
        if state["Status"] == "running" and _is_healthy(container) and _limit_processes(container, health.pids):
            return
        if int(container.attrs["RestartCount"]) > restarts or state["Status"] in ("exited", "dead"):
            reason = f"exited with code {state['ExitCode']} before it was healthy"
            reason += " (out of memory: raise nextcore:resources.memory)" if state.get("OOMKilled") else ""
            break
        if time.monotonic() > deadline:
            reason = f"was not healthy after {health.seconds} s{_last_check(state)}"
            break
        if cancelled.wait(pause):
            reason = "was waited for until this was cancelled"
            break
        pause = min(2 * pause, LONGEST_LOOK)
    told = last_lines(container)
    container.stop(timeout=1)
    raise UserError(
        f"the new container {container.name} {reason}; its last lines:\n{told}",
        f"docker logs {container.name}",
        "the former version goes on serving; mend the app or its env, then run `pulumi up` again",
    )


def _is_healthy(container: Container) -> bool:
    """As the daemon found, or as the image's own check says now: the daemon runs it a whole second after the start."""
    if container.attrs["State"].get("Health", {}).get("Status", "healthy") == "healthy":
        return True
    kind, *command = (container.attrs["Config"].get("Healthcheck") or {}).get("Test") or ["NONE"]
    if kind != "CMD":
        return False  # a line for a shell, which the daemon knows how to run
    try:
        return bool(container.exec_run(command).exit_code == 0)
    except APIError:
        return False  # it has just ended; the next look tells how


def is_running(docker_host: str | None, container_id: str) -> bool:
    """Whether there is such a container, and it runs."""
    try:
        return bool(client(docker_host).containers.get(container_id).status == "running")
    except NotFound:
        return False


@dataclass(frozen=True)
class OneOff:
    """A command in a container of its own, as hardened as the app's, gone when it ends."""

    image: str
    command: tuple[str, ...]
    network: str
    env: Mapping[str, str] = field(default_factory=dict)
    seconds: int = 600
    memory_mib: int = 512
    pids: int = 256
    user: str = "65532:65532"


def run_once(docker_host: str | None, one_off: OneOff) -> str:
    """Run it to its end and return its last lines. UserError with them where it fails or takes too long."""
    daemon = client(docker_host)
    shown = " ".join(one_off.command) or one_off.image
    try:
        container = daemon.containers.create(
            one_off.image,
            list(one_off.command),
            environment=dict(one_off.env),
            network=one_off.network,
            user=one_off.user,
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            tmpfs={"/tmp": "size=64m,mode=1777"},
            mem_limit=f"{one_off.memory_mib}m",
            pids_limit=one_off.pids,
            labels={"io.nextcore.one-off": "hook"},
        )
    except ImageNotFound as error:
        raise UserError(
            f"there is no image {one_off.image}", "nextcore:hooks", "load or pull it on the target's daemon, or mend its name"
        ) from error
    try:
        container.start()
        try:
            code = int(container.wait(timeout=one_off.seconds)["StatusCode"])
            ended = f"ended with code {code}"
        except requests.exceptions.RequestException:  # the client's read times out: the container still runs
            code, ended = -1, f"did not end within {one_off.seconds} s"
        told = last_lines(container)
        if code != 0:
            raise UserError(
                f"the hook `{shown}` {ended}; its last lines:\n{told}", "nextcore:hooks", "mend it, then run `pulumi up` again"
            )
        return told
    except APIError as error:
        raise UserError(
            f"the hook `{shown}` could not start: {error.explanation}", "nextcore:hooks", "mend its command"
        ) from error
    finally:
        container.remove(force=True)


def _last_check(state: Mapping[str, Any]) -> str:
    """What the container's own health check said last."""
    log = (state.get("Health") or {}).get("Log") or []
    output = str(log[-1].get("Output", "")).strip() if log else ""
    return f" (its health check: {output})" if output else ""


def last_lines(container: Container) -> str:
    """The end of a container's log, indented, or a word that it said nothing."""
    lines = container.logs(tail=LOG_LINES).decode(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines) or "    (it wrote nothing)"


def _limit_processes(container: Container, pids: int) -> bool:
    """pulumi-docker's Container has no pids limit; the daemon takes one while it runs and keeps it over restarts.

    False: the container has just ended, so that the daemon cannot.
    """
    api = container.client.api
    answer = api.post(f"{api.base_url}/v{api.api_version}/containers/{container.id}/update", json={"PidsLimit": pids})
    if answer.ok:
        return True
    container.reload()
    if container.status != "running":
        return False
    raise UserError(
        f"the daemon does not limit the processes of {container.name}: {answer.text.strip()}",
        "nextcore:resources.pids",
        "mend the number, or the daemon's cgroups",
    )

"""Before a Docker host is touched: what an interrupted update left goes, and another stack's proxy is not run into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docker.errors import NotFound

from nextcore.checkpoint import NETWORK, remove_unrecorded
from nextcore.errors import UserError
from nextcore.oci.daemon import client


def make_ready(docker_host: str | None, checkpoint: Mapping[str, Any], own_proxy: str | None, file: str) -> list[str]:
    """The names of what was removed. `own_proxy`: the proxy that this stack declares, None where it shares another's.

    Raises UserError where the proxy's network is on the host and `checkpoint` does not know it: two checkouts on one host,
    or a stack whose state was lost.
    """
    removed = remove_unrecorded(docker_host, checkpoint)
    if own_proxy is not None:
        _refuse_foreign(docker_host, checkpoint, own_proxy, file)
    return removed


def _refuse_foreign(docker_host: str | None, checkpoint: Mapping[str, Any], proxy: str, file: str) -> None:
    """Told before anything is made: the engine would end halfway, with the daemon's "network already exists"."""
    name = f"{proxy}-network"
    recorded = (checkpoint.get("deployment") or {}).get("resources") or []
    if any(resource["type"] == NETWORK and resource.get("outputs", {}).get("name") == name for resource in recorded):
        return
    try:
        network = client(docker_host).networks.get(name)
    except NotFound:
        return
    raise UserError(
        f"the Docker host has a network {name} that another stack or checkout made ({network.short_id})",
        f"{file}: nextcore:proxy.name is {proxy}",
        "take another name (and httpPort) for a proxy of this stack's own; or `shared: true`, to add the app to that proxy; "
        "or, where that stack's state is lost, remove its containers and the network first",
    )

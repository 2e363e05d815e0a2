"""Two checkouts on one Docker host, or a stack whose state was lost: whose is the proxy?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docker.errors import NotFound

from nextcore.checkpoint import NETWORK
from nextcore.errors import UserError
from nextcore.oci.daemon import client


def refuse_foreign_proxy(docker_host: str | None, checkpoint: Mapping[str, Any], proxy: str, file: str) -> None:
    """Raises UserError where a network of this proxy's name is on the host and `checkpoint` does not know it.

    Told before anything is made: the engine would end halfway, with the daemon's "network already exists".
    """
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

"""nextcore:caddy:Config: an app's site in a running Caddy, and the version that its traffic goes to."""

from __future__ import annotations

from typing import ClassVar

from nextcore.caddyfile import live_text
from nextcore.errors import UserError
from nextcore.proxy import Proxy
from provider.nextcore_provider.resource import Inputs, Kind, Outputs


class CaddyConfigKind(Kind):
    required: ClassVar[frozenset[str]] = frozenset({"app", "container", "site", "main", "upstream", "build"})
    replaced_by: ClassVar[frozenset[str]] = frozenset({"container"})

    def identity(self, inputs: Inputs) -> str:
        return str(inputs["container"])

    def write(self, inputs: Inputs, old: Inputs | None = None) -> Outputs:
        proxy, app, live = _proxy(inputs), str(inputs["app"]), live_text(str(inputs["upstream"]), str(inputs["build"]))
        proxy.deploy(app, str(inputs["site"]), str(inputs["main"]), live, former=str(old["app"]) if old else None)
        return {}

    def read(self, inputs: Inputs, outputs: Outputs) -> Inputs | None:
        try:
            served = _proxy(inputs).served(str(inputs["app"]))
        except UserError:
            return None
        if not served.site:
            return None
        upstream, _, build = served.live.partition(" ")
        return {**inputs, "site": served.site, "upstream": upstream, "build": build}

    def delete(self, state: Inputs) -> None:
        _proxy(state).remove(str(state["app"]), str(state["main"]))


def _proxy(inputs: Inputs) -> Proxy:
    return Proxy(str(inputs["container"]), inputs.get("dockerHost"))

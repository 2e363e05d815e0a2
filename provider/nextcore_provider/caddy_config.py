"""nextcore:caddy:Config: an app's site in a running Caddy."""

from __future__ import annotations

from typing import ClassVar

from nextcore.errors import UserError
from nextcore.proxy import Proxy
from provider.nextcore_provider.resource import Inputs, Kind, Outputs


class CaddyConfigKind(Kind):
    replaced_by: ClassVar[frozenset[str]] = frozenset({"app"})

    def identity(self, inputs: Inputs) -> str:
        return f"{inputs['container']}/{inputs['app']}"

    def write(self, inputs: Inputs) -> Outputs:
        _proxy(inputs).load(str(inputs["app"]), str(inputs["site"]), str(inputs["main"]))
        return {}

    def read(self, inputs: Inputs, outputs: Outputs) -> Inputs | None:
        try:
            site = _proxy(inputs).site(str(inputs["app"]))
        except UserError:
            return None
        return {**inputs, "site": site} if site else None

    def delete(self, state: Inputs) -> None:
        _proxy(state).remove(str(state["app"]), str(state["main"]))


def _proxy(inputs: Inputs) -> Proxy:
    return Proxy(str(inputs["container"]), inputs.get("dockerHost"))

"""nextcore:docker:Ready: a container that got healthy. What depends on it takes no traffic to a failed version."""

from __future__ import annotations

from threading import Event
from typing import ClassVar

from nextcore.containers import Health, is_running, start_until_healthy
from provider.nextcore_provider.resource import Inputs, Kind, Outputs


class ReadyKind(Kind):
    required: ClassVar[frozenset[str]] = frozenset({"container", "seconds", "pids"})

    def __init__(self, cancelled: Event) -> None:
        self._cancelled = cancelled

    def identity(self, inputs: Inputs) -> str:
        return "ready"

    def write(self, inputs: Inputs, old: Inputs | None = None) -> Outputs:
        health = Health(int(inputs["seconds"]), int(inputs["pids"]))
        start_until_healthy(inputs.get("dockerHost"), str(inputs["container"]), health, self._cancelled)
        return {}

    def read(self, inputs: Inputs, outputs: Outputs) -> Inputs | None:
        return inputs if is_running(inputs.get("dockerHost"), str(inputs["container"])) else None

    def delete(self, state: Inputs) -> None:
        return  # the container is another resource

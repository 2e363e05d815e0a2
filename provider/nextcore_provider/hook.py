"""nextcore:docker:Hook: a command that runs in a one-off container, once for each version of the app."""

from __future__ import annotations

from typing import ClassVar

from nextcore.containers import OneOff, run_once
from provider.nextcore_provider.resource import Inputs, Kind, Outputs


class HookKind(Kind):
    required: ClassVar[frozenset[str]] = frozenset({"image", "command", "version", "network", "seconds"})

    def identity(self, inputs: Inputs) -> str:
        return "hook"

    def write(self, inputs: Inputs, old: Inputs | None = None) -> Outputs:
        env = dict(entry.split("=", 1) for entry in inputs.get("envs") or [])
        one_off = OneOff(
            str(inputs["image"]), tuple(inputs["command"]), str(inputs["network"]), env, seconds=int(inputs["seconds"])
        )
        run_once(inputs.get("dockerHost"), one_off)
        return {}

    def read(self, inputs: Inputs, outputs: Outputs) -> Inputs | None:
        return inputs  # it has run; nothing of it is left to look at

    def delete(self, state: Inputs) -> None:
        return

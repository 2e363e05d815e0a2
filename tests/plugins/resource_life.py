"""The engine's part, in process: what it asks a provider in a preview, an update, a refresh and a destroy."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from offline.plugins.kubernetes.cluster import Cluster
from offline.plugins.kubernetes.naming import Autonaming
from offline.plugins.kubernetes.objects import from_token
from offline.plugins.kubernetes.provider import Difference, Provider
from offline.plugins.kubernetes.settings import Settings
from offline.plugins.kubernetes.values import Object, decode, encode


class Told:
    """A host that keeps what the user is told."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def status(self, urn: str, message: str) -> None:
        self.messages.append(message)

    info = warning = status


@dataclass
class ResourceLife:
    """One resource of a stack. `inputs`, `state` and `identity` are what the engine keeps."""

    settings: Settings
    token: str
    name: str = "resource"
    ignored: list[str] = field(default_factory=list)
    timeout: float = 0
    identity: str = ""
    inputs: Object = field(default_factory=dict)
    state: Object = field(default_factory=dict)
    told: Told = field(default_factory=Told)

    def __post_init__(self) -> None:
        self.urn = f"urn:pulumi:test::objects::{self.token}::{self.name}"
        self.provider = Provider(self.settings, Cluster(self.settings), self.told, threading.Event())
        from_token(self.token)

    def check(self, manifest: Object) -> Object:
        return sent(self.provider.check(self.urn, self.inputs, sent(manifest), Autonaming(b"seed")))

    def preview(self, manifest: Object) -> Difference | Object:
        """What a preview shows: the new object, or the difference, after a dry run of the update."""
        checked = self.check(manifest)
        if not self.identity:
            return sent(self.provider.create(self.urn, checked, 0, True).state)
        found = self.provider.diff(self.urn, self.state, checked, self.ignored)
        if found.changes and not any(change.replaces for change in found.changes):
            self.provider.update(self.urn, self.state, checked, timeout=0, ignored=self.ignored, preview=True)
        return found

    def up(self, manifest: Object) -> str:
        """Update; `create`, `update`, `replace` or `same`."""
        checked = self.check(manifest)
        if not self.identity:
            self._create(checked)
            return "create"
        found = self.provider.diff(self.urn, self.state, checked, self.ignored)
        if not found.changes:
            self.inputs = checked
            return "same"
        if any(change.replaces for change in found.changes):
            self._replace(checked, found.delete_first)
            return "replace"
        new = self.provider.update(self.urn, self.state, checked, timeout=self.timeout, ignored=self.ignored, preview=False)
        self.inputs, self.state = checked, sent(new)
        return "update"

    def refresh(self) -> bool:
        """Whether the resource's inputs are as they were. A resource that is gone is forgotten."""
        found = self.provider.read(self.urn, self.identity, self.state, self.inputs)
        if found is None:
            self.identity, self.inputs, self.state = "", {}, {}
            return False
        same = sent(found.inputs) == self.inputs
        self.inputs, self.state = sent(found.inputs), sent(found.state)
        return same

    def take(self, identity: str) -> None:
        """Import."""
        found = self.provider.read(self.urn, identity, {}, {})
        assert found is not None
        self.identity, self.inputs, self.state = found.identity, sent(found.inputs), sent(found.state)

    def destroy(self) -> None:
        self.provider.delete(self.urn, self.identity, self.state, self.timeout)
        self.identity, self.inputs, self.state = "", {}, {}

    def _create(self, checked: Object) -> None:
        made = self.provider.create(self.urn, checked, self.timeout, False)
        self.identity, self.inputs, self.state = made.identity, checked, sent(made.state)

    def _replace(self, checked: Object, delete_first: bool) -> None:
        old_identity, old_state = self.identity, self.state
        if delete_first:
            self.provider.delete(self.urn, old_identity, old_state, self.timeout)
            self._create(checked)
        else:
            self.inputs = {}
            self._create(checked)
            self.provider.delete(self.urn, old_identity, old_state, self.timeout)


def sent(tree: Object) -> Object:
    """As it arrives at the other end of the protocol."""
    return decode(encode(tree))

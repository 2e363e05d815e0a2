"""What a resource type of this provider is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

Inputs = dict[str, Any]
Outputs = dict[str, Any]


class Kind(ABC):
    """Create, read, update and delete of one resource type, in plain Python values."""

    # Inputs that must be there; the engine tells the user which are not.
    required: ClassVar[frozenset[str]] = frozenset()
    # Keys that `write` adds; a diff leaves them out.
    outputs: ClassVar[frozenset[str]] = frozenset()
    # Paths of this machine and what follows from others: they may change without the resource changing.
    not_compared: ClassVar[frozenset[str]] = frozenset()
    # What `described` adds: shown beside a change, never one itself.
    shown: ClassVar[frozenset[str]] = frozenset()
    # A change of one of these makes another resource.
    replaced_by: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def identity(self, inputs: Inputs) -> str:
        """The resource's id."""

    def described(self, old: Inputs, new: Inputs) -> Inputs:
        """Inputs to add for a preview's reader; their change alone is no change of the resource."""
        return {}

    @abstractmethod
    def write(self, inputs: Inputs, old: Inputs | None = None) -> Outputs:
        """Bring the resource to the wanted state, from whatever state. `old`: inputs before an update. Raises UserError."""

    @abstractmethod
    def read(self, inputs: Inputs, outputs: Outputs) -> Inputs | None:
        """The inputs as they are in the world now; None where the resource is gone."""

    @abstractmethod
    def delete(self, state: Inputs) -> None:
        """Remove it; no error where it is gone already."""

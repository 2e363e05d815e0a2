"""Between Pulumi's property names and AWS' own: one table a shape, read in both directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

# Values are JSON of any kind in both directions, hence Any.


class Codec(Protocol):
    """`empty()`: what AWS wants where Pulumi has nothing; None: nothing."""

    def write(self, value: Any) -> Any: ...
    def read(self, value: Any) -> Any: ...
    def empty(self) -> Any: ...


@dataclass(frozen=True)
class Same:
    """The same value on both sides. `absent`: what AWS wants, and gives back, where Pulumi has nothing."""

    absent: Any = None

    def write(self, value: Any) -> Any:
        return value

    def read(self, value: Any) -> Any:
        return None if value == self.absent else value

    def empty(self) -> Any:
        return self.absent


@dataclass(frozen=True)
class Changed:
    """A value that both sides write differently."""

    to_aws: Callable[[Any], Any]
    from_aws: Callable[[Any], Any]
    absent: Any = None

    def write(self, value: Any) -> Any:
        return self.to_aws(value)

    def read(self, value: Any) -> Any:
        return None if value == self.absent else self.from_aws(value)

    def empty(self) -> Any:
        return self.absent


@dataclass(frozen=True)
class Listed:
    """A plain list."""

    of: Codec = Same()

    def write(self, value: Sequence[Any]) -> Any:
        return [self.of.write(item) for item in value]

    def read(self, value: Sequence[Any]) -> Any:
        return [self.of.read(item) for item in value] or None

    def empty(self) -> Any:
        return None


@dataclass(frozen=True)
class Counted:
    """CloudFront's lists: {Quantity, Items}. `sent_empty`: wanted even without items."""

    of: Codec = Same()
    sent_empty: bool = False

    def write(self, value: Sequence[Any]) -> Any:
        items = [self.of.write(item) for item in value]
        return {"Quantity": len(items), "Items": items} if items else {"Quantity": 0}

    def read(self, value: Mapping[str, Any]) -> Any:
        return [self.of.read(item) for item in value.get("Items") or []] or None

    def empty(self) -> Any:
        return {"Quantity": 0} if self.sent_empty else None


class Struct:
    """`fields`: Pulumi's name to (AWS' name, codec). `sent_empty`: its fields' absent values go even without it."""

    def __init__(self, fields: Mapping[str, tuple[str, Codec]], sent_empty: bool = False) -> None:
        self.fields, self.sent_empty = fields, sent_empty

    def write(self, value: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, (aws, codec) in self.fields.items():
            given = value.get(name)
            written = codec.empty() if given is None else codec.write(given)
            if written is not None:
                found[aws] = {**found[aws], **written} if isinstance(found.get(aws), dict) else written
        return found

    def read(self, value: Mapping[str, Any]) -> dict[str, Any] | None:
        found = {name: codec.read(value[aws]) for name, (aws, codec) in self.fields.items() if value.get(aws) is not None}
        return {name: item for name, item in found.items() if item is not None} or None

    def empty(self) -> Any:
        return self.write({}) if self.sent_empty else None


def same(*names: str) -> dict[str, tuple[str, Codec]]:
    """Fields whose names differ in the first letter's case alone."""
    return {name: (name[0].upper() + name[1:], Same()) for name in names}

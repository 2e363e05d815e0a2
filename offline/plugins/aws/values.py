"""Between the engine's property values and plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.provider.experimental.property_value import Computed, PropertyValue

UNKNOWN = object()
# As the protocol carries it: pulumi 3.259 cannot send the Computed that it receives.
SENT_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def plain(value: PropertyValue) -> Any:
    """A property value as Python has it (of any JSON type, hence Any); UNKNOWN where it comes with another resource."""
    inner = value.value
    if isinstance(inner, Computed):
        return UNKNOWN
    if isinstance(inner, Mapping):
        return {key: plain(item) for key, item in inner.items() if item.value is not None}
    if isinstance(inner, list | tuple):
        return [plain(item) for item in inner]
    return int(inner) if isinstance(inner, float) and inner.is_integer() else inner


def plain_map(properties: Mapping[str, PropertyValue]) -> dict[str, Any]:
    """Properties without null ones, which the SDK sends for what was not set, and without the engine's own `__…`."""
    return {k: plain(v) for k, v in properties.items() if v.value is not None and not k.startswith("__")}


def wrapped(value: Any) -> PropertyValue:
    """Python to property value."""
    if value is UNKNOWN:
        return PropertyValue(SENT_UNKNOWN)
    if isinstance(value, Mapping):
        return PropertyValue({key: wrapped(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return PropertyValue([wrapped(item) for item in value])
    return PropertyValue(float(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def sendable(value: PropertyValue) -> PropertyValue:
    """The value as it came, with what is not known yet in the form that can be sent back."""
    inner = value.value
    if isinstance(inner, Computed):
        return PropertyValue(SENT_UNKNOWN, is_secret=value.is_secret, dependencies=value.dependencies)
    if isinstance(inner, Mapping):
        return PropertyValue({key: sendable(item) for key, item in inner.items()}, value.is_secret, value.dependencies)
    if isinstance(inner, list | tuple):
        return PropertyValue([sendable(item) for item in inner], value.is_secret, value.dependencies)
    return value


def sendable_map(properties: Mapping[str, PropertyValue]) -> dict[str, PropertyValue]:
    return {name: sendable(value) for name, value in properties.items()}


def wrapped_map(values: Mapping[str, Any]) -> dict[str, PropertyValue]:
    return {key: wrapped(value) for key, value in values.items()}

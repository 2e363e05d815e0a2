"""Between the engine's property values and plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.provider.experimental.property_value import Computed, PropertyValue

Properties = Mapping[str, PropertyValue]
# As the protocol carries it: pulumi 3.259 cannot send the Computed that it receives.
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def plain(value: PropertyValue) -> Any:
    """A property value as Python has it; Any, as the engine's values are of any JSON type. Unknown ones are None."""
    inner = value.value
    if isinstance(inner, Computed):
        return None
    if isinstance(inner, Mapping):
        return {key: plain(item) for key, item in inner.items()}
    if isinstance(inner, list | tuple):
        return [plain(item) for item in inner]
    if isinstance(inner, float) and inner.is_integer():
        return int(inner)  # the protocol knows doubles only
    return inner


def plain_map(properties: Properties) -> dict[str, Any]:
    return {key: plain(value) for key, value in properties.items()}


def wrapped(value: Any) -> PropertyValue:
    """Python to property value."""
    if isinstance(value, Mapping):
        return PropertyValue({key: wrapped(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return PropertyValue([wrapped(item) for item in value])
    return PropertyValue(float(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def with_outputs(inputs: Properties, outputs: Mapping[str, Any]) -> dict[str, PropertyValue]:
    """Inputs keep their secrecy; outputs are added to them."""
    return {**inputs, **{key: wrapped(value) for key, value in outputs.items()}}


def with_unknown(inputs: Properties, outputs: Iterable[str]) -> dict[str, PropertyValue]:
    """Inputs, and outputs that a preview cannot know: what is made of them is shown as changed."""
    return {**inputs, **{key: PropertyValue(UNKNOWN) for key in outputs}}

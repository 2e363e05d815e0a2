"""Between the engine's property structs and plain JSON, with what is secret or not known yet.

A decoded tree holds JSON values, `Secret` around a secret one and `UNKNOWN` where a value is known only after an update.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2

# The protocol's own constants; the SDK keeps them private.
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # what we send; the engine has one for each type
UNKNOWN_TEXTS: Final = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)

Object = dict[str, Any]  # a Kubernetes object or a part of one: JSON of any shape, hence Any


class Unknown:
    """A value that is known only after an update."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that the engine encrypts in the state and hides in the display."""

    value: Any


def decode(struct: struct_pb2.Struct) -> Object:
    """Struct to tree."""
    return {key: _decode_value(value) for key, value in struct.fields.items()}


def _decode_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number  # the protocol knows doubles only, Kubernetes both
    if kind == "string_value":
        return UNKNOWN if value.string_value in UNKNOWN_TEXTS else value.string_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_struct(value.struct_value)
    return None


def _decode_struct(struct: struct_pb2.Struct) -> Any:
    signature = struct.fields[SIGNATURE].string_value if SIGNATURE in struct.fields else ""
    if not signature:
        return decode(struct)
    if signature == SECRET:
        return Secret(_decode_value(struct.fields["value"]))
    if signature == OUTPUT:
        inner = _decode_value(struct.fields["value"]) if "value" in struct.fields else UNKNOWN
        secret = "secret" in struct.fields and struct.fields["secret"].bool_value
        return Secret(inner) if secret else inner
    if signature == RESOURCE and "id" in struct.fields:
        return _decode_value(struct.fields["id"])
    raise ValueError("a Kubernetes object cannot hold an asset, an archive or a resource")


def encode(tree: Mapping[str, Any]) -> struct_pb2.Struct:
    """Tree to struct."""
    return struct_pb2.Struct(fields={key: _encode_value(value) for key, value in tree.items()})


def _encode_value(value: Any) -> struct_pb2.Value:  # noqa: PLR0911 - one return for each JSON type
    if isinstance(value, Secret):
        marked = {SIGNATURE: struct_pb2.Value(string_value=SECRET), "value": _encode_value(value.value)}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=marked))
    if isinstance(value, Unknown):
        return struct_pb2.Value(string_value=UNKNOWN_TEXT)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=encode(value))
    return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_encode_value(item) for item in value]))


def revealed(tree: Any) -> Any:
    """The tree without its marks of secrecy."""
    if isinstance(tree, Secret):
        return revealed(tree.value)
    if isinstance(tree, dict):
        return {key: revealed(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [revealed(item) for item in tree]
    return tree


def has_unknown(tree: Any) -> bool:
    if isinstance(tree, Secret):
        return has_unknown(tree.value)
    if isinstance(tree, dict):
        return any(has_unknown(value) for value in tree.values())
    if isinstance(tree, list):
        return any(has_unknown(item) for item in tree)
    return isinstance(tree, Unknown)


def has_secret(tree: Any) -> bool:
    if isinstance(tree, dict):
        return any(has_secret(value) for value in tree.values())
    if isinstance(tree, list):
        return any(has_secret(item) for item in tree)
    return isinstance(tree, Secret)


def marked_like(found: Object, like: Mapping[str, Any]) -> Object:
    """`found` with what is secret in `like` marked secret, and all data of a Secret.

    A list with one secret in it is secret as a whole: a server may reorder it.
    """
    if found.get("kind") == "Secret" and found.get("apiVersion", "v1") == "v1":
        return {key: Secret(value) if key in ("data", "stringData") else value for key, value in found.items()}
    marked: Object = {}
    for key, value in found.items():
        other = like.get(key)
        if isinstance(value, dict) and isinstance(other, Mapping):
            marked[key] = marked_like(value, other)
        else:
            marked[key] = Secret(value) if has_secret(other) else value
    return marked


def secret_texts(tree: Any, within: bool = False) -> set[str]:
    """Every secret text of a tree, so that error messages can be cleaned of them."""
    if isinstance(tree, Secret):
        return secret_texts(tree.value, True)
    if isinstance(tree, dict):
        inside = within or (tree.get("kind") == "Secret")
        return {text for key, value in tree.items() for text in secret_texts(value, within or (inside and key.endswith("ata")))}
    if isinstance(tree, list):
        return {text for item in tree for text in secret_texts(item, within)}
    return {tree} if within and isinstance(tree, str) else set()

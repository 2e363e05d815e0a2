"""Names and namespaces that the program leaves out."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from offline.plugins.kubernetes.failures import PluginError
from offline.plugins.kubernetes.objects import AUTONAMED, annotated, annotation, metadata
from offline.plugins.kubernetes.values import Object, Unknown

SUFFIX = 8  # hex digits, as pulumi-kubernetes


@dataclass(frozen=True)
class Autonaming:
    """What the engine says of names: `seed` for random ones, `proposed` one, or that there shall be none."""

    seed: bytes = b""
    proposed: str = ""
    disabled: bool = False


def named(inputs: Object, old: Object, resource: str, auto: Autonaming) -> Object:
    """The inputs with a name: the given one, that of an earlier update, the engine's proposal, or a random one."""
    meta = inputs.get("metadata")
    if isinstance(meta, Unknown) or metadata(inputs).get("name"):
        return inputs
    if metadata(inputs).get("generateName"):
        raise PluginError(
            "metadata.generateName cannot be used with server-side apply\n"
            "  next: leave it out; the name is then made of the resource's name and a random suffix"
        )
    if annotation(old, AUTONAMED) == "true":
        name = str(metadata(old)["name"])
    elif auto.disabled:
        raise PluginError("automatic naming is off for this resource\n  where: metadata.name\n  next: give it a name")
    else:
        name = auto.proposed or f"{resource}-{suffix(auto.seed, resource)}"
    return annotated({**inputs, "metadata": {**metadata(inputs), "name": name}}, AUTONAMED, "true")


def suffix(seed: bytes, resource: str) -> str:
    """Random, and the same again for the same seed: a preview and its update agree."""
    return hashlib.sha256(seed + resource.encode()).hexdigest()[:SUFFIX] if seed else secrets.token_hex(SUFFIX // 2)


def in_namespace(inputs: Object, namespaced: bool, default: str) -> Object:
    """The inputs with the provider's namespace where they have none; without one where the kind has none."""
    meta = inputs.get("metadata")
    if isinstance(meta, Unknown):
        return inputs
    if namespaced and not metadata(inputs).get("namespace"):
        return {**inputs, "metadata": {**metadata(inputs), "namespace": default}}
    if not namespaced and "namespace" in metadata(inputs):
        return {**inputs, "metadata": {key: value for key, value in metadata(inputs).items() if key != "namespace"}}
    return inputs

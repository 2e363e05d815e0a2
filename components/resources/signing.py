"""nextcore:auth:SigningSecret and nextcore:auth:KeyPair."""

from __future__ import annotations

from typing import TypedDict

import pulumi

from components.resources._custom import register

PYTHON_NAMES = {
    "createdAt": "created_at",
    "previousUntil": "previous_until",
    "privateKey": "private_key",
    "keyId": "key_id",
}


class _Signing(pulumi.CustomResource):
    created_at: pulumi.Output[str]

    def translate_output_property(self, prop: str) -> str:
        return PYTHON_NAMES.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        return next((wire for wire, python in PYTHON_NAMES.items() if python == prop), prop)


class SigningSecretArgs(TypedDict):
    """A higher `rotation`, or another `configured` secret, makes a new one. `overlap` in seconds."""

    rotation: pulumi.Input[int]
    overlap: pulumi.Input[int]
    configured: pulumi.Input[str] | None


class SigningSecret(_Signing):
    """`current` and, until `previous_until`, `previous`; both are Pulumi secrets."""

    current: pulumi.Output[str]
    previous: pulumi.Output[str]
    previous_until: pulumi.Output[str]

    def __init__(self, name: str, args: SigningSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        outputs = dict.fromkeys(("current", "created_at", "previous", "previous_until"))
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["current", "previous"])
        register(self, "nextcore:auth:SigningSecret", name, {**args, **outputs}, pulumi.ResourceOptions.merge(opts, hidden))


class KeyPairArgs(TypedDict):
    """A higher `rotation`, or another `algorithm`, makes a new pair. `overlap` in seconds."""

    algorithm: pulumi.Input[str]
    rotation: pulumi.Input[int]
    overlap: pulumi.Input[int]


class KeyPair(_Signing):
    """`private_key` is a JWK and a Pulumi secret; `jwks` is public."""

    private_key: pulumi.Output[str]
    key_id: pulumi.Output[str]
    jwks: pulumi.Output[str]

    def __init__(self, name: str, args: KeyPairArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        outputs = dict.fromkeys(("private_key", "key_id", "jwks", "created_at"))
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["privateKey"])
        register(self, "nextcore:auth:KeyPair", name, {**args, **outputs}, pulumi.ResourceOptions.merge(opts, hidden))

"""nextcore:auth:SigningSecret and nextcore:auth:KeyPair: made once, kept in the state as secrets, rotated when told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from nextcore.signing import KeyPair, Secret, first_key_pair, first_secret, rotate_key_pair, rotate_secret
from provider.nextcore_provider.resource import Inputs, Kind, Outputs


class _SigningKind(Kind):
    # The overlap counts when something is rotated; alone, its change is none.
    not_compared: ClassVar[frozenset[str]] = frozenset({"overlap"})

    def read(self, inputs: Inputs, outputs: Outputs) -> Inputs | None:
        return inputs  # it is in the state and nowhere else

    def delete(self, state: Inputs) -> None:
        return


class SigningSecretKind(_SigningKind):
    required: ClassVar[frozenset[str]] = frozenset({"rotation", "overlap"})
    outputs: ClassVar[frozenset[str]] = frozenset({"current", "createdAt", "previous", "previousUntil"})

    def identity(self, inputs: Inputs) -> str:
        return "signing-secret"

    def write(self, inputs: Inputs, old: Inputs | None = None) -> Outputs:
        now, configured = datetime.now(UTC), inputs.get("configured")
        if old is None:
            made = first_secret(configured, now)
        else:
            former = Secret(old["current"], old["createdAt"], old["previous"], old["previousUntil"])
            made = rotate_secret(former, configured, int(inputs["overlap"]), now)
        return {
            "current": made.current,
            "createdAt": made.created_at,
            "previous": made.previous,
            "previousUntil": made.previous_until,
        }


class KeyPairKind(_SigningKind):
    required: ClassVar[frozenset[str]] = frozenset({"algorithm", "rotation", "overlap"})
    outputs: ClassVar[frozenset[str]] = frozenset({"privateKey", "keyId", "jwks", "createdAt"})

    def identity(self, inputs: Inputs) -> str:
        return "key-pair"

    def write(self, inputs: Inputs, old: Inputs | None = None) -> Outputs:
        now, algorithm = datetime.now(UTC), str(inputs["algorithm"])
        if old is None:
            made = first_key_pair(algorithm, now)
        else:
            former = KeyPair(old["privateKey"], old["keyId"], old["jwks"], old["createdAt"])
            made = rotate_key_pair(former, algorithm, int(inputs["overlap"]), now)
        return {"privateKey": made.private_key, "keyId": made.key_id, "jwks": made.jwks, "createdAt": made.created_at}

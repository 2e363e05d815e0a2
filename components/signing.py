"""Signing: what app and API share to issue and verify users' tokens, and its rotation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pulumi

from components.resources import KeyPair, SigningSecret
from nextcore.signing import age_warning
from stacks.api_settings import AuthSettings, seconds

Variables = pulumi.Output[dict[str, str]]


class Signing(pulumi.ComponentResource):
    """`app` and `api`: secret variables of each.

    Mode secret: both get the same HS256 secret, as NEXTAUTH_SECRET and JWT_SECRET, and in the overlap the former one.
    Mode jwks: the app alone gets the private key, the API the public ones; the app's NEXTAUTH_SECRET is its own.
    """

    def __init__(
        self, name: str, settings: AuthSettings, configured: str | None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("nextcore:components:Signing", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        overlap = seconds(settings.overlap)
        own = pulumi.Output.secret(configured) if configured else None
        secret = SigningSecret(f"{name}-secret", {"rotation": settings.rotation, "overlap": overlap, "configured": own}, child)
        secret.created_at.apply(_warn)
        shared = pulumi.Output.all(secret.current, secret.previous, secret.previous_until)
        self.app: Variables = shared.apply(lambda found: _variables("NEXTAUTH_SECRET", *found))
        self.api: Variables = shared.apply(lambda found: _variables("JWT_SECRET", *found))
        if settings.mode == "jwks":
            pair = KeyPair(
                f"{name}-key", {"algorithm": settings.algorithm, "rotation": settings.rotation, "overlap": overlap}, child
            )
            self.app = pulumi.Output.all(self.app, pair.private_key).apply(
                lambda found: {**found[0], "JWT_PRIVATE_KEY": found[1]}
            )
            self.api = pair.jwks.apply(lambda document: {"JWT_JWKS": document})
        self.register_outputs({})


def merged(given: Mapping[str, str], more: Variables | None) -> Variables | None:
    """Secrets of the stack's file and what `Signing` adds; None where there is neither."""
    hidden = pulumi.Output.secret(dict(given)) if given else None
    if more is None or hidden is None:
        return more or hidden
    return pulumi.Output.all(hidden, more).apply(lambda found: {**found[0], **found[1]})


def _variables(name: str, current: str, previous: str, until: str) -> dict[str, str]:
    former = {f"{name}_PREVIOUS": previous, f"{name}_PREVIOUS_UNTIL": until} if previous else {}
    return {name: current, **former}


def _warn(created_at: str) -> None:
    told = age_warning(created_at, datetime.now(UTC))
    if told:
        pulumi.log.warn(told)

"""Who gets which half of what signs tokens, and the warning about an old one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.signing import Signing, merged
from stacks.api_settings import AuthSettings
from tests.components.conftest import Recorder

OUTPUTS = {
    "nextcore:auth:SigningSecret": {"current": "new", "previous": "old", "previousUntil": "2026-11-28T08:00:00Z"},
    "nextcore:auth:KeyPair": {"privateKey": "private", "jwks": "public", "keyId": "1"},
}


class Made(Recorder):
    """As if the resources were made at `created`."""

    created = "2026-11-21T08:00:00Z"

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        id, outputs = super().new_resource(args)
        return id, {**outputs, **OUTPUTS.get(args.typ, {}), "createdAt": self.created}


@pytest.fixture
def run() -> Callable[[AuthSettings, str | None], tuple[dict[str, str], dict[str, str]]]:
    def declare(settings: AuthSettings, configured: str | None = None) -> tuple[dict[str, str], dict[str, str]]:
        pulumi.runtime.set_mocks(Made(), project="shop", stack="test", preview=False)
        found: list[dict[str, str]] = []

        @pulumi.runtime.test  # type: ignore[untyped-decorator]
        def wait() -> object:
            signing = Signing("auth", settings, configured)
            app = merged({"OTHER": "x", "NEXTAUTH_SECRET": "configured"}, signing.app)
            assert app is not None
            return pulumi.Output.all(app, signing.api).apply(found.extend)

        wait()
        return found[0], found[1]

    return declare


def test_one_secret_for_both_and_the_former_one_in_the_overlap(run: Any) -> None:
    app, api = run(AuthSettings())
    until = "2026-11-28T08:00:00Z"
    assert app == {
        "OTHER": "x",
        "NEXTAUTH_SECRET": "new",
        "NEXTAUTH_SECRET_PREVIOUS": "old",
        "NEXTAUTH_SECRET_PREVIOUS_UNTIL": until,
    }
    assert api == {"JWT_SECRET": "new", "JWT_SECRET_PREVIOUS": "old", "JWT_SECRET_PREVIOUS_UNTIL": until}


def test_the_private_key_is_the_apps_alone(run: Any) -> None:
    app, api = run(AuthSettings(mode="jwks"))
    assert app["JWT_PRIVATE_KEY"] == "private" and app["NEXTAUTH_SECRET"] == "new"
    assert api == {"JWT_JWKS": "public"}


def test_an_old_secret_is_warned_about_at_every_run(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", told.append)
    run(AuthSettings())
    assert told == []
    monkeypatch.setattr(Made, "created", "2024-01-01T00:00:00Z")
    run(AuthSettings())
    assert len(told) == 1 and "nextcore:auth.rotation" in told[0]

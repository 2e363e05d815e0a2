"""Checks between the build and the first resource."""

from __future__ import annotations

from collections.abc import Iterable

from nextcore.errors import UserError, UserErrors
from nextcore.payload import NextCorePayload


def require_env(payload: NextCorePayload, given: Iterable[str], file: str) -> None:
    """Every name that .env.example declares without a value must be set; all that are not are told at once."""
    missing = sorted(set(payload.env.required) - set(given))
    if missing:
        raise UserErrors(
            [
                UserError(
                    f"the app needs {name}, and nothing sets it (.env.example declares it)",
                    f"{file}, nextcore:env.{name} or nextcore:secrets.{name}",
                    f"pulumi config set --secret --path 'nextcore:secrets.{name}' VALUE",
                )
                for name in missing
            ]
        )

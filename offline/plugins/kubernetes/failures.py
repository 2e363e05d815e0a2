"""What can go wrong, in the words of the API server and with what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from offline.plugins.kubernetes.values import Object

CONFLICT = re.compile(r'conflict with "(?P<manager>[^"]*)"')
IMMUTABLE = re.compile(r"immutable|may not be (?:changed|updated)|may not change|updates to .* are forbidden", re.IGNORECASE)


class PluginError(Exception):
    """A failure to be shown to the user as it is."""


class UnreachableError(PluginError):
    """There is no API server at the configured address, or no configuration."""


class CancelledError(PluginError):
    """The user ended the update."""


class NoSuchKindError(PluginError):
    """The API server does not serve this apiVersion and kind (yet)."""

    def __init__(self, api_version: str, kind: str) -> None:
        super().__init__(
            f"the API server knows no {kind} of {api_version}\n"
            "  next: install what brings it (its CustomResourceDefinition) first, or correct apiVersion and kind"
        )


class ApiError(PluginError):
    """A refusal of the API server (a Status object)."""

    def __init__(self, code: int, status: Object) -> None:
        self.code = code
        self.status = status
        self.reason = str(status.get("reason", ""))
        super().__init__(str(status.get("message") or f"HTTP {code}"))

    @property
    def causes(self) -> list[Object]:
        details = status_details(self.status)
        return [cause for cause in details.get("causes", []) if isinstance(cause, dict)]

    @property
    def immutable_fields(self) -> list[str]:
        """Fields that this change may not touch, as the API server names them (`spec.selector`)."""
        if self.code != 422:
            return []
        return [
            str(cause["field"]) for cause in self.causes if cause.get("field") and IMMUTABLE.search(str(cause.get("message")))
        ]

    @property
    def lacks_namespace(self) -> bool:
        return self.code == 404 and status_details(self.status).get("kind") == "namespaces"


def status_details(status: Object) -> Object:
    details: Any = status.get("details")
    return details if isinstance(details, dict) else {}


def conflict_text(error: ApiError, manager: str) -> str:
    """Who owns the fields that we want to set, and the three ways out."""
    lines = [f"fields are owned by another field manager than ours ({manager}):"]
    lines += [f"  {cause.get('field', '?')}: {cause.get('message', '')}" for cause in error.causes] or [f"  {error}"]
    owners = sorted({found["manager"] for cause in error.causes if (found := CONFLICT.search(str(cause.get("message"))))})
    lines.append(
        f"  next: leave the field out or list it in ignore_changes where {', '.join(owners) or 'the owner'} is to keep it;"
    )
    lines.append('        annotate the object with pulumi.com/patchForce: "true" where this program is to win')
    return "\n".join(lines)


@dataclass(eq=False)
class InitFailure(Exception):
    """The object exists but did not become ready: the engine keeps it in the state and tries again at the next update."""

    identity: str
    state: Object
    message: str
    reasons: list[str] = field(default_factory=list)
    inputs: Object | None = None

    def __str__(self) -> str:
        return self.message

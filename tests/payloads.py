"""A small payload, and changes to it."""

from __future__ import annotations

import copy
from typing import Any

from nextcore.payload import NextCorePayload

_BASE: dict[str, Any] = {
    "schemaVersion": 1,
    "build": {
        "id": "build-1",
        "gitSha": "0123456789abcdef",
        "nextVersion": "16.4.6",
        "bunVersion": "1.4.5",
        "builderVersion": "0.1.0",
        "arch": "x64",
        "sourceFingerprint": "sha256:" + "0" * 64,
        "executable": {"sha256": "1" * 64, "size": 10},
        "natives": [],
        "externals": [],
    },
    "app": {
        "name": "shop",
        "basePath": "",
        "assetPrefix": "",
        "trailingSlash": False,
        "i18n": None,
        "images": {},
        "output": "server",
    },
    "routes": [],
    "redirects": [],
    "rewrites": {"beforeFiles": [], "afterFiles": [], "fallback": []},
    "headers": [],
    "middleware": None,
    "assets": [],
    "env": {"read": [], "public": [], "required": []},
}


def payload_json(**parts: Any) -> dict[str, Any]:
    """The JSON with top-level parts merged in (dicts) or replaced."""
    value = copy.deepcopy(_BASE)
    for key, part in parts.items():
        value[key] = {**value[key], **part} if isinstance(part, dict) and isinstance(value[key], dict) else part
    return value


def payload(**parts: Any) -> NextCorePayload:
    return NextCorePayload.model_validate(payload_json(**parts))


def route(path: str, kind: str) -> dict[str, Any]:
    return {
        "path": path,
        "regex": "^$",
        "kind": kind,
        "runtime": "nodejs",
        "revalidate": None,
        "tags": [],
        "params": [],
        "ppr": False,
    }


def redirect(source: str, destination: str, **parts: Any) -> dict[str, Any]:
    base = {"statusCode": 308, "regex": "^$", "has": [], "missing": [], "internal": False, "locale": None}
    return {"source": source, "destination": destination, **base, **parts}

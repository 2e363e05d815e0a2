"""NEXT_PUBLIC_ values that come after the build: one dist for every environment.

The server fills in pages and its own code when it starts. Static files are filled here, before they are released: one
script of the browser holds the values, and its name a hash of them, so that files of two environments never meet. All
other files are the same everywhere.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from nextcore.distribution import Distribution
from nextcore.errors import UserError, UserErrors
from nextcore.payload import Asset, NextCorePayload

# What the builder writes in their place: packages/distribution-builder/src/public-env/names.js
HASH = "nextcorevalues00"
VALUES = '"nextcore-public-values"'
PLACE = re.compile(r"(https://|https%3A%2F%2F)?(next-public-[a-z0-9-]+)\.nextcore\.invalid", re.IGNORECASE)
REFUSED = re.compile("[\"'`\\\\\x00-\x1f\x7f\u2028\u2029]|\\$\\{")  # as the server: src/runtime/public-env.js
HOLDING = (".js", ".html", ".txt")


def with_public_values(distribution: Distribution, env: Mapping[str, str], out: Path, file: str) -> Distribution:
    """The distribution with payload and static files filled, in `out`; unchanged where the values are part of the build.

    `file` is where `env` stands, for messages. UserErrors: all values that are missing or cannot be used.
    """
    defaults = distribution.payload.env.at_runtime
    if defaults is None:
        return distribution
    values = _chosen(defaults, env, file)
    digest = hashlib.sha256("".join(f"{name}={values[name]}\n" for name in sorted(values)).encode()).hexdigest()[:16]
    shutil.rmtree(out, ignore_errors=True)  # links to files of older builds
    assets = [
        _filled(asset, distribution.dist / "assets", out / "assets", values, digest) for asset in distribution.payload.assets
    ]
    payload = distribution.payload.model_copy(update={"assets": tuple(sorted(assets, key=lambda asset: asset.file))})
    _refuse_left(payload)
    (out / "payload.json").write_text(payload.model_dump_json(by_alias=True))
    return replace(distribution, payload=payload, filled=out)


def _chosen(defaults: Mapping[str, str | None], env: Mapping[str, str], file: str) -> dict[str, str]:
    values: dict[str, str] = {}
    wrong: list[UserError] = []
    for name, default in defaults.items():
        value = env.get(name, default)
        where = f"{file}, nextcore:env.{name}"
        if value is None:
            wrong.append(UserError(f"{name} has no value", where, "set it; an empty text is a value, too"))
        elif REFUSED.search(value):
            wrong.append(UserError(f"{name} has a quote, backslash, ${{ or control character", where, "use a value without"))
        else:
            values[name] = value
    if wrong:
        raise UserErrors(wrong)
    return values


def _filled(asset: Asset, root: Path, out: Path, values: Mapping[str, str], digest: str) -> Asset:
    """Written to `out`: the file itself with its values, or a link to it."""
    name = asset.file.replace(HASH, digest)
    target = out / name
    target.parent.mkdir(parents=True, exist_ok=True)
    content = (root / asset.file).read_bytes() if name.endswith(HOLDING) else b""
    holds = any(mark in content for mark in (HASH.encode(), VALUES.encode()))
    if not holds:
        target.hardlink_to(root / asset.file)
        return asset
    text = content.decode().replace(HASH, digest).replace(VALUES, json.dumps(dict(sorted(values.items())), ensure_ascii=False))
    data = text.encode()
    target.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    path = asset.path.replace(HASH, digest)
    return asset.model_copy(update={"path": path, "file": name, "sha256": sha256, "size": len(data)})


def _refuse_left(payload: NextCorePayload) -> None:
    """Rules of next.config that are made of such a value would reach the proxy as a placeholder."""
    names: Iterable[str] = sorted({match[2] for match in PLACE.finditer(payload.model_dump_json())})
    if names:
        raise UserError(
            f"redirects, rewrites, headers or images of next.config are made of {', '.join(names)}",
            "next.config",
            "use a variable without NEXT_PUBLIC_ there, or build for each environment",
        )

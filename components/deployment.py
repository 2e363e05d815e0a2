"""Everything that a stack is made of, for whichever target, and what it exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from components.api_parts import ApiParts
from components.signing import Signing, merged
from nextcore.prepare import Prepared
from nextcore.prepare_api import PreparedApi
from stacks.settings import StackSettings
from stacks.wiring import images_by_cdn, origins

if TYPE_CHECKING:
    from components.image_buckets import ImageBuckets

Exports = dict[str, pulumi.Input[str] | pulumi.Input[int]]


def declare(
    settings: StackSettings, built: Prepared, api: PreparedApi | None, secrets: Mapping[str, str], api_secrets: Mapping[str, str]
) -> Exports:
    """Declare it all; the stack's exports by name."""
    signing = Signing("auth", settings.auth, secrets.get("NEXTAUTH_SECRET")) if settings.auth else None
    hidden = merged(secrets, signing.app if signing else None)
    parts = None
    if api is not None:
        parts = ApiParts(api, merged(api_secrets, signing.api if signing else None), _image_buckets(settings))
    payload = built.distribution.payload
    return {
        **_app(settings, built, hidden, parts),
        "buildId": payload.build.id,
        "routes": payload.route_summary(),
        "assets": len(payload.assets),
        "executableBytes": payload.build.executable.size if payload.build.executable else 0,
    }


def _app(
    settings: StackSettings, built: Prepared, secrets: pulumi.Output[dict[str, str]] | None, api: ApiParts | None
) -> Exports:
    # Each target loads what it needs alone: boto3 costs a preview of a Docker host 0.3 s.
    if settings.target == "knative":
        from components.next_app_on_knative import NextAppOnKnative, NextAppOnKnativeArgs

        in_cluster = NextAppOnKnative(built.app, NextAppOnKnativeArgs(built, settings, secrets, api))
        return {"url": in_cluster.url, "imageDigest": in_cluster.digest, "revision": in_cluster.revision}
    from components.next_app import NextApp, NextAppArgs

    on_host = NextApp(built.app, NextAppArgs(built, settings, secrets, api))
    return {"url": on_host.url, "imageDigest": on_host.digest}


def _image_buckets(settings: StackSettings) -> ImageBuckets | None:
    if settings.image_buckets is None:
        return None
    from components.image_buckets import ImageBuckets

    return ImageBuckets("images", settings.image_buckets, origins(settings), images_by_cdn(settings))

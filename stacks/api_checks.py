"""Mistakes that no single key of a stack's file shows: what the API and its surroundings need of each other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nextcore.errors import UserError, UserErrors
from nextcore.go_module import read_module
from nextcore.payload import NextCorePayload
from stacks.api_settings import ApiSettings
from stacks.settings import StackSettings
from stacks.wiring import IMAGES_PATH, RESERVED, api_paths, images_by_cdn

SIGNING = ("JWT_SECRET", "JWT_SECRET_PREVIOUS", "JWT_SECRET_PREVIOUS_UNTIL", "JWT_JWKS", "NEXTAUTH_SECRET")
KEYS = ("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
MIN_SECRET_BYTES = 32  # RFC 7518, 3.2: an HS256 key has at least the 256 bits of the hash


def api_errors(settings: StackSettings, secrets: Mapping[str, str], api_secrets: Mapping[str, str], file: str) -> list[UserError]:
    """Of `api`, `auth` and `imageBuckets` together."""
    api, errors = settings.api, []
    where = f"{file}, nextcore:"
    if api is None:
        orphans = {"imageBuckets": settings.image_buckets, "apiSecrets": api_secrets}
        errors += [
            UserError(f"{key} is for the API, and there is none", f"{where}{key}", "add `nextcore:api: {path: …}` or remove it")
            for key, value in orphans.items()
            if value
        ]
    else:
        try:
            read_module(Path(api.path), f"{where}api.path")
        except UserError as error:
            errors.append(error)
        if api.host and api.host in settings.domains:
            errors.append(UserError(f"{api.host} is the app's", f"{where}api.host", "give the API another host, or use `route`"))
        errors += _of_cache(settings, api, where)
        errors += [
            UserError(f"{name} is set by NextCore", f"{where}api.env.{name}", "remove it") for name in RESERVED if name in api.env
        ]
    errors += _of_role(settings, api_secrets, where)
    if settings.target == "knative":
        errors += _on_knative(settings, where)
    if settings.auth is not None:
        errors += [
            UserError(f"{name} comes from `auth`", f"{where}apiSecrets.{name}", "remove it, or remove `nextcore:auth`")
            for name in SIGNING
            if name in api_secrets
        ]
        configured = secrets.get("NEXTAUTH_SECRET")
        if configured is not None and len(configured.encode()) < MIN_SECRET_BYTES:
            errors.append(
                UserError(
                    f"NEXTAUTH_SECRET has {len(configured.encode())} bytes; HS256 needs {MIN_SECRET_BYTES}",
                    f"{where}secrets.NEXTAUTH_SECRET",
                    "set a longer one, or remove it: then one is generated",
                )
            )
    return errors


def _of_role(settings: StackSettings, api_secrets: Mapping[str, str], where: str) -> list[UserError]:
    """A role needs a ServiceAccount, and keys would go before it."""
    if settings.image_buckets is None or settings.image_buckets.role is None:
        return []
    errors, place = [], f"{where}imageBuckets.role"
    if settings.target != "knative":
        step = "remove it, and set keys as `nextcore:apiSecrets`"
        errors.append(UserError("a Docker host has no ServiceAccount that a role could be for", place, step))
    errors += [
        UserError(f"{name} would go before the role", f"{where}apiSecrets.{name}", "remove it, or `imageBuckets.role`")
        for name in KEYS
        if name in api_secrets
    ]
    return errors


def _of_cache(settings: StackSettings, api: ApiSettings, where: str) -> list[UserError]:
    """Paths that the proxy would never keep, and an API that is reached without the proxy."""
    if api.cache is None:
        return []
    place = f"{where}api.cache"
    if settings.target == "knative" and (api.host or settings.routing.kind == "none" or settings.cdn != "none"):
        return [
            UserError(
                "on Knative the Caddy inside the cluster keeps reads, and this API is reached without it",
                place,
                "remove it, or use `api.route` with `routing: {kind: caddy}` (or ingress, gateway) and without a CDN",
            )
        ]
    below = "/" if api.host else api.route.removesuffix("*")
    beside = [path for path in api.cache.paths if not path.startswith(below)]
    if beside:
        return [UserError(f"{', '.join(beside)}: not below {below}", f"{place}.paths", "name whole paths below `api.route`")]
    return []


def _on_knative(settings: StackSettings, where: str) -> list[UserError]:
    """A cluster gives no address that is known before: pages and tokens need one."""
    errors = []
    if (settings.api is not None or settings.auth is not None) and not settings.domains:
        errors.append(
            UserError(
                "an API, or auth, on Knative needs the app's public host",
                f"{where}domains",
                "add `nextcore:domains: [shop.example.com]`",
            )
        )
    paths = api_paths(settings)
    if paths and (settings.routing.kind == "none" or settings.cdn != "none"):
        errors.append(
            UserError(
                f"nothing leads {', '.join(paths)} to the API: only the routing inside the cluster does",
                f"{where}api.host",
                "give the API a host of its own (and the images a `base`), or use `routing: {kind: caddy}` without a CDN",
            )
        )
    return errors


def refuse_shadowed(payload: NextCorePayload, settings: StackSettings, file: str) -> None:
    """The app's own routes below a path of the API would never be reached."""
    paths = [*api_paths(settings), *([IMAGES_PATH] if images_by_cdn(settings) else [])]
    prefixes = tuple(path.removesuffix("*") for path in paths)
    shadowed = sorted(route.path for route in payload.routes if f"{payload.app.base_path}{route.path}/".startswith(prefixes))
    if prefixes and shadowed:
        raise UserErrors(
            [
                UserError(
                    f"the app has {', '.join(shadowed)}, which the API's route takes away from it",
                    f"{file}, nextcore:api.route",
                    "give the API another route (`route: /v1/*`) or a host of its own (`host: api.example.com`)",
                )
            ]
        )

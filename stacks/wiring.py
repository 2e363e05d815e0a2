"""What a stack's own parts tell each other: addresses and limits as variables. Pure."""

from __future__ import annotations

from nextcore.caddyfile import DEFAULT_CSP, ApiRoute, ReadCache
from stacks.settings import StackSettings

IMAGES_PATH = "/_images/*"  # where the API serves derived images, unless a CDN does
JWKS_PATH = "/.well-known/jwks.json"  # the API publishes the keys that it verifies with
COMPATIBLE_REGION = "us-east-1"  # what servers other than AWS take for theirs
RESERVED = ("HOST", "PORT")


def site_url(settings: StackSettings) -> str:
    """Where people reach the app, without a slash at its end."""
    if settings.domains:
        return f"https://{settings.domains[0]}"
    return f"http://localhost:{settings.proxy.http_port}"


def api_host_port(settings: StackSettings) -> int | None:
    """The port of an API's own host where the stack has no HTTPS."""
    return None if settings.domains else settings.proxy.http_port


def api_paths(settings: StackSettings) -> tuple[str, ...]:
    """Paths of the app's hosts that go to the API."""
    if settings.api is None:
        return ()
    found = [] if settings.api.host else [settings.api.route]
    if settings.image_buckets and settings.image_buckets.base is None and not images_by_cdn(settings):
        found.append(IMAGES_PATH)
    if settings.auth and settings.auth.mode == "jwks":
        found.append(JWKS_PATH)
    return tuple(found)


def images_by_cdn(settings: StackSettings) -> bool:
    """Whether the stack's CloudFront answers derived images out of their bucket: it reads AWS' own buckets alone."""
    buckets = settings.image_buckets
    on_aws = buckets is not None and buckets.base is None and buckets.endpoint is None
    return on_aws and settings.target == "knative" and settings.cdn != "none"


def api_route(settings: StackSettings, name: str) -> ApiRoute | None:
    """What of the app's site goes to the API `name`."""
    paths = api_paths(settings)
    if not paths or settings.api is None:
        return None
    return ApiRoute(name, paths, None if settings.api.host else read_cache(settings))


def read_cache(settings: StackSettings) -> ReadCache | None:
    """What the proxy keeps of the API's answers."""
    cache = settings.api.cache if settings.api else None
    return ReadCache(cache.paths, cache.seconds, cache.drop_cookies) if cache else None


def api_url(settings: StackSettings) -> str:
    """The API's public address: its own host, or the app's with the route's path."""
    assert settings.api is not None
    if settings.api.host is None:
        return site_url(settings) + settings.api.route.removesuffix("/*")
    port = api_host_port(settings)
    return f"http://{settings.api.host}:{port}" if port else f"https://{settings.api.host}"


def image_base(settings: StackSettings) -> str:
    """Public address of the derived images, without a slash at its end."""
    assert settings.image_buckets is not None
    return (settings.image_buckets.base or site_url(settings) + IMAGES_PATH.removesuffix("/*")).rstrip("/")


def origins(settings: StackSettings) -> tuple[str, ...]:
    """Who may call from a browser: the app's own domains, and what `cors` names."""
    own = [f"https://{domain}" for domain in settings.domains] or [site_url(settings)]
    return tuple(dict.fromkeys([*own, *settings.cors.origins]))


def front_end_env(settings: StackSettings) -> dict[str, str]:
    """Variables of the app, at build and at run; what the stack's file sets itself wins."""
    found: dict[str, str] = {}
    if settings.api is not None:
        found["NEXT_PUBLIC_API_BASE_URL"] = api_url(settings)
    if settings.image_buckets is not None:
        found["NEXT_PUBLIC_IMAGE_BASE"] = image_base(settings)
    if settings.auth is not None:
        found["NEXTAUTH_URL"] = site_url(settings)
        found |= _claims(settings)
    return found


def public_env(settings: StackSettings) -> dict[str, str]:
    """What `next build` writes into the pages."""
    found = front_end_env(settings) | settings.env
    return {name: value for name, value in found.items() if name.startswith("NEXT_PUBLIC_")}


def front_end_names(settings: StackSettings) -> set[str]:
    """All names that the app gets, but for its own secrets."""
    names = {*front_end_env(settings), *settings.env}
    if settings.api is not None:
        names.add("API_INTERNAL_URL")
    if settings.auth is not None:
        names |= {"NEXTAUTH_SECRET"} if settings.auth.mode == "secret" else {"NEXTAUTH_SECRET", "JWT_PRIVATE_KEY"}
    return names


def api_env(settings: StackSettings) -> dict[str, str]:
    """Variables of the API; what `api.env` sets wins."""
    assert settings.api is not None
    found = {
        "CORS_ALLOWED_ORIGINS": ",".join(origins(settings)),
        "CORS_ALLOW_CREDENTIALS": str(settings.cors.credentials).lower(),
        **_claims(settings),
    }
    buckets = settings.image_buckets
    if buckets is not None:
        given = {
            "S3_BUCKET_ORIGINALS": buckets.originals,
            "S3_BUCKET_DERIVED": buckets.derived,
            "S3_ENDPOINT": buckets.endpoint,
            "S3_PUBLIC_ENDPOINT": buckets.public_endpoint,
            "S3_REGION": buckets.region or COMPATIBLE_REGION,
            "S3_PATH_STYLE": "true" if buckets.endpoint else None,
            "IMAGE_BASE": image_base(settings),
            "UPLOAD_MAX_BYTES": str(buckets.max_bytes),
            "UPLOAD_TYPES": ",".join(buckets.types),
        }
        found |= {name: value for name, value in given.items() if value is not None}
    return found | settings.api.env


def content_security_policy(settings: StackSettings) -> str | None:
    """The proxy's policy; the default one lets pages reach the stack's own API and upload address also without HTTPS."""
    policy = settings.proxy.content_security_policy
    buckets = settings.image_buckets
    reached = [api_url(settings)] if settings.api is not None and settings.api.host else []
    if buckets is not None:
        reached.append(buckets.public_endpoint or buckets.endpoint or "")
    plain = " ".join(address for address in reached if address.startswith("http://"))
    if policy != DEFAULT_CSP or not plain:
        return policy
    return policy.replace("connect-src 'self'", f"connect-src 'self' {plain}")


def _claims(settings: StackSettings) -> dict[str, str]:
    auth = settings.auth
    given = {"JWT_ISSUER": auth.issuer, "JWT_AUDIENCE": auth.audience} if auth else {}
    return {name: value for name, value in given.items() if value}

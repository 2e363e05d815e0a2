"""What may stand under `nextcore:api`, `nextcore:auth`, `nextcore:cors` and `nextcore:imageBuckets`."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from stacks.base import Settings
from stacks.cdn_settings import BucketName, Endpoint

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Host = Annotated[str, StringConstraints(pattern=r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")]
RoutePath = Annotated[str, StringConstraints(pattern=r"^(?:/[A-Za-z0-9._~-]+)+/\*$")]
ReadPath = Annotated[str, StringConstraints(pattern=r"^(?:/[A-Za-z0-9._~-]+)+(?:/\*?)?$")]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._~/-]*$")]
Duration = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*[smhd]$")]
OidcProvider = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[^\s]+$")]
ORIGIN = re.compile(r"^https?://(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::[0-9]{1,5})?$")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(duration: str) -> int:
    """`7d` in seconds."""
    return int(duration[:-1]) * SECONDS[duration[-1]]


class ApiCacheSettings(Settings):
    """Answers of the API that the proxy keeps: to GET, with status 200, without Authorization, Cookie or Set-Cookie."""

    paths: tuple[ReadPath, ...] = Field(min_length=1, description="Whole paths, as /api/photos or /api/photos/*")
    seconds: int = Field(
        default=30, ge=1, le=86_400, description="At most; the API's own Cache-Control shortens it or forbids it"
    )
    drop_cookies: bool = Field(
        default=False, description="Reads of `paths` lose their cookies, so that browsers that have some share the answers"
    )


class ApiSettings(Settings):
    """The Go API beside the app. Its secrets are `nextcore:apiSecrets`."""

    path: str = Field(description="Folder of the go.mod, relative to the project")
    package: str | None = Field(default=None, description="Main package, as ./cmd/api. Default: the only one there is")
    tags: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.]+$")], ...] = Field(
        default=(), description="Build tags, e.g. those that turn off what needs C libraries"
    )
    name: Name | None = Field(default=None, description="Name of its containers or Service. Default: <app>-api")
    route: RoutePath = Field(default="/api/*", description="What of the app's hosts goes to the API; it sees the whole path")
    host: Host | None = Field(default=None, description="A host name of its own instead of `route`")
    internal_port: int = Field(
        default=8090, ge=1024, le=65535, description="Docker: where the app's own server reaches it in the proxy; not published"
    )
    health: UrlPath = Field(default="/health", description="Answers 2xx as soon as the API can take requests")
    start_seconds: int = Field(default=30, ge=1, description="Until `health` must have answered; else the old version stays")
    cache: ApiCacheSettings | None = Field(default=None, description="Reads that the proxy answers. Default: none")
    env: dict[EnvName, str] = Field(default_factory=dict, description="Plain variables")
    memory: int = Field(default=512, ge=32, description="MiB")
    cpu: float | None = Field(default=None, gt=0, description="Cores. Default: no limit")
    pids: int = Field(default=256, ge=16, description="Processes and threads")
    stop_grace: int = Field(default=20, ge=1, description="Seconds for answers in flight")
    warm_instances: int = Field(default=0, ge=0, description="Knative: instances that stay without traffic")
    max_scale: int = Field(default=10, ge=1, description="Knative: most instances")


class AuthSettings(Settings):
    """What signs the users' tokens. The app issues them, the API verifies them."""

    mode: Literal["secret", "jwks"] = Field(
        default="secret", description="secret: HS256, one secret for both. jwks: the app alone has the private key"
    )
    algorithm: Literal["ES256", "RS256"] = Field(default="ES256", description="Of mode jwks")
    rotation: int = Field(default=1, ge=1, description="Raise it for a new secret or key pair")
    overlap: Duration = Field(default="7d", description="How long tokens of the former one are still accepted")
    issuer: str | None = Field(default=None, description="`iss` of the tokens. Default: any")
    audience: str | None = Field(default=None, description="`aud` of the tokens. Default: any")


class CorsSettings(Settings):
    """Who may call the API, and upload to its bucket, from a browser. The app's own domains may without being named."""

    origins: tuple[str, ...] = Field(default=(), description="As https://shop.example or http://localhost:3000")
    credentials: bool = Field(default=False, description="Cookies may be sent along")

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [origin for origin in origins if origin != "*" and not ORIGIN.fullmatch(origin)]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: an origin is scheme, host and port, without a path: https://shop.example")
        return origins

    @model_validator(mode="after")
    def _no_wildcard_with_credentials(self) -> Self:
        if self.credentials and "*" in self.origins:
            raise ValueError("`*` with credentials lets every site act for a signed-in user; name the origins")
        return self


class RoleSettings(Settings):
    """An IAM role for the API's ServiceAccount, for these buckets alone."""

    oidc_provider: OidcProvider = Field(description="ARN of the IAM identity provider that trusts the cluster's tokens")


class ImageBucketsSettings(Settings):
    """Two buckets for users' images: originals, which nobody can read, and what is made of them."""

    originals: BucketName
    derived: BucketName
    create: bool = Field(default=True, description="false: the buckets are there already and stay as they are")
    protect: bool = Field(default=True, description="`pulumi destroy` refuses; false: it deletes them with all in them")
    endpoint: Endpoint | None = Field(default=None, description="As the API and this machine reach it. Default: AWS")
    public_endpoint: Endpoint | None = Field(default=None, description="As browsers reach it. Default: endpoint")
    region: str | None = Field(default=None, description="Needed on AWS: the API signs for it. Other servers: us-east-1")
    principal: str | None = Field(
        default=None, description="The API's identity: an ARN, or what the server calls it. It may use these buckets alone."
    )
    role: RoleSettings | None = Field(default=None, description="Knative on AWS: a role that the stack makes, instead of keys")
    base: str | None = Field(default=None, description="Public address of the derived images, as a CDN's. Default: by the API")
    max_bytes: int = Field(default=10 << 20, ge=1, description="Largest upload")
    types: tuple[Literal["image/jpeg", "image/png", "image/webp"], ...] = ("image/jpeg", "image/png", "image/webp")
    abandoned_days: int = Field(default=1, ge=1, description="Uploads that were never completed are removed after these")

    lifecycle: bool | None = Field(
        default=None, description="Whether the server knows lifecycle rules. Default: AWS does; others: no, with a warning"
    )

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.originals == self.derived:
            raise ValueError("originals and derived must be two buckets: one is private, one is not")
        if self.endpoint is None and self.region is None:
            raise ValueError("on AWS the buckets need a region, as eu-central-1; on another server an endpoint")
        if self.role and self.endpoint:
            raise ValueError("role is AWS IAM's; on another server give the API keys, and name their owner as principal")
        if self.role and self.principal:
            raise ValueError("role and principal are two identities of the API: keep one")
        return self

"""StackSettings: the model of stacks/Pulumi.<stack>.yaml. Frozen; parsed once, before anything runs."""

from __future__ import annotations

import re
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from nextcore.caddyfile import DEFAULT_CSP
from stacks.api_settings import ApiSettings, AuthSettings, CorsSettings, ImageBucketsSettings
from stacks.base import Settings
from stacks.cache_settings import CacheSettings
from stacks.cdn_settings import Cdn, S3Settings
from stacks.knative_settings import KnativeSettings, KubernetesName

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
# A host as Caddy takes it for a site's address, `*.` for all below it: no scheme, port or path.
Site = Annotated[str, StringConstraints(pattern=r"^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$")]
EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class AppSettings(Settings):
    """Which app. `path` is a folder with a package.json, relative to the project."""

    path: str
    name: Name | None = Field(default=None, description="Name of containers and volumes. Default: the package's name.")


class ReleaseSource(NamedTuple):
    """An image of a registry, by digest."""

    reference: str
    digest: str


class BuildSettings(Settings):
    """What the builder does with the app."""

    pwa: bool = Field(
        default=False, description="A service worker: pages without network, caches for images, fonts and API reads"
    )
    public_at_runtime: bool = Field(
        default=False, description="NEXT_PUBLIC_ values come from `env` of each stack and not from the build"
    )

    script: Annotated[str, StringConstraints(pattern=r"^[\w:.-]+$")] = Field(
        default="build", description="Of package.json; it runs `next build`, and what must come before and after"
    )
    package_manager: Literal["npm", "pnpm", "yarn", "bun"] | None = Field(
        default=None, description="Which runs the script. Default: what package.json or the lock file tells"
    )
    arch: Literal["x64", "arm64"] | None = Field(default=None, description="Of the target. Default: this machine's")

    def options(self) -> list[str]:
        """Of the builder's command."""
        given = {"--build-script": self.script, "--package-manager": self.package_manager, "--arch": self.arch}
        flags = {"--pwa": self.pwa, "--public-at-runtime": self.public_at_runtime}
        named = [word for option, value in given.items() if value for word in (option, value)]
        return [*named, *(flag for flag, wanted in flags.items() if wanted)]


class ImageSettings(Settings):
    """The app's image."""

    base: Annotated[str, StringConstraints(pattern=r"^(debian|[^@\s]+@sha256:[0-9a-f]{64})$")] = Field(
        default="debian", description="`debian`: assembled from Debian packages. Else a distroless image, by digest."
    )
    compression: Literal["gzip", "zstd"] = Field(
        default="gzip", description="Of layers in a registry. Docker before 23 cannot pull zstd."
    )
    labels: dict[str, str] = Field(default_factory=dict, description="Added to org.opencontainers.image.*")


class ResourceSettings(Settings):
    """Limits of the app's container."""

    memory: int = Field(default=512, ge=64, description="MiB; 258 MiB was the most under load in measurements")
    cpu: float | None = Field(default=None, gt=0, description="Cores. Default none: a limit turns a GC pause into a stall.")
    pids: int = Field(default=256, ge=32, description="Processes and threads; 40 were the most under load")
    stop_grace: int = Field(default=20, ge=1, description="Seconds for answers in flight; SSE streams of 15 s were seen")


class AssetSettings(Settings):
    """The static files."""

    retain_builds: int = Field(default=5, ge=1, description="Builds whose files stay, for tabs that are open")


class ProxySettings(Settings):
    """Caddy."""

    name: Name = Field(default="nextcore", description="Prefix of the proxy's container, network and volumes")
    http_port: int = Field(default=8080, ge=1, le=65535, description="Published port for plain HTTP")
    https_port: int | None = Field(default=None, ge=1, le=65535, description="Published port for HTTPS; needs domains")
    shared: bool = Field(default=False, description="The proxy of this name is another stack's; this one adds its app to it")
    bind: str = Field(default="127.0.0.1", description="Address of the published ports")
    content_security_policy: str | None = Field(default=DEFAULT_CSP, description="null: none. The app's own header wins.")

    @property
    def own(self) -> str | None:
        """The name of the proxy that this stack declares itself."""
        return None if self.shared else self.name


class HookSettings(Settings):
    """A command in a one-off container. Its env is the app's."""

    command: tuple[str, ...] = Field(min_length=1, description="Program and arguments; no shell splits them")
    image: str | None = Field(default=None, description="An image on the target's daemon. Default: the app's own.")
    timeout: int = Field(default=600, ge=1, description="Seconds")


class HooksSettings(Settings):
    """What runs around a new version. A failing `before` hook stops the deployment: the old version goes on."""

    before: tuple[HookSettings, ...] = Field(default=(), description="Before the new container is made, e.g. migrations")
    after: tuple[HookSettings, ...] = Field(default=(), description="When traffic has moved")


class MonitoringSettings(Settings):
    """Prometheus metrics of the proxy."""

    metrics_port: int | None = Field(default=None, ge=1, le=65535, description="Published port of /metrics. Default: none.")


class LoggingSettings(Settings):
    """Rotation of the containers' logs (json-file)."""

    max_size: Annotated[str, StringConstraints(pattern=r"^[0-9]+[kmg]$")] = "10m"
    max_file: int = Field(default=3, ge=1)


class IngressSettings(Settings):
    """A networking.k8s.io Ingress."""

    class_name: KubernetesName | None = Field(default=None, description="Default: the cluster's default class")
    annotations: dict[str, str] = Field(default_factory=dict, description="E.g. of cert-manager, or of the controller")
    tls_secret: KubernetesName | None = Field(default=None, description="Secret with the certificate of `domains`")


class GatewaySettings(Settings):
    """The Gateway of the Gateway API that takes the app's HTTPRoute."""

    name: KubernetesName
    namespace: KubernetesName
    section: str | None = Field(default=None, description="One of its listeners. Default: all that match")


class RoutingSettings(Settings):
    """What keeps static requests from the app inside a cluster, where no CDN does, and how requests come to it."""

    kind: Literal["caddy", "ingress", "gateway", "none"] = Field(
        default="caddy",
        description="caddy: a Service of Caddy, which tells files and app apart. ingress, gateway: one of these before it. "
        "none: Knative's own gateway alone",
    )
    ingress: IngressSettings = IngressSettings()
    gateway: GatewaySettings | None = None
    replicas: int = Field(default=2, ge=1)
    service_type: Literal["ClusterIP", "LoadBalancer", "NodePort"] = "ClusterIP"

    @model_validator(mode="after")
    def _gateway_is_named(self) -> Self:
        if self.kind == "gateway" and self.gateway is None:
            raise ValueError("kind gateway needs gateway: {name: …, namespace: …}")
        return self


SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSWORD|PASSWD|PRIVATE|CREDENTIAL|API_?KEY|ACCESS_?KEY", re.IGNORECASE)


class StackSettings(Settings):
    """All keys under `nextcore:`."""

    app: AppSettings
    build: BuildSettings = BuildSettings()
    target: Literal["docker", "knative"] = Field(default="docker", description="One Docker host, or a cluster with Knative")
    docker_host: str | None = Field(default=None, description="Default: DOCKER_HOST, else the machine's own daemon")
    registry: Annotated[str, StringConstraints(pattern=r"^(http://)?[^/\s]+(/[a-z0-9._-]+)*$")] | None = Field(
        default=None,
        description="host/namespace that images are pushed to; http:// first: without TLS. Default: straight into the daemon.",
    )
    release: Annotated[str, StringConstraints(pattern=r"^([^@\s]+@)?sha256:[0-9a-f]{64}$")] | None = Field(
        default=None,
        description="Digest of an image that was pushed before, of `registry` or as host/repository@sha256:…: "
        "it is deployed instead of a build (`pulumi stack output imageDigest` of the other stack tells it)",
    )
    image: ImageSettings = ImageSettings()
    env: dict[EnvName, str] = Field(default_factory=dict, description="Plain variables of the container")
    domains: tuple[Site, ...] = Field(default=(), description="Hosts with automatic HTTPS. None: plain HTTP for any host.")
    resources: ResourceSettings = ResourceSettings()
    assets: AssetSettings = AssetSettings()
    proxy: ProxySettings = ProxySettings()
    knative: KnativeSettings = KnativeSettings()
    routing: RoutingSettings = RoutingSettings()
    s3: S3Settings | None = Field(default=None, description="Where static files lie; the target knative needs it")
    cdn: Cdn = Field(default="none", description="CloudFront before bucket and cluster")
    api: ApiSettings | None = Field(default=None, description="A Go API beside the app")
    auth: AuthSettings | None = Field(default=None, description="One signing secret or key pair for app and API")
    cors: CorsSettings = CorsSettings()
    image_buckets: ImageBucketsSettings | None = Field(default=None, description="Buckets for users' images; needs api")
    cache: CacheSettings = CacheSettings()
    hooks: HooksSettings = HooksSettings()
    monitoring: MonitoringSettings = MonitoringSettings()
    logging: LoggingSettings = LoggingSettings()

    @model_validator(mode="after")
    def _target_has_what_it_needs(self) -> Self:
        if self.target == "knative":
            needed = {"registry": self.registry, "s3": self.s3}
            missing = [name for name, value in needed.items() if value is None]
            if missing:
                raise ValueError(f"target knative needs {' and '.join(missing)}")
        return self

    @property
    def release_source(self) -> ReleaseSource | None:
        """Where `release` lies. A digest alone is of this stack's registry, under the app's name."""
        if self.release is None:
            return None
        reference, _, digest = self.release.rpartition("@")
        return ReleaseSource(reference or f"{self.registry}/{self.app.name}", digest)

    @model_validator(mode="after")
    def _release_can_be_found(self) -> Self:
        if self.release and "@" not in self.release and not (self.registry and self.app.name):
            raise ValueError("release as a digest alone needs registry and app.name; else write host/repository@sha256:…")
        return self

    @field_validator("env")
    @classmethod
    def _no_public_secret(cls, env: dict[str, str]) -> dict[str, str]:
        names = sorted(name for name in env if name.startswith("NEXT_PUBLIC_") and SECRET_NAME.search(name))
        if names:
            raise ValueError(f"{', '.join(names)}: NEXT_PUBLIC_ values are in every browser; rename it without NEXT_PUBLIC_")
        return env

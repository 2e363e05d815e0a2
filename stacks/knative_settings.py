"""KnativeSettings: the part of a stack's config that says how the app runs on Knative."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from stacks.base import Settings

KubernetesName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
Quantity = Annotated[str, StringConstraints(pattern=r"^[0-9]+m?$")]
Cidr = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F.:]+/[0-9]{1,3}$")]
Percent = Annotated[int, Field(ge=0, le=100)]


class ClusterSettings(Settings):
    """Which cluster."""

    kubeconfig: str | None = Field(default=None, description="File. Default: KUBECONFIG, else ~/.kube/config")
    context: str | None = Field(default=None, description="Default: the file's current one")


class ScaleSettings(Settings):
    """Instances of the app."""

    warm_instances: int = Field(default=0, ge=0, description="Instances that stay without traffic; 0: scale to zero")
    max_scale: int = Field(default=10, ge=0, description="0: no limit")
    initial_scale: int = Field(default=1, ge=1, description="Instances that a new revision must get ready with")
    activation_scale: int = Field(default=1, ge=1, description="Instances that the first request wakes")
    target: int = Field(default=50, ge=1, description="Requests at a time of one instance that the autoscaler aims at")
    container_concurrency: int = Field(default=0, ge=0, le=1000, description="Most requests at a time; 0: no limit")
    scale_down_delay: int = Field(
        default=30, ge=0, le=3600, description="Seconds an instance stays after it is not needed; a stall of 5-7 s was seen at 0"
    )
    window: int = Field(default=60, ge=6, le=3600, description="Seconds that the autoscaler looks back")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.max_scale and self.warm_instances > self.max_scale:
            raise ValueError(f"warmInstances {self.warm_instances} is more than maxScale {self.max_scale}")
        if self.max_scale and max(self.initial_scale, self.activation_scale) > self.max_scale:
            raise ValueError(f"initialScale and activationScale may not be more than maxScale {self.max_scale}")
        if self.container_concurrency and self.target > self.container_concurrency:
            raise ValueError(f"target {self.target} is more than containerConcurrency {self.container_concurrency}")
        return self


class ProbeSettings(Settings):
    """Health checks, in seconds."""

    startup: int = Field(default=60, ge=1, description="Longest start, without a verdict by the liveness probe")
    timeout: int = Field(default=5, ge=2, description="Above Kubernetes' 1 s, at which a garbage collection is a failure")
    liveness_period: int = Field(default=10, ge=1)


class TimeoutSettings(Settings):
    """Seconds."""

    request: int = Field(default=300, ge=1, le=600, description="Longest answer; Knative's own limit is 600 by default")
    response_start: int = Field(default=0, ge=0, description="Until the first byte; 0: no limit but `request`")
    idle: int = Field(default=0, ge=0, description="Without a byte; 0: no limit but `request`")
    deploy: int = Field(default=120, ge=10, description="Until a new revision is ready")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if max(self.response_start, self.idle) > self.request:
            raise ValueError(f"responseStart and idle may not be longer than request ({self.request} s)")
        return self


class TrafficSettings(Settings):
    """Shares of the requests. Nothing given: all to the latest revision."""

    latest: Percent = Field(default=100, description="Percent of the latest revision; 0 with others: a rollback")
    revisions: dict[KubernetesName, Percent] = Field(
        default_factory=dict, description="Percent by revision; `pulumi stack output revision` names the present one"
    )

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = self.latest + sum(self.revisions.values())
        if total != 100:
            raise ValueError(f"the shares add up to {total} percent; they must be 100 (latest {self.latest} + revisions)")
        return self


class NetworkPolicySettings(Settings):
    """Who may reach the pods, where the cluster's network enforces such policies."""

    enabled: bool = True
    from_namespaces: tuple[KubernetesName, ...] = Field(
        default=("knative-serving", "contour-external", "contour-internal", "kourier-system", "istio-system"),
        description="Knative's activator and autoscaler, and the gateway's namespace",
    )
    from_cidrs: tuple[Cidr, ...] = Field(default=(), description="A gateway outside the cluster")
    not_to: tuple[Cidr, ...] = Field(default=("169.254.0.0/16",), description="Where the app may not go: cloud metadata")


class PrePullSettings(Settings):
    """A DaemonSet that keeps the image on every node."""

    enabled: bool = Field(default=False, description="2.3 s less for a cold start on a new node, for 1 MiB on each")
    pause_image: str = Field(default="registry.k8s.io/pause:3.10.1", description="An image that does nothing")


class DomainSettings(Settings):
    """Domains come from `nextcore:domains`."""

    tls_secrets: dict[str, KubernetesName] = Field(
        default_factory=dict, description="Secret with the certificate by domain. Without: Knative's own, where configured"
    )
    claim: bool = Field(default=True, description="Declare ClusterDomainClaims; false where the cluster makes them itself")


class KnativeSettings(Settings):
    """All keys under `nextcore:knative`."""

    cluster: ClusterSettings = ClusterSettings()
    namespace: KubernetesName | None = Field(default=None, description="Default: the app's name")
    create_namespace: bool = Field(default=True, description="false: it is there already, and stays after `destroy`")
    scale: ScaleSettings = ScaleSettings()
    probes: ProbeSettings = ProbeSettings()
    timeouts: TimeoutSettings = TimeoutSettings()
    traffic: TrafficSettings = TrafficSettings()
    cpu_request: Quantity = Field(default="100m", description="Cores that are set aside; there is no limit, on purpose")
    tmp_size: int = Field(default=64, ge=1, description="MiB of /tmp; counts as the container's memory")
    image_pull_secrets: tuple[KubernetesName, ...] = Field(default=(), description="Secrets of the namespace")
    service_account_annotations: dict[str, str] = Field(
        default_factory=dict, description="eks.amazonaws.com/role-arn gives the app an AWS role"
    )
    network_policy: NetworkPolicySettings = NetworkPolicySettings()
    pre_pull: PrePullSettings = PrePullSettings()
    domain_mapping: DomainSettings = DomainSettings()

"""The Knative Service of an app, and what it runs with: pure manifests."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nextcore.errors import UserError

Manifest = dict[str, Any]  # a Kubernetes object: JSON of any shape, hence Any

PORT = 3000
HEALTH = "/_nextcore/health"
USER = 65532  # `nonroot` of distroless images
LONGEST_NAME = 44  # `<name>-<10 digits>-private` is a Service's name, and those have 63 characters at most
MANAGED_BY = "app.kubernetes.io/managed-by"
AUTOSCALING = "autoscaling.knative.dev"
# Set by Knative itself; it refuses a container that names them.
RESERVED = frozenset({"PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"})


@dataclass(frozen=True)
class Scale:
    """Instances of the app. Durations in seconds.

    `warm`: those that stay without traffic; 0 is scale to zero. `largest` 0: no limit. `concurrency` 0: no hard limit.
    """

    warm: int = 0
    largest: int = 10
    initial: int = 1
    activation: int = 1
    target: int = 50
    concurrency: int = 0
    down_delay: int = 30
    window: int = 60


@dataclass(frozen=True)
class Probes:
    """Seconds. A timeout of 1 s, which is Kubernetes' default, turns a pause of the garbage collector into a restart."""

    startup: int = 60
    timeout: int = 5
    liveness_period: int = 10


@dataclass(frozen=True)
class Timeouts:
    """Seconds. `request`: until the last byte; 0 for the others is Knative's default. `deploy`: until a revision is ready."""

    request: int = 300
    response_start: int = 0
    idle: int = 0
    deploy: int = 120


@dataclass(frozen=True)
class Traffic:
    """Percent of the latest revision and of others by name. `latest` 0 pins: a rollback without a build."""

    latest: int = 100
    revisions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Workload:
    """What a revision is made of. `image` by digest; `memory` and `tmp` in MiB. `health`: a path that answers 2xx."""

    app: str
    namespace: str
    image: str
    memory: int = 512
    cpu_request: str = "100m"
    tmp: int = 64
    scale: Scale = Scale()
    probes: Probes = Probes()
    timeouts: Timeouts = Timeouts()
    pull_secrets: tuple[str, ...] = ()
    config_map: str | None = None
    secret: str | None = None
    assets_origin: str | None = None
    port: int = PORT
    health: str = HEALTH

    def __post_init__(self) -> None:
        if len(self.app) > LONGEST_NAME:
            raise UserError(
                f"the app's name {self.app} has {len(self.app)} characters; Knative allows {LONGEST_NAME}",
                "nextcore:app.name",
                "give it a shorter one",
            )
        if "@sha256:" not in self.image:
            raise UserError(f"the image {self.image} is not named by its digest", "image", "use repository@sha256:…")


def labels(app: str) -> dict[str, str]:
    """On every object of an app: what `kubectl get -l` finds."""
    return {"app.kubernetes.io/name": app, MANAGED_BY: "nextcore"}


def namespace(name: str) -> Manifest:
    """A namespace whose pods must meet the restricted Pod Security Standard."""
    security = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {MANAGED_BY: "nextcore", **security}}}


def service_account(app: str, namespace_name: str) -> Manifest:
    """An account without a token: the app does not speak with Kubernetes, and mounting one costs 290 ms of a cold start."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _metadata(app, app, namespace_name),
        "automountServiceAccountToken": False,
    }


def env_name(app: str, kind: str, values: Mapping[str, str]) -> str:
    """`<app>-<kind>-<hash of the values>`: a changed value makes a new object and so a new revision, an unchanged one none.

    The name is public and the values may be secrets. scrypt makes guessing them by it slow (25 ms a guess), and ten digits
    are too few to be sure.
    """
    text = json.dumps(sorted(values.items())).encode()
    return f"{app}-{kind}-{hashlib.scrypt(text, salt=app.encode(), n=2**13, r=8, p=1).hex()[:10]}"


def config_map(app: str, namespace_name: str, values: Mapping[str, str]) -> Manifest:
    """Plain variables."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(env_name(app, "env", values), app, namespace_name),
        "immutable": True,
        "data": dict(sorted(values.items())),
    }


def secret(app: str, namespace_name: str, values: Mapping[str, str]) -> Manifest:
    """Secret variables."""
    data = {key: base64.b64encode(value.encode()).decode() for key, value in sorted(values.items())}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata(env_name(app, "secrets", values), app, namespace_name),
        "type": "Opaque",
        "immutable": True,
        "data": data,
    }


def refuse_reserved(names: set[str]) -> None:
    """Raises UserError for variables that Knative sets itself."""
    taken = sorted(names & RESERVED)
    if taken:
        raise UserError(f"Knative sets {', '.join(taken)} itself", "nextcore:env, nextcore:secrets", "take them out")


def revision_name(work: Workload) -> str:
    """Named by its content, so that it is known before it runs, and going back to older content is its revision again."""
    text = json.dumps([_annotations(work), _pod(work)], sort_keys=True).encode()
    return f"{work.app}-{hashlib.sha256(text).hexdigest()[:10]}"


def service(work: Workload, traffic: Traffic) -> Manifest:
    """The Knative Service. Pinned, it is ready when its routes are: a newest revision that fails must not stop a rollback."""
    ready = "Ready" if traffic.latest else "RoutesReady"
    annotations = {
        "pulumi.com/waitFor": f"condition={ready}",
        "pulumi.com/timeoutSeconds": str(work.timeouts.deploy + 30),  # Knative's own verdict comes first
    }
    template_metadata = {"name": revision_name(work), "labels": labels(work.app), "annotations": _annotations(work)}
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {**_metadata(work.app, work.app, work.namespace), "annotations": annotations},
        "spec": {"template": {"metadata": template_metadata, "spec": _pod(work)}, "traffic": _traffic(traffic)},
    }


def hardened() -> Manifest:
    """Security context of a container that meets the restricted Pod Security Standard."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsGroup": USER,
        "runAsNonRoot": True,
        "runAsUser": USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _metadata(name: str, app: str, namespace_name: str) -> Manifest:
    return {"name": name, "namespace": namespace_name, "labels": labels(app)}


def _annotations(work: Workload) -> dict[str, str]:
    scale = work.scale
    # Knative's own default is 1, and it refuses to be told so.
    activation = {f"{AUTOSCALING}/activation-scale": str(scale.activation)} if scale.activation > 1 else {}
    return {
        **activation,
        f"{AUTOSCALING}/initial-scale": str(scale.initial),
        f"{AUTOSCALING}/max-scale": str(scale.largest),
        f"{AUTOSCALING}/metric": "concurrency",
        f"{AUTOSCALING}/min-scale": str(scale.warm),
        f"{AUTOSCALING}/scale-down-delay": f"{scale.down_delay}s",
        f"{AUTOSCALING}/target": str(scale.target),
        f"{AUTOSCALING}/window": f"{scale.window}s",
        "serving.knative.dev/progress-deadline": f"{work.timeouts.deploy}s",
    }


def _pod(work: Workload) -> Manifest:
    pod: Manifest = {
        "automountServiceAccountToken": False,
        "containerConcurrency": work.scale.concurrency,
        "containers": [_container(work)],
        "enableServiceLinks": False,
        "serviceAccountName": work.app,
        "timeoutSeconds": work.timeouts.request,
        # Counts as the container's memory.
        "volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": f"{work.tmp}Mi"}}],
    }
    if work.timeouts.response_start:
        pod["responseStartTimeoutSeconds"] = work.timeouts.response_start
    if work.timeouts.idle:
        pod["idleTimeoutSeconds"] = work.timeouts.idle
    if work.pull_secrets:
        pod["imagePullSecrets"] = [{"name": name} for name in work.pull_secrets]
    return pod


def _container(work: Workload) -> Manifest:
    # Kubernetes presets HOSTNAME to the pod's name; bound to that, Next takes rewrites for external ones.
    env = [{"name": "HOSTNAME", "value": "0.0.0.0"}]
    if work.assets_origin:
        env.append({"name": "NEXTCORE_ASSETS_ORIGIN", "value": work.assets_origin})
    sources = [{"configMapRef": {"name": work.config_map}}] if work.config_map else []
    sources += [{"secretRef": {"name": work.secret}}] if work.secret else []
    probes, check = work.probes, {"httpGet": {"path": work.health, "port": work.port}}
    container: Manifest = {
        "name": "app",
        "image": work.image,
        "env": env,
        "ports": [{"name": "http1", "containerPort": work.port}],
        "resources": {
            # No CPU limit: throttling turns a render of 50 ms into one of 500.
            "limits": {"memory": f"{work.memory}Mi"},
            "requests": {"cpu": work.cpu_request, "memory": f"{work.memory}Mi"},
        },
        "securityContext": hardened(),
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
        # No startupProbe: with one, Knative's activator waits for the kubelet's word that the pod is ready instead of asking
        # the pod itself, and a wake from zero took 2.0 s in place of 1.04 (hello-world: 0.99; medians of 8). The liveness
        # probe's delay gives a slow start its time.
        "readinessProbe": {
            # Not period 0, Knative's own fast probing: the kubelet then asks with a timeout of 1 s that nobody can raise.
            **check,
            "periodSeconds": 1,
            "successThreshold": 1,
            "timeoutSeconds": probes.timeout,
            "failureThreshold": 3,
        },
        "livenessProbe": {
            **check,
            "initialDelaySeconds": probes.startup,
            "periodSeconds": probes.liveness_period,
            "timeoutSeconds": probes.timeout,
            "failureThreshold": 3,
        },
    }
    if sources:
        container["envFrom"] = sources
    return container


def _traffic(traffic: Traffic) -> list[Manifest]:
    """All to the latest; or shares, with the latest also at an address of its own (`next-<app>…`)."""
    if not traffic.revisions:
        return [{"latestRevision": True, "percent": 100}]
    others = [
        {"revisionName": name, "latestRevision": False, "percent": percent} for name, percent in sorted(traffic.revisions.items())
    ]
    return [*others, {"latestRevision": True, "percent": traffic.latest, "tag": "next"}]

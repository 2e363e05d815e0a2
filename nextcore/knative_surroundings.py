"""What may stand around a Knative Service: network policy, pre-pulled images, domains."""

from __future__ import annotations

from dataclasses import dataclass

from nextcore.knative import Manifest, Workload, hardened, labels

PORTS = (8012, 8013, 8022, 9090, 9091)  # queue-proxy: HTTP/1, HTTP/2, its health, metrics for the autoscaler and for users
TLS_PORT = 8112
METADATA = "169.254.0.0/16"  # clouds answer there with credentials of the node


@dataclass(frozen=True)
class NetworkRules:
    """Who may call the app (namespaces by name, CIDRs for a gateway outside the cluster), and where it may not go."""

    from_namespaces: tuple[str, ...]
    from_cidrs: tuple[str, ...]
    not_to: tuple[str, ...] = (METADATA,)


def network_policy(app: str, namespace: str, rules: NetworkRules) -> Manifest:
    """The app's pods are reached through Knative only, and reach everything but `not_to`."""
    callers: list[Manifest] = [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}} for name in rules.from_namespaces
    ]
    callers += [{"ipBlock": {"cidr": cidr}} for cidr in rules.from_cidrs]
    ports = [{"protocol": "TCP", "port": port} for port in (*PORTS, TLS_PORT)]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": app, "namespace": namespace, "labels": labels(app)},
        "spec": {
            "podSelector": {"matchLabels": {"serving.knative.dev/service": app}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": callers, "ports": ports}],
            "egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": list(rules.not_to)}}, {"ipBlock": {"cidr": "::/0"}}]}],
        },
    }


def pre_pull(work: Workload, pause_image: str) -> Manifest:
    """A DaemonSet that keeps the image on every node: pulling it is what a cold start on a new node waits for most.

    The image has no shell. Its executable is Bun, and with BUN_BE_BUN it behaves as such: it prints its version and ends.
    """
    match = {"app.kubernetes.io/name": f"{work.app}-pre-pull"}
    security = hardened()
    first = {
        "name": "pull",
        "image": work.image,
        "command": ["/app/server", "--version"],
        "env": [{"name": "BUN_BE_BUN", "value": "1"}],
        "resources": {"limits": {"memory": "64Mi"}, "requests": {"cpu": "1m", "memory": "1Mi"}},
        "securityContext": security,
    }
    pause = {
        "name": "pause",
        "image": pause_image,
        "resources": {"limits": {"memory": "16Mi"}, "requests": {"cpu": "1m", "memory": "1Mi"}},
        "securityContext": security,
    }
    pod: Manifest = {
        "automountServiceAccountToken": False,
        "containers": [pause],
        "enableServiceLinks": False,
        "initContainers": [first],
        "serviceAccountName": work.app,
        "terminationGracePeriodSeconds": 0,
    }
    if work.pull_secrets:
        pod["imagePullSecrets"] = [{"name": name} for name in work.pull_secrets]
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": f"{work.app}-pre-pull", "namespace": work.namespace, "labels": labels(work.app)},
        "spec": {
            "selector": {"matchLabels": match},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "100%"}},
            "template": {"metadata": {"labels": {**labels(work.app), **match}}, "spec": pod},
        },
    }


def domain_claim(domain: str, namespace: str) -> Manifest:
    """Gives a domain to a namespace, where the cluster does not do so by itself. Cluster-wide."""
    return {
        "apiVersion": "networking.internal.knative.dev/v1alpha1",
        "kind": "ClusterDomainClaim",
        "metadata": {"name": domain},
        "spec": {"namespace": namespace},
    }


def domain_mapping(app: str, namespace: str, domain: str, tls_secret: str | None) -> Manifest:
    """A domain that leads to the app. Its certificate is in `tls_secret`, or Knative's own where that is configured."""
    spec: Manifest = {"ref": {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "name": app}}
    if tls_secret:
        spec["tls"] = {"secretName": tls_secret}
    return {
        "apiVersion": "serving.knative.dev/v1beta1",
        "kind": "DomainMapping",
        "metadata": {
            "name": domain,
            "namespace": namespace,
            "labels": labels(app),
            "annotations": {"pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "180"},
        },
        "spec": spec,
    }

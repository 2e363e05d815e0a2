"""Caddy inside the cluster: static files out of the bucket, everything else to the Knative Service. Pure.

Without a CDN nothing else would keep static requests from waking the app.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from string import Template
from urllib.parse import urlsplit

from nextcore.caddyfile import (
    DEFAULT_CSP,
    INTERNAL_PATHS,
    LOG_AND_HEADERS,
    ApiRoute,
    plain_redirects,
    quoted,
    read_cache,
    route_kinds,
)
from nextcore.cdn import public_claims
from nextcore.knative import USER, Manifest, hardened, labels
from nextcore.payload import NextCorePayload

PORT = 8080
NAME = "routing"

# A bucket answers 403 for what is not there unless it may be listed. Its own headers are nobody's business.
CADDYFILE = Template(
    """{
	admin off
	persist_config off
	auto_https off
	metrics
	servers {
		trusted_proxies static private_ranges
	}
}

(bucket) {
	rewrite * $prefix{uri}
	reverse_proxy $bucket {
		header_up Host $bucket_host
		header_up -Cookie
		header_up -Authorization
		header_down -Server
		header_down -X-Amz-*
		@missing status 403 404
		handle_response @missing {
			header Cache-Control no-store
			respond 404
		}
	}
}

http://:$port {
"""
    + LOG_AND_HEADERS
    + """
	handle /_nextcore/routing {
		log_skip
		respond ok
	}
	@internal path $internal
	handle @internal {
		respond 404
	}

$api$redirects	handle $hashed {
		log_append route static
		import bucket
	}

$public	handle {
$routes		reverse_proxy $upstream:80 {
			header_up Host $upstream
			lb_try_duration 5s
			lb_try_interval 50ms
			flush_interval -1
		}
	}
}
"""
)

API = Template(
    """	@api path $paths
	handle @api {
		log_append route go
		${cache}reverse_proxy $upstream:80 {
			header_up Host $upstream
			lb_try_duration 5s
			lb_try_interval 50ms
			flush_interval -1
		}
	}

"""
)

PUBLIC = Template(
    """	@public {
		method GET HEAD
		path $paths
	}
	handle @public {
		log_append route static
		import bucket
	}

"""
)


@dataclass(frozen=True)
class Bucket:
    """Where the app's files are read: URL of the server and the path before each file's own."""

    url: str
    prefix: str


@dataclass(frozen=True)
class Routing:
    """`image` by digest. `replicas` of Caddy; `service_type` of its Service."""

    app: str
    namespace: str
    image: str
    caddyfile: str
    replicas: int = 2
    service_type: str = "ClusterIP"


def bucket_location(bucket: str, app: str, endpoint: str | None, region: str | None) -> Bucket:
    """AWS has one host a bucket; other servers have the bucket in the path."""
    if endpoint:
        return Bucket(endpoint.rstrip("/"), f"/{bucket}/{app}")
    return Bucket(f"https://{bucket}.s3.{region or 'us-east-1'}.amazonaws.com", f"/{app}")


def cluster_caddyfile(
    payload: NextCorePayload,
    app: str,
    namespace: str,
    bucket: Bucket,
    policy: str | None = DEFAULT_CSP,
    api: ApiRoute | None = None,
) -> str:
    """The whole configuration of the routing Caddy of one app, and of an API in its namespace."""
    base = payload.app.base_path
    claims = public_claims(payload)
    return CADDYFILE.substitute(
        app=app,
        port=PORT,
        prefix=bucket.prefix,
        bucket=bucket.url,
        bucket_host=urlsplit(bucket.url).netloc,
        policy=f"\theader ?Content-Security-Policy {quoted(policy)}\n" if policy else "",
        internal=INTERNAL_PATHS,
        api=_api(api, namespace) if api else "",
        redirects="".join(plain_redirects(payload.redirects, base)),
        hashed=f"{base}/_next/static/*",
        public=PUBLIC.substitute(paths=" ".join(quoted(claim) for claim in claims)) if claims else "",
        routes="".join(route_kinds(payload)),
        upstream=inside(app, namespace),
    )


def _api(api: ApiRoute, namespace: str) -> str:
    paths, kept = " ".join(api.paths), read_cache(api.cache, "\t\t")
    return API.substitute(paths=paths, cache=kept, upstream=inside(api.name, namespace))


def inside(service_name: str, namespace: str) -> str:
    """A Knative Service's host name inside the cluster."""
    return f"{service_name}.{namespace}.svc.cluster.local"


def config_map(routing: Routing) -> Manifest:
    """Named by its content: a new configuration is a new ReplicaSet, rolled out only when it starts."""
    metadata = {"name": _config_name(routing), "namespace": routing.namespace, "labels": labels(routing.app)}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "immutable": True,
        "data": {"Caddyfile": routing.caddyfile},
    }


def deployment(routing: Routing) -> Manifest:
    """Caddy, hardened; a new one must answer before an old one goes."""
    selector = _selector(routing)
    container = {
        "name": "caddy",
        "image": routing.image,
        "args": ["run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
        "env": [{"name": "XDG_DATA_HOME", "value": "/tmp"}, {"name": "XDG_CONFIG_HOME", "value": "/tmp"}],
        "ports": [{"name": "http", "containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/_nextcore/routing", "port": PORT}, "periodSeconds": 2, "timeoutSeconds": 3},
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": hardened(),
        "volumeMounts": [{"name": "config", "mountPath": "/etc/caddy", "readOnly": True}, {"name": "tmp", "mountPath": "/tmp"}],
        # Requests in flight and endpoints that are not told yet.
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
    }
    spec = {
        "automountServiceAccountToken": False,
        "containers": [container],
        "securityContext": {"fsGroup": USER},
        "volumes": [
            {"name": "config", "configMap": {"name": _config_name(routing)}},
            {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}},
        ],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": _name(routing), "namespace": routing.namespace, "labels": labels(routing.app)},
        "spec": {
            "replicas": routing.replicas,
            "selector": {"matchLabels": selector},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {"metadata": {"labels": {**labels(routing.app), **selector}}, "spec": spec},
        },
    }


def service(routing: Routing) -> Manifest:
    """What the domain's load balancer, or an ingress of yours, points to."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": _name(routing), "namespace": routing.namespace, "labels": labels(routing.app)},
        "spec": {
            "type": routing.service_type,
            "selector": _selector(routing),
            "ports": [{"name": "http", "port": 80, "targetPort": PORT, "protocol": "TCP"}],
        },
    }


def _name(routing: Routing) -> str:
    return f"{routing.app}-{NAME}"


def _selector(routing: Routing) -> dict[str, str]:
    return {"app.kubernetes.io/instance": _name(routing)}


def _config_name(routing: Routing) -> str:
    return f"{_name(routing)}-{hashlib.sha256(routing.caddyfile.encode()).hexdigest()[:10]}"

"""The API server: requests, discovery of kinds, and watches."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import urllib3
from kubernetes import client as kubernetes_client
from kubernetes import config as kubernetes_config

from offline.plugins.kubernetes.failures import ApiError, NoSuchKindError, UnreachableError
from offline.plugins.kubernetes.settings import Settings, active_context, parse_kubeconfig
from offline.plugins.kubernetes.values import Object

APPLY = "application/apply-patch+yaml"  # JSON is YAML
CONNECT_SECONDS = 10
ANSWER_SECONDS = 60  # admission webhooks may take 30 s each
# An apply, a read and a delete may be sent twice, so all methods are retried. 4 tries with these pauses take 3 s.
RETRIES = urllib3.Retry(
    total=4, backoff_factor=0.2, status_forcelist=[429, 503, 504], allowed_methods=None, raise_on_status=False
)
# Kinds without a namespace, for when no API server can be asked.
CLUSTER_WIDE = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CSINode",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "RuntimeClass",
        "StorageClass",
        "ValidatingWebhookConfiguration",
    }
)


@dataclass(frozen=True)
class Kind:
    """How the API server serves a kind."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str = "") -> str:
        root = f"/api/{self.api_version}" if "/" not in self.api_version else f"/apis/{self.api_version}"
        middle = f"/namespaces/{quote(namespace)}" if self.namespaced and namespace else ""
        return f"{root}{middle}/{self.plural}" + (f"/{quote(name)}" if name else "")


@dataclass(frozen=True)
class Event:
    """One event of a watch. `kind` is ADDED, MODIFIED, DELETED."""

    kind: str
    object: Object


class Cluster:
    """One API server. Safe for use by many threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._groups: dict[str, dict[str, Kind]] = {}
        self._client: kubernetes_client.ApiClient | None = None
        self._unreachable: str | None = None

    def namespace(self) -> str:
        """Of objects that name none: configured, else the context's, else `default`."""
        if self._settings.namespace:
            return self._settings.namespace
        try:
            kubeconfig = parse_kubeconfig(self._settings.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config")
        except UnreachableError:
            return "default"
        return str(active_context(kubeconfig, self._settings).get("namespace") or "default")

    def kind(self, api_version: str, kind: str) -> Kind:
        """How `kind` is served. Raises NoSuchKindError; asks again each time while a kind is unknown."""
        with self._lock:
            found = self._groups.get(api_version, {}).get(kind)
        if found:
            return found
        root = f"/api/{api_version}" if "/" not in api_version else f"/apis/{api_version}"
        try:
            listed = self.request("GET", root)
        except ApiError as error:
            if error.code == 404:
                raise NoSuchKindError(api_version, kind) from None
            raise
        kinds = {
            entry["kind"]: Kind(api_version, entry["kind"], entry["name"], bool(entry["namespaced"]))
            for entry in listed.get("resources", [])
            if "/" not in entry["name"]
        }
        with self._lock:
            self._groups[api_version] = kinds
        if kind not in kinds:
            raise NoSuchKindError(api_version, kind)
        return kinds[kind]

    def is_namespaced(self, api_version: str, kind: str) -> bool:
        """Also where no API server answers: by the name of the kind."""
        try:
            return self.kind(api_version, kind).namespaced
        except (NoSuchKindError, UnreachableError):
            return kind not in CLUSTER_WIDE

    def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """The object, or None."""
        try:
            return self.request("GET", kind.path(namespace, name))
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def list(self, kind: Kind, namespace: str, **query: str) -> list[Object]:
        """Objects by `labelSelector` or `fieldSelector`, 500 at most."""
        found: list[Object] = self.request("GET", kind.path(namespace), {**query, "limit": "500"}).get("items") or []
        return found

    def apply(self, kind: Kind, body: Object, manager: str, *, force: bool, dry_run: bool = False, path_name: str = "") -> Object:
        """Server-side apply. A field that the kind does not know is an error, not a warning."""
        meta = body["metadata"]
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        path = kind.path(meta.get("namespace", ""), path_name or meta["name"])
        return self.request("PATCH", path, query, body, APPLY)

    def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None, content: str = "application/json"
    ) -> Object:
        """One request and its JSON answer. Raises ApiError and UnreachableError."""
        response = self._send(method, path, query, body=body, content=content)
        parsed = _json(response.data)
        if response.status >= 400:
            raise ApiError(response.status, parsed)
        return parsed

    def logs(self, namespace: str, pod: str, container: str, lines: int, previous: bool) -> str:
        """The last lines of a container; empty where there are none."""
        query = {"container": container, "tailLines": str(lines), "previous": str(previous).lower()}
        path = f"/api/v1/namespaces/{quote(namespace)}/pods/{quote(pod)}/log"
        response = self._send("GET", path, query)
        return response.data.decode(errors="replace") if response.status < 400 else ""

    def watch(self, kind: Kind, namespace: str, name: str, since: str, seconds: int) -> Iterator[Event]:
        """Events of one object since a resourceVersion, for `seconds` at most. Ends early where that version is too old."""
        query = {
            "watch": "true",
            "fieldSelector": f"metadata.name={name}",
            "resourceVersion": since,
            "timeoutSeconds": str(max(seconds, 1)),
        }
        response = self._send("GET", kind.path(namespace), query, seconds=seconds + 5, stream=True)
        try:
            if response.status >= 400:
                raise ApiError(response.status, _json(response.data))
            rest = b""
            for chunk in response.stream(amt=None, decode_content=True):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    event = _json(line)
                    if event.get("type") == "ERROR":
                        return  # too old: the caller reads the object and starts anew
                    if event:
                        yield Event(event["type"], event["object"])
        except (urllib3.exceptions.HTTPError, OSError):
            return  # a watch may end at any time
        finally:
            response.close()

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: Any = None,
        content: str = "application/json",
        seconds: float = ANSWER_SECONDS,
        stream: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        connection = self._connection()
        headers = {"Accept": "application/json", "Content-Type": content, **connection.default_headers}
        parameters = list((query or {}).items())
        connection.update_params_for_auth(headers, parameters, ["BearerToken"], path, method, body)
        text = "&".join(f"{quote(key)}={quote(value, safe='')}" for key, value in parameters)
        url = connection.configuration.host.rstrip("/") + path + (f"?{text}" if text else "")
        try:
            response: urllib3.BaseHTTPResponse = connection.rest_client.pool_manager.request(
                method,
                url,
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds),
                preload_content=not stream,
                retries=RETRIES,
            )
        except urllib3.exceptions.HTTPError as error:
            raise UnreachableError(
                f"the API server at {connection.configuration.host} does not answer: {_reason(error)}\n"
                "  next: check address and credentials in the kubeconfig, and that the cluster runs"
            ) from None
        return response

    def _connection(self) -> kubernetes_client.ApiClient:
        with self._lock:
            if self._unreachable:
                raise UnreachableError(self._unreachable)
            if self._client is None:
                try:
                    self._client = connect(self._settings)
                except UnreachableError as error:
                    self._unreachable = str(error)
                    raise
            return self._client


def connect(settings: Settings) -> kubernetes_client.ApiClient:
    """A client by the configured kubeconfig, KUBECONFIG, ~/.kube/config or the pod's own account, in this order."""
    configuration = kubernetes_client.Configuration()
    context = settings.context or None
    try:
        if settings.kubeconfig:
            kubeconfig = _with_cluster(parse_kubeconfig(settings.kubeconfig), settings)
            kubernetes_config.load_kube_config_from_dict(
                kubeconfig, context=context, client_configuration=configuration, persist_config=False
            )
        else:
            _load_default(context, configuration)
    except (kubernetes_config.ConfigException, OSError, KeyError, TypeError) as error:
        raise UnreachableError(
            f"there is no usable kubeconfig: {error}\n"
            "  next: set KUBECONFIG, or `pulumi config set kubernetes:kubeconfig`, or the provider's `kubeconfig`"
        ) from None
    configuration.connection_pool_maxsize = 64  # one connection for each watch
    return kubernetes_client.ApiClient(configuration)


def _load_default(context: str | None, configuration: kubernetes_client.Configuration) -> None:
    try:
        kubernetes_config.load_kube_config(context=context, client_configuration=configuration, persist_config=False)
    except kubernetes_config.ConfigException:
        if "KUBERNETES_SERVICE_HOST" not in os.environ:
            raise
        kubernetes_config.load_incluster_config(client_configuration=configuration)


def _with_cluster(kubeconfig: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """The kubeconfig whose context names the cluster that `cluster` says."""
    if not settings.cluster:
        return kubeconfig
    name = settings.context or kubeconfig.get("current-context")
    contexts = [
        {**entry, "context": {**entry["context"], "cluster": settings.cluster}} if entry.get("name") == name else entry
        for entry in kubeconfig.get("contexts") or []
    ]
    return {**kubeconfig, "contexts": contexts}


def _json(data: bytes) -> Object:
    try:
        parsed = json.loads(data or b"{}")
    except ValueError:
        return {"message": data.decode(errors="replace").strip()[:500]}
    return parsed if isinstance(parsed, dict) else {}


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", None) or error
    return str(inner).rsplit(": ", 1)[-1]

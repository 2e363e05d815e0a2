"""The ResourceProvider service: requests to objects, failures to gRPC statuses.

Not `pulumi.provider.experimental`: its responses cannot say that an object exists but is not ready, and the engine would
forget the object.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from offline.plugins.kubernetes import settings as configuration
from offline.plugins.kubernetes.changes import Change
from offline.plugins.kubernetes.cluster import Cluster
from offline.plugins.kubernetes.failures import InitFailure, NoSuchKindError, PluginError, UnreachableError
from offline.plugins.kubernetes.host import Host
from offline.plugins.kubernetes.naming import Autonaming
from offline.plugins.kubernetes.provider import Provider
from offline.plugins.kubernetes.settings import Settings, read_settings
from offline.plugins.kubernetes.values import decode, encode, has_unknown, revealed, secret_texts

VERSION = "4.34.2"  # of pulumi-kubernetes, whose place this takes; pyproject.toml pins the same
NOT_SERVED = (
    "this stand-in for pulumi-kubernetes serves plain Kubernetes objects only\n"
    "  next: declare the objects themselves, or use the original plugin for Helm charts, Kustomize and YAML files"
)
SHORTEST_SECRET = 4  # shorter texts occur in every message by chance


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One plugin process. Its methods run in many threads at once."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._cancelled = threading.Event()
        self._provider: Provider | None = None

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=f'{{"name":"kubernetes","version":"{VERSION}"}}')

    def CheckConfig(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        with _told(context, ()):
            return _config_difference(revealed(decode(request.olds)), revealed(decode(request.news)))

    def Configure(self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext) -> provider_pb2.ConfigureResponse:
        found = read_settings(request.variables)
        self._provider = Provider(found, Cluster(found), self._host, self._cancelled)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        self._cancelled.set()
        return empty_pb2.Empty()

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        news = decode(request.news)
        modes = provider_pb2.CheckRequest.AutonamingOptions
        naming = request.autonaming if request.HasField("autonaming") else None
        disabled = naming is not None and naming.mode == modes.DISABLE
        auto = Autonaming(request.randomSeed, naming.proposed_name if naming is not None else "", disabled)
        with _told(context, secret_texts(news)):
            checked = self._configured.check(request.urn, decode(request.olds), news, auto)
            return provider_pb2.CheckResponse(inputs=encode(checked))

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        news = decode(request.news)
        with _told(context, secret_texts(news)):
            found = self._configured.diff(request.urn, decode(request.olds), news, list(request.ignoreChanges))
            return provider_pb2.DiffResponse(
                changes=_changes(bool(found.changes)),
                replaces=[str(change) for change in found.changes if change.replaces],
                diffs=sorted({str(change.path[0]) for change in found.changes}),
                deleteBeforeReplace=found.delete_first,
                detailedDiff={str(change): _property_diff(change) for change in found.changes},
                hasDetailedDiff=True,
            )

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        inputs = decode(request.properties)
        with _told(context, secret_texts(inputs)):
            made = self._configured.create(request.urn, inputs, request.timeout, request.preview)
            return provider_pb2.CreateResponse(id=made.identity, properties=encode(made.state))

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        inputs, provider = decode(request.inputs), self._configured
        with _told(context, secret_texts(inputs)):
            try:
                found = provider.read(request.urn, request.id, decode(request.properties), inputs)
            except UnreachableError as error:
                if provider.settings.delete_unreachable:
                    return provider_pb2.ReadResponse()
                if not provider.settings.skip_unreachable:
                    raise
                self._host.warning(request.urn, f"not refreshed: {error}")
                return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
            if found is None:
                return provider_pb2.ReadResponse()
            identity = request.id or found.identity
            return provider_pb2.ReadResponse(id=identity, properties=encode(found.state), inputs=encode(found.inputs))

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        state, news = decode(request.olds), decode(request.news)
        with _told(context, secret_texts(news) | secret_texts(state)):
            new = self._configured.update(
                request.urn, state, news, timeout=request.timeout, ignored=list(request.ignoreChanges), preview=request.preview
            )
            return provider_pb2.UpdateResponse(properties=encode(new))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        state, provider = decode(request.properties), self._configured
        with _told(context, secret_texts(state)):
            try:
                provider.delete(request.urn, request.id, state, request.timeout)
            except UnreachableError as error:
                if not provider.settings.delete_unreachable:
                    raise
                self._host.warning(request.urn, f"taken out of the state only: {error}")
            return empty_pb2.Empty()

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        _refuse(context, request.tok)

    def Construct(self, request: provider_pb2.ConstructRequest, context: grpc.ServicerContext) -> provider_pb2.ConstructResponse:
        _refuse(context, request.type)

    @property
    def _configured(self) -> Provider:
        if self._provider is None:
            raise RuntimeError("the engine asked before it configured the provider")
        return self._provider


@contextmanager
def _told(context: grpc.ServicerContext, secrets: Iterable[str]) -> Iterator[None]:
    """A failure ends the request with its own words, cleaned of secrets, and without a traceback."""
    hidden = sorted((text for text in secrets if len(text) >= SHORTEST_SECRET), key=len, reverse=True)

    def cleaned(text: str) -> str:
        for secret in hidden:
            text = text.replace(secret, "[secret]")
        return text

    try:
        yield
    except InitFailure as failure:
        _abort_created(context, failure, cleaned)
    except (PluginError, NoSuchKindError, ValueError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, cleaned(str(error)))


def _refuse(context: grpc.ServicerContext, token: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{token}: {NOT_SERVED}")
    raise AssertionError  # abort raises; its types do not say so


def _abort_created(context: grpc.ServicerContext, failure: InitFailure, cleaned: Callable[[str], str]) -> None:
    detail = provider_pb2.ErrorResourceInitFailed(
        id=failure.identity, properties=encode(failure.state), reasons=[cleaned(reason) for reason in failure.reasons]
    )
    message = cleaned(failure.message)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message)
    status.details.add().Pack(detail)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, message)


def _config_difference(olds: dict[str, object], news: dict[str, object]) -> provider_pb2.DiffResponse:
    """Another cluster makes all objects others; any other change of the provider's inputs does not."""
    changed = sorted(key for key in {*olds, *news} if olds.get(key) != news.get(key))
    if not changed:
        return provider_pb2.DiffResponse(changes=_changes(False))
    replaces: list[str] = []
    pointing: list[str] = [key for key in ("kubeconfig", "context", "cluster") if key in changed]
    if "clusterIdentifier" in changed and olds.get("clusterIdentifier") and news.get("clusterIdentifier"):
        replaces = ["clusterIdentifier"]
    elif not news.get("clusterIdentifier") and pointing and (has_unknown(news) or _cluster_of(olds) != _cluster_of(news)):
        replaces = pointing
    return provider_pb2.DiffResponse(changes=_changes(True), diffs=changed, replaces=replaces)


def _cluster_of(inputs: dict[str, object]) -> dict[str, object]:
    found: Settings = configuration.from_inputs(inputs)
    return configuration.active_cluster(configuration.parse_kubeconfig(found.kubeconfig), found)


def _changes(some: bool) -> provider_pb2.DiffResponse.DiffChanges.ValueType:
    return provider_pb2.DiffResponse.DIFF_SOME if some else provider_pb2.DiffResponse.DIFF_NONE


def _property_diff(change: Change) -> provider_pb2.PropertyDiff:
    name = f"{change.op}_replace" if change.replaces else change.op
    return provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(name.upper()), inputDiff=change.declared)

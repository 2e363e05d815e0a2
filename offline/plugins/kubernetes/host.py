"""Messages to the user, through the engine that started us."""

from __future__ import annotations

import contextlib
from typing import Protocol

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class Host(Protocol):
    """`status` is shown while something runs and then goes; the others stay."""

    def status(self, urn: str, message: str) -> None: ...

    def info(self, urn: str, message: str) -> None: ...

    def warning(self, urn: str, message: str) -> None: ...


class EngineHost:
    """The engine's log service. A message that cannot be delivered never fails the work it speaks of."""

    def __init__(self, address: str) -> None:
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def status(self, urn: str, message: str) -> None:
        self._log(urn, message, engine_pb2.INFO, ephemeral=True)

    def info(self, urn: str, message: str) -> None:
        self._log(urn, message, engine_pb2.INFO)

    def warning(self, urn: str, message: str) -> None:
        self._log(urn, message, engine_pb2.WARNING)

    def _log(self, urn: str, message: str, severity: engine_pb2.LogSeverity.ValueType, ephemeral: bool = False) -> None:
        request = engine_pb2.LogRequest(severity=severity, message=message, urn=urn, ephemeral=ephemeral)
        with contextlib.suppress(grpc.RpcError):
            self._engine.Log(request, timeout=5)

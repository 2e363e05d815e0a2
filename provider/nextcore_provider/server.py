"""Serves the provider; a user's mistake reaches the engine as its own words, not as a Python exception."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from typing import Any

import grpc
from pulumi.provider.experimental.provider import Provider
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2_grpc

from nextcore.errors import UserError

# The default of 4 MiB is too small for a Caddyfile of thousands of routes beside its old state.
MESSAGE_BYTES = 400 << 20


class UserErrorInterceptor(grpc.aio.ServerInterceptor):
    """grpc.aio would say `Unexpected <class 'nextcore.errors.UserError'>: …` in front of each text."""

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        handler = await continuation(handler_call_details)
        if handler is None or not handler.unary_unary:
            return handler
        inner = handler.unary_unary

        async def call(request: Any, context: Any) -> Any:
            try:
                return await inner(request, context)
            except UserError as error:
                await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))

        return grpc.unary_unary_rpc_method_handler(
            call, request_deserializer=handler.request_deserializer, response_serializer=handler.response_serializer
        )


def _end_with_parent() -> None:
    """A killed engine leaves its plugins running; one that goes on writing would meet the next `pulumi up`."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


async def _serve(version: str, provider: Provider, engine_address: str) -> None:
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
    server = grpc.aio.server(options=options, interceptors=[UserErrorInterceptor()])
    servicer = ProviderServicer(sys.argv[1:], version, provider, engine_address=engine_address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)  # how the engine learns it
    await server.wait_for_termination()


def serve(version: str, provider: Provider, engine_address: str) -> None:
    """Run until the engine ends this process."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        asyncio.run(_serve(version, provider, engine_address))
    except KeyboardInterrupt:
        return

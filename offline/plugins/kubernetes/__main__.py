"""Entry of the plugin process: serve on a free local port and print it, as the engine expects."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from offline.plugins.kubernetes.host import EngineHost
from offline.plugins.kubernetes.servicer import Servicer

# A resource that waits to be ready holds a thread; the engine never has more under way than this by default
# (16 for each processor). Threads are made when they are needed.
THREADS = 256
NO_LIMIT = -1  # of a message: a state with many objects is larger than gRPC's 4 MB


def main(arguments: list[str]) -> None:
    """`arguments`: the engine's address, and flags for logs that do not concern us."""
    engine = next((argument for argument in arguments if not argument.startswith("-")), None)
    if engine is None:
        sys.exit("this is a Pulumi plugin: the Pulumi CLI starts it")
    server = grpc.server(
        ThreadPoolExecutor(THREADS),
        options=[("grpc.max_receive_message_length", NO_LIMIT), ("grpc.max_send_message_length", NO_LIMIT)],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(EngineHost(engine)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


main(sys.argv[1:])

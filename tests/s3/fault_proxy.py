"""A proxy before an S3 server that fails as told: throttles, cuts connections, loses answers, damages bodies."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["slow down", "internal error", "cut before", "cut after", "damage", "deny"]
Policy = Callable[[str, str], Fault | None]  # (method, path) -> what goes wrong

ANSWERS = {
    "slow down": (503, "Slow Down", "SlowDown"),
    "internal error": (500, "Internal Server Error", "InternalError"),
    "deny": (403, "Forbidden", "AccessDenied"),
}


@dataclass
class FaultProxy:
    """`requests` counts by method what reached the server, `faults` what went wrong."""

    upstream: str
    policy: Policy = field(default=lambda _method, _path: None)
    requests: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    endpoint: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection: each of the client's retries is a new decision."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            method, path = lines[0].split(" ")[:2]
            fault = self.policy(method, path)
            length = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")), 0)
            body = await reader.readexactly(length)
            if fault:
                self.faults[fault] += 1
            if fault in ANSWERS:
                writer.write(_answer(*ANSWERS[fault]))
            elif fault != "cut before":
                if fault == "damage" and body:
                    body = bytes([body[0] ^ 1]) + body[1:]
                answer = await self._forward(method, lines, body)
                writer.write(answer[: len(answer) // 2] if fault == "cut after" else answer)
            with suppress(ConnectionError):
                await writer.drain()
        writer.close()

    async def _forward(self, method: str, lines: list[str], body: bytes) -> bytes:
        self.requests[method] += 1
        at = urlsplit(self.upstream)
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        kept = [line for line in lines if line and not line.lower().startswith("connection:")]
        writer.write(("\r\n".join([*kept, "Connection: close"]) + "\r\n\r\n").encode("latin-1") + body)
        answer = await reader.read()
        writer.close()
        return answer


def _answer(status: int, text: str, code: str) -> bytes:
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>made by the test</Message></Error>'.encode()
    head = (
        f"HTTP/1.1 {status} {text}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def faulty(upstream: str) -> Iterator[FaultProxy]:
    """Runs in a thread of its own, as the code under test has an event loop of its own."""
    proxy, loop, ready = FaultProxy(upstream), asyncio.new_event_loop(), threading.Event()

    async def run() -> None:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=1 << 20)
        proxy.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        with suppress(asyncio.CancelledError):
            await server.serve_forever()
        for left in asyncio.all_tasks() - {asyncio.current_task()}:
            left.cancel()
        await asyncio.sleep(0)

    task = loop.create_task(run())
    thread = threading.Thread(target=lambda: loop.run_until_complete(task))
    thread.start()
    assert ready.wait(10)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)
        loop.close()

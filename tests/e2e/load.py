"""Keep-alive clients that count what fails, and wait for nothing.

As browsers do, they open a new connection when a kept one was closed before an answer began, once for each request.
Caddy closes idle connections when its configuration changes (2 of 60,779 requests met that in one run); such requests
are counted as `reconnected`, and a second failure of the same request is a failure.
"""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from types import TracebackType


class Load:
    """`with Load(port, "/") as load:` requests go on until the block ends; `load.answers` counts status or error."""

    def __init__(self, port: int, path: str, clients: int = 16, host: str = "127.0.0.1") -> None:
        self.answers: Counter[str] = Counter()
        self.reconnected = 0
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._client, args=(host, port, path)) for _ in range(clients)]

    def _client(self, host: str, port: int, path: str) -> None:
        connection = http.client.HTTPConnection(host, port, timeout=15)
        while not self._stop.is_set():
            answer = self._ask(connection, path)
            if not answer.isdigit():
                connection.close()
                with self._lock:
                    self.reconnected += 1
                answer = self._ask(connection, path)
            with self._lock:
                self.answers[answer] += 1
        connection.close()

    @staticmethod
    def _ask(connection: http.client.HTTPConnection, path: str) -> str:
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            return str(response.status)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

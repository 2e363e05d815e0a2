"""What the proxy keeps of an API's answers, by the real Caddy with the generated configuration of either target."""

from __future__ import annotations

import http.client
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from nextcore.caddyfile import CONFIG, ApiRoute, ReadCache, SiteOptions, live_files, live_text, render_api_site, render_site
from nextcore.cluster_routing import PORT, Bucket, cluster_caddyfile, inside
from offline.services.ports import free_address, listens
from tests.payloads import payload

SECONDS = 3
KEPT = ReadCache(("/api/photos", "/api/photos/*"), SECONDS)


class Api(ThreadingHTTPServer):
    """Answers with its name and how often it was asked; `/api/photos/private` and the like say how they may be kept."""

    headers: ClassVar[dict[str, tuple[str, str]]] = {
        "private": ("Cache-Control", "private"),
        "no-store": ("Cache-Control", "no-store"),
        "cookie": ("Set-Cookie", "session=1"),
        "short": ("Cache-Control", "max-age=1"),
        "language": ("Vary", "Accept-Language"),
    }

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.name, self.asked = name, 0
        self.address = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Api

    def do_GET(self) -> None:
        self.server.asked += 1
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        last = self.path.partition("?")[0].rpartition("/")[2]
        body = f"{self.server.name} {self.server.asked}".encode()
        self.send_response(404 if last == "missing" else 200)
        if last in self.server.headers:
            self.send_header(*self.server.headers[last])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Proxied:
    """Caddy at `address`, before the API; `turn` moves traffic to another version of it."""

    address: str
    api: Api
    turn: Callable[[str], None]
    host: str = "localhost"
    others: list[Api] = field(default_factory=list)

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[str, str]:
        """Body, and what the answer says of the cache."""
        connection = http.client.HTTPConnection(self.address, timeout=10)
        given = {"Host": self.host} | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=given)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return body, answer.headers.get("Cache-Status", "")


def configuration(target: str, address: str, api: str, folder: Path, drop_cookies: bool) -> str:
    port = int(address.rpartition(":")[2])
    cache = ReadCache(KEPT.paths, KEPT.seconds, drop_cookies)
    if target == "knative":
        text = cluster_caddyfile(
            payload(), "shop", "web", Bucket("http://127.0.0.1:1", ""), api=ApiRoute("shop-api", ("/api/*",), cache)
        )
        return text.replace(f"http://:{PORT}", f"http://:{port}").replace(f"{inside('shop-api', 'web')}:80", api)
    if target == "docker, own host":
        site = render_api_site("shop-api", int(free_address().rpartition(":")[2]), "api.localhost", port, cache)
    else:
        site = render_site(payload(), SiteOptions("shop", (), port, api=ApiRoute("shop-api", ("/api/*",), cache)))
    return "{\n\tadmin off\n}\n" + site.replace(CONFIG, str(folder))


@pytest.fixture(params=["docker", "docker, own host", "knative"])
def target(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def drop_cookies() -> bool:
    return False


@pytest.fixture
def proxied(target: str, drop_cookies: bool, tmp_path: Path, tool: Callable[[str], str]) -> Iterator[Proxied]:
    api, address = Api("one"), free_address()
    (tmp_path / "live").mkdir()

    def turn(upstream: str) -> None:
        for name in reversed(live_files("shop-api")):
            (tmp_path / name).write_text(live_text(upstream, "mark"))

    turn(api.address)
    (tmp_path / "Caddyfile").write_text(configuration(target, address, api.address, tmp_path, drop_cookies))
    command = [tool("caddy"), "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    log = tmp_path / "log"
    with log.open("wb") as out:
        caddy = subprocess.Popen(command, stdout=out, stderr=out, env={"HOME": str(tmp_path)})
    found = Proxied(address, api, turn, "api.localhost" if target == "docker, own host" else "localhost")
    try:
        deadline = time.monotonic() + 20
        while not listens(address):
            assert caddy.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield found
    finally:
        caddy.terminate()
        caddy.wait(10)
        for server in (api, *found.others):
            server.shutdown()
            server.server_close()


def test_a_read_is_answered_by_the_proxy_until_its_time_is_over(proxied: Proxied) -> None:
    assert proxied.ask("/api/photos?page=1") == ("one 1", "nextcore; fwd=miss")
    body, status = proxied.ask("/api/photos?page=1")
    assert body == "one 1" and status.startswith("nextcore; hit; ttl=")
    assert proxied.ask("/api/photos?page=2")[0] == "one 2"
    assert proxied.ask("/api/photos/7", Accept_Language="de")[0] == "one 3"
    assert proxied.ask("/api/photos/7", Accept_Language="en")[0] == "one 3"
    assert proxied.ask("/api/photos/language", Accept_Language="de")[0] == "one 4"
    assert proxied.ask("/api/photos/language", Accept_Language="en")[0] == "one 5"
    deadline = time.monotonic() + 4 * SECONDS
    while proxied.ask("/api/photos?page=1")[0] == "one 1":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert proxied.api.asked == 6


def test_what_is_somebodys_own_is_never_shared(proxied: Proxied) -> None:
    asked = 0
    for path in ("private", "no-store", "cookie", "missing"):
        for _ in range(2):
            asked += 1
            assert proxied.ask(f"/api/photos/{path}")[0] == f"one {asked}", path
    for headers in ({"Authorization": "Bearer x"}, {"Cookie": "session=1"}):
        for _ in range(2):
            asked += 1
            assert proxied.ask("/api/photos", **headers) == (f"one {asked}", ""), headers
    assert proxied.ask("/api/photos")[0] == f"one {asked + 1}", "nothing of them was kept"
    assert proxied.ask("/api/photos", Cookie="session=1")[0] == f"one {asked + 2}", "nor do they get what others got"


def test_paths_that_are_not_named_always_ask_the_api(proxied: Proxied) -> None:
    assert [proxied.ask("/api/me")[0] for _ in range(2)] == ["one 1", "one 2"]
    assert [proxied.ask("/api/photosynthesis")[0] for _ in range(2)] == ["one 3", "one 4"]


def test_a_write_is_seen_by_the_next_read(proxied: Proxied) -> None:
    assert [proxied.ask("/api/photos?page=1")[0] for _ in range(2)] == ["one 1", "one 1"]
    assert proxied.ask("/api/photos", "POST", Authorization="Bearer x")[0] == "one 2"
    assert proxied.ask("/api/photos?page=1")[0] == "one 3"


@pytest.mark.parametrize("target", ["docker", "docker, own host"], indirect=True)
def test_a_new_version_of_the_api_is_seen_at_once(proxied: Proxied) -> None:
    other = Api("two")
    proxied.others.append(other)
    assert [proxied.ask("/api/photos")[0] for _ in range(2)] == ["one 1", "one 1"]
    proxied.turn(other.address)
    assert [proxied.ask("/api/photos")[0] for _ in range(2)] == ["two 1", "two 1"]


@pytest.mark.parametrize("drop_cookies", [True])
def test_browsers_with_cookies_share_where_that_was_asked_for(proxied: Proxied) -> None:
    assert [proxied.ask("/api/photos", Cookie=f"visitor={number}")[0] for number in range(3)] == ["one 1"] * 3
    assert proxied.ask("/api/photos", Authorization="Bearer x")[0] == "one 2"

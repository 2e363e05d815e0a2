"""A browser without scripts: cookies, forms, redirects not followed."""

from __future__ import annotations

import http.client
import json
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def data(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Network:
    """Requests; those to the origin `url` go to `address` (host:port), as a name server would have it."""

    url: str
    address: str

    def ask(self, method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        at = urlsplit(url)
        ours = url == self.url or url.startswith(f"{self.url}/")
        connection = http.client.HTTPConnection(self.address if ours else at.netloc, timeout=60)
        try:
            told = {"Host": at.netloc, **(headers or {})}
            connection.request(method, at.path + (f"?{at.query}" if at.query else ""), body, told)
            found = connection.getresponse()
            return Answer(found.status, found.headers, found.read())
        finally:
            connection.close()


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._id = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._id = given.get("id", "")
            self.forms[self._id] = {}
        elif tag == "input" and self._id and "name" in given:
            self.forms[self._id][given["name"]] = given.get("value", "")


@dataclass
class Browser:
    """At the app that `network` knows."""

    network: Network
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None, {})

    def submit(self, path: str, form: str, **values: str) -> Answer:
        """Fill in and send a form of the page at `path` as a browser without scripts does."""
        parser = _Forms()
        parser.feed(self.get(path).text)
        fields = {**parser.forms[form], **values}
        boundary = f"----{secrets.token_hex(12)}"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
        ]
        body = "".join([*parts, f"--{boundary}--\r\n"]).encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Origin": self.network.url}
        return self._ask("POST", path, body, headers)

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self.cookies:
            headers = {**headers, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        answer = self.network.ask(method, self.network.url + path, body, headers)
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";", 1)[0].partition("=")
            self.cookies[name] = value
        return answer

"""moto's server as the AWS control plane, with the parts of CloudFront that it lacks.

moto 5.2 has distributions, invalidations, access controls and key value stores. Cache, origin request and response
headers policies, and functions that are updated and published, are added here: kept as they come, with ids and ETags.
The data plane of key value stores is not there at all.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

import moto.cloudfront.urls
from moto.server import ThreadedMotoServer

VERSION = "{0}/2020-05-31"
POLICIES = {
    "cache-policy": "CachePolicy",
    "origin-request-policy": "OriginRequestPolicy",
    "response-headers-policy": "ResponseHeadersPolicy",
}
Answer = tuple[int, dict[str, str], str | bytes]


@dataclass
class _Function:
    config: str
    code: bytes
    etag: str
    live: str | None = None


@dataclass
class CloudFrontRest:
    """What moto lacks. ETags are checked as CloudFront does."""

    policies: dict[str, tuple[str, str]] = field(default_factory=dict)
    functions: dict[str, _Function] = field(default_factory=dict)

    def policy(self, request: Any, _url: str, _headers: Any) -> Answer:
        kind, _, id = request.path.partition("/2020-05-31/")[2].partition("/")
        body = request.get_data().decode()
        if request.method == "POST":
            id = uuid.uuid4().hex
            self.policies[id] = (body, uuid.uuid4().hex)
            return self._policy(kind, id, 201)
        if id not in self.policies:
            return _error(404, f"NoSuch{POLICIES[kind]}")
        if request.method == "GET":
            return self._policy(kind, id, 200)
        if request.headers.get("If-Match") != self.policies[id][1]:
            return _error(412, "PreconditionFailed")
        if request.method == "DELETE":
            del self.policies[id]
            return 204, {}, ""
        self.policies[id] = (body, uuid.uuid4().hex)
        return self._policy(kind, id, 200)

    def _policy(self, kind: str, id: str, status: int) -> Answer:
        config, etag = self.policies[id]
        root = POLICIES[kind]
        inner = re.sub(r"^<\?xml[^>]*\?>", "", config)
        text = f"<{root}><Id>{id}</Id><LastModifiedTime>2026-01-01T00:00:00Z</LastModifiedTime>{inner}</{root}>"
        return status, {"ETag": etag}, text

    def function(self, request: Any, _url: str, _headers: Any) -> Answer:
        name, _, action = request.path.partition("/function")[2].strip("/").partition("/")
        body = request.get_data().decode()
        if request.method == "POST" and not name:
            name = _tag(body, "Name")
            if name in self.functions:
                return _error(409, "FunctionAlreadyExists")
            return self._stored(name, body, 201)
        if name not in self.functions:
            return _error(404, "NoSuchFunctionExists")
        found = self.functions[name]
        if request.method == "GET":
            code = 200, {"ETag": found.etag, "Content-Type": "application/octet-stream"}, found.code
            return self._function(name, 200) if action == "describe" else code
        if request.headers.get("If-Match") != found.etag:
            return _error(412, "PreconditionFailed")
        return self._change(request.method, name, action, body)

    def _change(self, method: str, name: str, action: str, body: str) -> Answer:
        if method == "DELETE":
            del self.functions[name]
            return 204, {}, ""
        if action == "publish":
            self.functions[name].live = self.functions[name].etag
            return self._function(name, 200)
        return self._stored(name, body, 200)

    def _stored(self, name: str, body: str, status: int) -> Answer:
        code = base64.b64decode(_tag(body, "FunctionCode"))
        self.functions[name] = _Function(_config(body), code, uuid.uuid4().hex)
        return self._function(name, status)

    def _function(self, name: str, status: int) -> Answer:
        found = self.functions[name]
        arn = f"arn:aws:cloudfront::123456789012:function/{name}"
        metadata = f"<FunctionMetadata><FunctionARN>{arn}</FunctionARN></FunctionMetadata>"
        state = "DEPLOYED" if found.live == found.etag else "UNPUBLISHED"
        inner = f"<Name>{name}</Name><Status>{state}</Status>{found.config}{metadata}"
        # UpdateFunction's header is spelt so in AWS' own model.
        return status, {"ETag": found.etag, "ETtag": found.etag}, f"<FunctionSummary>{inner}</FunctionSummary>"


def _tag(text: str, name: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
    assert found, name
    return found.group(1)


def _config(text: str) -> str:
    return f"<FunctionConfig>{_tag(text, 'FunctionConfig')}</FunctionConfig>"


def _error(status: int, code: str) -> Answer:
    return status, {}, f"<ErrorResponse><Error><Code>{code}</Code><Message>{code}</Message></Error></ErrorResponse>"


@contextmanager
def aws_control_plane() -> Iterator[str]:
    """Its endpoint. In this process, on a free port; it forgets everything at the end."""
    rest, paths = CloudFrontRest(), moto.cloudfront.urls.url_paths
    before = dict(paths)
    for pattern in [pattern for pattern in paths if "/function" in pattern]:
        del paths[pattern]
    for name in POLICIES:
        paths[f"{VERSION}/{name}$"] = paths[f"{VERSION}/{name}/(?P<policy_id>[^/]+)$"] = rest.policy
    paths[f"{VERSION}/function$"] = paths[f"{VERSION}/function/(?P<name>.+)$"] = rest.function
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        urlopen(
            Request(f"http://{host}:{port}/moto-api/reset", method="POST"), timeout=10
        ).close()  # moto keeps all in this process
        server.stop()
        paths.clear()
        paths.update(before)

"""The S3 server and the registry: random credentials at every start, in a file for one reader; gone after stop."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from offline.services.ports import free_address, listens
from offline.services.registry import Registry
from offline.services.versitygw import S3Server
from offline.setup.places import places
from tests.conftest import need


def status(url: str, login: str = "") -> int:
    headers = {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if login else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_s3_server(tmp_path: Path) -> None:
    need("go")
    server = S3Server(places(), tmp_path, free_address())
    server.start()
    try:
        first = server.credentials()
        assert server.credentials_file.stat().st_mode & 0o777 == 0o600
        assert status(server.url) == 403  # no anonymous list of buckets
        server.start()  # runs already: nothing changes
        assert server.credentials() == first
        server.stop()
        assert not listens(server.address)
        assert not server.credentials_file.exists()
        server.start()
        assert server.credentials() != first
    finally:
        server.stop()


@pytest.mark.parametrize("with_login", [True, False])
def test_registry(tmp_path: Path, with_login: bool) -> None:
    need("go")
    registry = Registry(places(), tmp_path, free_address())
    registry.start(with_login=with_login)
    try:
        api, login = f"http://{registry.address}/v2/", registry.login()
        if with_login:
            assert login is not None
            assert registry.login_file.stat().st_mode & 0o777 == 0o600
            assert status(api) == 401
            assert status(api, f"{login.user}:wrong") == 401
            assert status(api, f"{login.user}:{login.password}") == 200
        else:
            assert login is None
            assert status(api) == 200
    finally:
        registry.stop()
    assert not listens(registry.address)
    assert not registry.login_file.exists()

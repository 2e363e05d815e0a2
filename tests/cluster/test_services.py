"""The S3 server, the registry and the database: random credentials at every start, in a file for one reader; gone after stop."""

from __future__ import annotations

import base64
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from offline.services import postgres
from offline.services.ports import free_address, listens
from offline.services.registry import Registry
from offline.services.versitygw import Credentials, S3Server
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


def test_a_user_of_the_s3_server_may_nothing_of_itself(tmp_path: Path) -> None:
    need("go")
    server = S3Server(places(), tmp_path, free_address())
    server.start()
    try:
        owner, user = server.credentials(), server.add_user("reader")
        client(server, owner).create_bucket(Bucket="some-bucket")
        with pytest.raises(ClientError, match="AccessDenied"):
            client(server, user).list_objects_v2(Bucket="some-bucket")
    finally:
        server.stop()


def client(server: S3Server, keys: Credentials) -> Any:
    session = boto3.Session(aws_access_key_id=keys.access_key, aws_secret_access_key=keys.secret_key, region_name="us-east-1")
    return session.client("s3", endpoint_url=server.url)


def test_postgres() -> None:
    need("setpriv")
    with postgres.running(free_address()) as server:
        program = postgres.programs() / "psql"
        asked = subprocess.run([program, server.url, "-Atc", "select 6 * 7"], check=True, capture_output=True, text=True)
        assert asked.stdout.strip() == "42"
        wrong = server.url.replace(server.password, "wrong")
        assert subprocess.run([program, wrong, "-c", "select 1"], check=False, capture_output=True).returncode != 0
    assert not listens(server.address)
    assert not server.folder.exists()


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

"""The app's own purges of CloudFront: as AWS' SDK would sign them, and as moto's server understands them."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.aws_server import aws_control_plane
from tests.conftest import REPO, need

KEY, SECRET, TOKEN = "AKIDOFTESTS", "the secret/+=", "a session/+="
MODULE = REPO / "packages/distribution-builder/src/runtime/shared-cache/cdn/cloudfront.js"
PATHS = ["/", "/?*", "/blog/caf%C3%A9*", "/a&b*"]


@pytest.fixture(scope="module", autouse=True)
def _packages() -> None:
    need("node")
    assert (REPO / "packages/distribution-builder/node_modules/aws4fetch").exists(), "run `npm ci` in the builder"


def purge(distribution: str, endpoint: str, **env: str) -> subprocess.CompletedProcess[str]:
    script = f"import {{ cloudFront }} from {json.dumps(MODULE.as_uri())};\n"
    script += f"await cloudFront({json.dumps(distribution)})({json.dumps(PATHS)});"
    keys = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_ENDPOINT_URL": endpoint, **env}
    command = ["node", "--input-type=module", "-e", script]
    env = {"PATH": os.environ["PATH"], **keys}
    return subprocess.run(command, check=False, env=env, capture_output=True, text=True, timeout=60)


@contextmanager
def recording() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    """(URL, requests) of a server that says yes to everything."""
    seen: list[tuple[str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("token", [None, TOKEN])
def test_requests_are_signed_as_the_sdk_signs_them(monkeypatch: pytest.MonkeyPatch, token: str | None) -> None:
    with recording() as (url, seen):
        done = purge("E1/é", url, **({"AWS_SESSION_TOKEN": token} if token else {}))
    assert done.returncode == 0, done.stderr
    ((path, headers, body),) = seen
    assert path == "/2020-05-31/distribution/E1%2F%C3%A9/invalidation"
    names = headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    assert {"host", "x-amz-date"} <= set(names)
    signer = SigV4Auth(Credentials(KEY, SECRET, token), "cloudfront", "us-east-1")
    request = AWSRequest("POST", url + path, data=body, headers={name: headers[name] for name in names})
    request.context["timestamp"] = headers["x-amz-date"]
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert headers["authorization"].endswith(f"Signature={signature}")
    assert headers.get("x-amz-security-token") == token


def test_the_server_purges_what_it_was_told() -> None:
    with aws_control_plane() as endpoint:
        client = boto3.client(
            "cloudfront", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET
        )
        origin = {
            "Id": "app",
            "DomainName": "app.example.com",
            "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
        }
        config = {
            "CallerReference": "1",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "app", "ViewerProtocolPolicy": "allow-all"},
        }
        id = client.create_distribution(DistributionConfig=config)["Distribution"]["Id"]
        done = purge(id, endpoint)
        assert done.returncode == 0, done.stderr
        (found,) = client.list_invalidations(DistributionId=id)["InvalidationList"]["Items"]
        batch = client.get_invalidation(DistributionId=id, Id=found["Id"])["Invalidation"]["InvalidationBatch"]
        assert batch["Paths"]["Items"] == PATHS

        refused = purge("E2NOBODYS", endpoint)
        assert refused.returncode != 0
        assert "NoSuchDistribution" in refused.stderr
        assert SECRET not in refused.stderr

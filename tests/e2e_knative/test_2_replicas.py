"""Two pods that share a cache: what one revalidates, the other serves fresh at its next request."""

from __future__ import annotations

import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

import boto3
import pytest
from pulumi import automation

from offline.cluster.places import HOST, STORE
from offline.redis import ensure_redis
from offline.services.ports import listens
from offline.setup.places import places
from tests.e2e.looking import until
from tests.e2e_knative.conftest import Deployment

PORT = 3000
REDIS_PORT = 16379
BUCKET = "e2e-shop-cache"
ROUNDS = 5
PAGE = """import { unstable_cache } from 'next/cache'

const made = unstable_cache(async () => crypto.randomUUID(), ['tagged'], { tags: ['words'] })

export default async function Tagged() {
  return <p data-made={await made()}>made</p>
}
"""


@contextmanager
def redis(_deployment: Deployment) -> Iterator[str]:
    """On the bridge's address, where pods reach this machine."""
    word = secrets.token_hex(16)
    command = [str(ensure_redis(places())), "--bind", HOST, "--port", str(REDIS_PORT), "--save", "", "--requirepass", word]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until(lambda: listens(f"{HOST}:{REDIS_PORT}"), 10, "Redis listens")
        yield f"redis://:{word}@{HOST}:{REDIS_PORT}/0"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def bucket(deployment: Deployment) -> Iterator[str]:
    key, word = (deployment.env[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
    session = boto3.Session(aws_access_key_id=key, aws_secret_access_key=word, region_name="us-east-1")
    client = session.client("s3", endpoint_url=f"http://{STORE}")
    client.create_bucket(Bucket=BUCKET)
    try:
        yield f"s3://{quote(key, '')}:{quote(word, '')}@{BUCKET}/isr?endpoint=http://{STORE}&region=us-east-1"
    finally:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            for found in page.get("Contents", []):
                client.delete_object(Bucket=BUCKET, Key=found["Key"])
        client.delete_bucket(Bucket=BUCKET)


STORES: dict[str, Callable[[Deployment], AbstractContextManager[str]]] = {"redis": redis, "s3": bucket}


@pytest.fixture(scope="module", autouse=True)
def _with_a_tagged_page(deployment: Deployment) -> Iterator[None]:
    page = Path(deployment.app, "app/tagged/page.tsx")
    page.parent.mkdir()
    page.write_text(PAGE)
    deployment.edit("app/api/revalidate/route.ts", "'max'", "{ expire: 0 }")
    yield
    page.unlink()
    page.parent.rmdir()
    deployment.edit("app/api/revalidate/route.ts", "{ expire: 0 }", "'max'")
    deployment.stack.up()


@pytest.fixture(params=list(STORES))
def pods(request: pytest.FixtureRequest, deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Addresses of two pods of the newest revision, ready; they share a cache of this kind."""
    scale = {"warmInstances": 2, "window": 6, "scaleDownDelay": 0}
    with (
        STORES[request.param](deployment) as url,
        deployment.setting(knative={"scale": scale, "timeouts": {"deploy": 45}}),
    ):
        deployment.stack.set_config("nextcore:cache.url", automation.ConfigValue(url, secret=True), path=True)
        deployment.stack.up()
        assert url not in deployment.file.read_text()
        until(lambda: len(addresses(deployment)) == 2, 60, "two pods are ready")
        one, other = addresses(deployment)
        yield one, other


def addresses(deployment: Deployment) -> list[str]:
    revision = deployment.output("revision")
    found = deployment.get("pods", "-l", f"serving.knative.dev/revision={revision}")["items"]
    return sorted(pod["status"]["podIP"] for pod in found if is_ready(pod))


def is_ready(pod: dict[str, object]) -> bool:
    told = pod["status"]
    assert isinstance(told, dict)
    conditions = {each["type"]: each["status"] for each in told.get("conditions", [])}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in str(pod["metadata"])


def ask(pod: str, path: str, method: str = "GET") -> str:
    """The app in this very pod, past Knative's proxy."""
    with urlopen(Request(f"http://{pod}:{PORT}{path}", method=method), timeout=10) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def made(pod: str) -> str:
    found = re.search(r'data-made="([^"]+)"', ask(pod, "/tagged"))
    assert found
    return found[1]


def test_what_one_revalidates_the_other_serves_fresh_at_its_next_request(deployment: Deployment, pods: tuple[str, str]) -> None:
    one, other = pods
    assert made(one) == made(other)
    for _ in range(ROUNDS):
        before = made(other)
        ask(one, "/api/revalidate?tag=words", "POST")
        fresh = made(other)
        assert fresh != before
        assert made(one) == fresh, "and the first takes what the other has made"
        one, other = other, one
    before = made(other)
    ask(one, "/api/revalidate?path=/about", "POST")
    assert made(other) == before, "nothing else is made anew"
    assert addresses(deployment) == sorted(pods), "the same pods answered all along"

"""A real S3 server for the whole run, a bucket and a folder of files for each test."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nextcore.assets.manifest import manifest_digest
from nextcore.assets.s3 import Released, S3Store, S3Target
from nextcore.payload import Asset
from tests.s3.fault_proxy import FaultProxy, faulty
from tests.s3.server import REGION, S3Server, running

TYPES = {"js": "text/javascript; charset=utf-8", "html": "text/html; charset=utf-8", "png": "image/png", "txt": "text/plain"}
NUMBERS = itertools.count(1)


@dataclass
class Site:
    """Files that a build could have left, with their manifest."""

    root: Path
    assets: dict[str, Asset] = field(default_factory=dict)

    def put(self, file: str, content: bytes, cache_control: str | None = None) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        hashed = file.startswith("_next/static/")
        self.assets[file] = Asset(
            path=f"/{file}",
            file=file,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            content_type=TYPES.get(file.rsplit(".", 1)[-1], "application/octet-stream"),
            cache_control=cache_control or ("public, max-age=31536000, immutable" if hashed else "public, max-age=0"),
            immutable=hashed,
        )

    def release(self, store: S3Store, build: str, retain: int = 5) -> Released:
        assets = list(self.assets.values())
        return store.release(build, manifest_digest(assets), assets, self.root, retain)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with running(tmp_path_factory.mktemp("s3")) as found:
        yield found


@pytest.fixture
def bucket(server: S3Server) -> str:
    name = f"test-{next(NUMBERS)}"
    server.client.create_bucket(Bucket=name)
    return name


@pytest.fixture
def proxy(server: S3Server) -> Iterator[FaultProxy]:
    with faulty(server.endpoint) as found:
        yield found


@pytest.fixture
def store(server: S3Server, bucket: str) -> S3Store:
    return S3Store(S3Target(bucket, "shop", server.endpoint, REGION), server.session())


@pytest.fixture
def behind_proxy(server: S3Server, proxy: FaultProxy, bucket: str) -> S3Store:
    return S3Store(S3Target(bucket, "shop", proxy.endpoint, REGION), server.session())


@pytest.fixture
def site(tmp_path: Path) -> Site:
    found = Site(tmp_path / "assets")
    found.put("_next/static/chunks/main.js", b"export const a = 1;\n" * 100)
    found.put("_next/static/chunks/app/blog/[slug]/page.js", b"export const b = 2;\n" * 100)
    found.put("images/a b.png", b"\x89PNG" + bytes(100))
    found.put("robots.txt", b"User-agent: *\n" * 100)
    found.put("index.html", b"<script src=/_next/static/chunks/main.js></script>")
    return found

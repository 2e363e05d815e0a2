"""A release that is killed at any moment, and the next one that ends complete."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from nextcore.assets.s3 import S3Store
from tests.conftest import REPO
from tests.s3.conftest import Site
from tests.s3.fault_proxy import Fault, FaultProxy
from tests.s3.server import ACCESS_KEY, REGION, SECRET_KEY, S3Server
from tests.s3.test_faults import many
from tests.s3.test_release import get, keys

PROGRAM = """
import json, sys
from pathlib import Path
from nextcore.assets.manifest import manifest_digest
from nextcore.assets.s3 import S3Store, S3Target
from nextcore.payload import Asset
given = json.loads(Path(sys.argv[1]).read_text())
assets = [Asset.model_validate(asset) for asset in given["assets"]]
store = S3Store(S3Target(given["bucket"], "shop", given["endpoint"], given["region"]))
store.release("b2", manifest_digest(assets), assets, Path(given["root"]), 5)
"""


@pytest.mark.parametrize("writes", [1, 2, 20, 41, 61, 83])
def test_killed_after_some_writes(writes: int, server: S3Server, proxy: FaultProxy, store: S3Store, site: Site) -> None:
    """83 writes are 41 files of both kinds, the index at the begin and at the end: all moments of a release."""
    site.release(store, "b1")
    many(site, 40)
    site.put("robots.txt", b"changed")
    told, bucket = site.root.parent / "given.json", store.target.bucket
    assets = [asset.model_dump(by_alias=True) for asset in site.assets.values()]
    given = {"bucket": bucket, "endpoint": proxy.endpoint, "region": REGION, "root": str(site.root), "assets": assets}
    told.write_text(json.dumps(given))
    env = {**os.environ, "AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "PYTHONPATH": str(REPO)}
    seen, process = 0, subprocess.Popen([sys.executable, "-c", PROGRAM, str(told)], env=env)

    def kill_at(method: str, _path: str) -> Fault | None:
        nonlocal seen
        seen += method == "PUT"
        if seen >= writes:
            process.send_signal(signal.SIGKILL)
            return "cut before"
        return None

    proxy.policy = kill_at
    assert process.wait(60) == -signal.SIGKILL
    site.release(store, "b2")
    there = keys(server, bucket)
    assert there == sorted(f"shop/{file}" for file in site.assets)
    for key in there:
        assert get(server, bucket, key)["Body"].read() == (site.root / key.removeprefix("shop/")).read_bytes()
    assert (store.manifest() or "").startswith("sha256:")

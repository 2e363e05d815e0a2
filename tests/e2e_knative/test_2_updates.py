"""Updates under load, canaries and rollbacks."""

from __future__ import annotations

import re
import time
from collections import Counter

from tests.e2e.load import Load
from tests.e2e.looking import CHUNK, get, until
from tests.e2e_knative.conftest import NAME, Deployment

CLIENTS = 50
SECONDS = 30
PAGE = "app/about/page.tsx"


def shown(deployment: Deployment) -> str:
    """Which version answers."""
    found = re.search(r"About this shop, version (\d)", get(f"http://{deployment.address}/about")[1])
    return found[1] if found else "first"


def load(deployment: Deployment, path: str = "/products/lamp", clients: int = CLIENTS) -> Load:
    return Load(80, path, clients, deployment.address)


def change(deployment: Deployment, old: str, new: str) -> None:
    deployment.edit(PAGE, old, new)


def test_an_update_under_load_loses_no_request_and_old_tabs_keep_their_files(deployment: Deployment) -> None:
    chunks = set(CHUNK.findall(get(f"http://{deployment.address}/")[1]))
    change(deployment, "<h1>About</h1>", "<h1>About this shop, version 2</h1>")
    started = time.monotonic()
    with load(deployment) as clients:
        deployment.stack.up()
        until(lambda: time.monotonic() - started > SECONDS, SECONDS + 5, "the load's own time")
    print(f"update under load: {dict(clients.answers)}, {clients.reconnected} reconnected")
    assert set(clients.answers) == {"200"}, clients.answers
    until(lambda: shown(deployment) == "2", 10, "the new version is shown")
    assert [get(f"http://{deployment.address}{chunk}")[0] for chunk in chunks] == [200] * len(chunks)


def test_a_canary_gets_its_share_and_a_rollback_needs_no_build(deployment: Deployment) -> None:
    stable = deployment.output("revision")
    change(deployment, "version 2", "version 3")
    with deployment.setting(knative={"traffic": {"latest": 10, "revisions": {stable: 90}}}):
        deployment.stack.up()
        seen = Counter(shown(deployment) for _ in range(200))
        # 10 % of 200 is 20; beyond 4 standard deviations is no chance.
        assert 3 <= seen["3"] <= 37, seen
        assert seen["2"] == 200 - seen["3"], seen
    with deployment.setting(knative={"traffic": {"latest": 0, "revisions": {stable: 100}}}):
        before = deployment.output("buildId")
        deployment.stack.up()
        assert {shown(deployment) for _ in range(20)} == {"2"}
        assert deployment.output("buildId") == before
    deployment.stack.up()
    until(lambda: shown(deployment) == "3", 10, "the latest version is shown")
    shares = deployment.get("ksvc", NAME)["status"]["traffic"]
    assert [(share["percent"], share["latestRevision"]) for share in shares] == [(100, True)]

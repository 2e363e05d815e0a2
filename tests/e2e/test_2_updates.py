"""New versions, good and bad, under load."""

from __future__ import annotations

import subprocess
import urllib.request

import pytest
from pulumi.automation import CommandError, OpType

from nextcore.caddyfile import render_main
from nextcore.errors import UserError
from nextcore.oci.daemon import find_container
from nextcore.proxy import Proxy
from tests.e2e.conftest import NAME, PORT, Deployment
from tests.e2e.load import Load
from tests.e2e.looking import CHUNK, app_container, get, images, inspect

PROXY = f"{NAME}-caddy"


def test_a_new_version_under_load_loses_no_request(deployment: Deployment) -> None:
    old_chunk = CHUNK.findall(get(deployment.url)[1])[0]
    old = app_container(deployment)
    old_image = inspect(old)["Image"]
    deployment.edit("app/about/page.tsx", "export default", "const marker = 'second version';\nvoid marker;\nexport default")
    (deployment.app / "public/plain.txt").write_text("second version\n")
    with Load(PORT, "/products/lamp", clients=50) as load:
        deployment.stack.up()
    assert set(load.answers) == {"200"}, load.answers
    assert load.answers["200"] > 1000
    assert load.reconnected == 0, "traffic moves without a reload: no kept connection is closed"
    assert app_container(deployment) != old
    assert old_image not in images("e2e-shop"), "it went after its container"
    assert get(deployment.url + old_chunk)[0] == 200, "an open tab's chunk"
    assert "second version" in get(f"{deployment.url}/plain.txt")[1]


def test_a_version_that_crashes_takes_no_traffic_and_its_log_is_told(deployment: Deployment) -> None:
    good = app_container(deployment)
    file = deployment.app / "instrumentation.ts"
    text = file.read_text()
    file.write_text("export function register() { console.error('no database at all'); process.exit(3); }\n")
    try:
        with Load(PORT, "/products/lamp", clients=4) as load, pytest.raises(CommandError) as caught:
            deployment.stack.up()
    finally:
        file.write_text(text)
    assert set(load.answers) == {"200"}, load.answers
    assert "no database at all" in str(caught.value)
    assert "goes on serving" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert good in deployment.containers()


def test_going_back_after_a_failure_keeps_the_container_that_served_throughout(deployment: Deployment) -> None:
    (good,) = [name for name in deployment.containers() if name.startswith("e2e-shop-") and name in deployment.running()]
    with Load(PORT, "/products/lamp", clients=4) as load:
        deployment.stack.up()
    assert set(load.answers) == {"200"}, load.answers
    assert deployment.containers() == sorted([good, PROXY]), "the failed container is gone"


def test_an_env_var_is_a_new_container_of_the_same_image(deployment: Deployment) -> None:
    old = app_container(deployment)
    with deployment.setting("env", {"STOREFRONT_SESSION_SECRET": "other"}):
        deployment.stack.up()
        new = app_container(deployment)
        assert new != old
        assert new.rsplit("-", 1)[0] == old.rsplit("-", 1)[0]
    deployment.stack.up()


def test_optimised_images_outlive_a_container(deployment: Deployment) -> None:
    image = f"{deployment.url}/_next/image?url=%2Fimages%2Flamp.png&w=64&q=75"
    first = urllib.request.urlopen(image, timeout=30)
    assert first.status == 200
    first.read()
    with deployment.setting("env", {"STOREFRONT_SESSION_SECRET": "yet another"}):
        deployment.stack.up()
        assert urllib.request.urlopen(image, timeout=30).headers["X-Nextjs-Cache"] == "HIT"
    deployment.stack.up()


def test_another_app_takes_the_place_of_the_one_before(deployment: Deployment) -> None:
    """One stack, one address: two sites of it at once would be rejected."""
    with deployment.setting("app", {"path": str(deployment.app), "name": "e2e-other"}):
        with Load(PORT, "/products/lamp", clients=4) as load:
            deployment.stack.up()
        assert set(load.answers) == {"200"}, load.answers
        assert [name for name in deployment.containers() if name.startswith("e2e-shop")] == []
    deployment.stack.up()
    assert app_container(deployment)


def test_a_failing_hook_stops_the_deployment(deployment: Deployment) -> None:
    old = app_container(deployment)
    # /app/server is all there is in the app's image: its health check fails where no server runs.
    hooks = {"before": [{"command": ["healthcheck"]}]}
    with deployment.setting("hooks", hooks), pytest.raises(CommandError, match=r"the hook `healthcheck` ended with code 1"):
        deployment.stack.up()
    assert app_container(deployment) == old
    assert get(deployment.url)[0] == 200
    deployment.stack.up()


def test_a_rejected_proxy_configuration_is_told_with_its_line(deployment: Deployment) -> None:
    before = Proxy(PROXY).served("e2e-shop").site
    with pytest.raises(UserError, match=r"/etc/caddy/sites/e2e-shop.caddy:2"):
        Proxy(PROXY).load("e2e-shop", "http://:18080 {\n\tno_such_directive\n}\n", render_main())
    assert Proxy(PROXY).served("e2e-shop").site == before
    assert get(deployment.url)[0] == 200


def test_refresh_tells_drift_and_up_mends_it(deployment: Deployment) -> None:
    first, second = "live/e2e-shop.a", "live/e2e-shop.b"
    Proxy(PROXY)._write(find_container(None, PROXY), {first: "nobody:1 x", second: "nobody:1 x"})
    subprocess.run(["docker", "rm", "--force", app_container(deployment)], check=True, capture_output=True)
    deployment.stack.refresh()
    changes = deployment.stack.preview().change_summary
    assert changes.get(OpType.CREATE, 0) >= 1, changes
    assert changes.get(OpType.UPDATE, 0) >= 1, changes
    deployment.stack.up()
    assert get(deployment.url)[0] == 200


def test_a_damaged_static_file_is_seen_by_refresh_and_mended(deployment: Deployment) -> None:
    chunk = CHUNK.findall(get(deployment.url)[1])[0]
    whole = get(deployment.url + chunk)[1]
    copy = deployment.scratch / "damaged.js"
    copy.write_text("not it")
    copy.chmod(0o644)
    for path in (f"static{chunk}", f"static{chunk}.br", f"static{chunk}.gz"):
        subprocess.run(["docker", "cp", copy, f"{PROXY}:/srv/assets/e2e-shop/{path}"], check=False, capture_output=True)
    mark = Proxy(PROXY).served("e2e-shop").live.split()[1]
    subprocess.run(["docker", "cp", copy, f"{PROXY}:/srv/assets/e2e-shop/builds/{mark}{chunk}"], check=True, capture_output=True)
    assert get(deployment.url + chunk)[1] == "not it"
    deployment.stack.refresh()
    deployment.stack.up()
    assert get(deployment.url + chunk)[1] == whole

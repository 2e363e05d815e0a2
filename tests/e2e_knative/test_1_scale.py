"""A first deployment on the cluster: pages, static files from the bucket, to zero and back."""

from __future__ import annotations

import boto3
from pulumi.automation import OpType

from offline.cluster.places import DOMAIN, STORE
from tests.e2e.looking import CHUNK, get
from tests.e2e_knative.conftest import BUCKET, NAME, Deployment, ask


def test_the_app_answers_through_the_routing_and_through_the_gateway(deployment: Deployment) -> None:
    status, page = get(f"http://{deployment.address}/products/lamp")
    assert status == 200
    assert CHUNK.search(page)
    assert ask(f"{NAME}.{NAME}.{DOMAIN}", "/products/lamp")[0] == 200


def test_internal_paths_and_other_files_of_the_bucket_are_not_public(deployment: Deployment) -> None:
    assert get(f"http://{deployment.address}/_nextcore/health")[0] == 404
    assert get(f"http://{deployment.address}/.nextcore.json")[0] == 404
    assert get(f"http://{deployment.address}/_next/static/../../.nextcore.json")[0] in (400, 404)


def test_static_files_come_from_the_bucket_and_wake_nobody(deployment: Deployment) -> None:
    chunks = sorted(set(CHUNK.findall(get(f"http://{deployment.address}/")[1])))
    assert deployment.sleeps(), "the app is not scaled to zero"
    for chunk in chunks:
        assert get(f"http://{deployment.address}{chunk}")[0] == 200
    assert get(f"http://{deployment.address}/images/lamp.png")[0] == 200
    assert get(f"http://{deployment.address}/_next/static/chunks/none.js")[0] == 404
    assert deployment.pods() == 0, "a static file woke the app"


def test_the_first_request_wakes_it(deployment: Deployment) -> None:
    assert deployment.sleeps()
    assert get(f"http://{deployment.address}/products/lamp")[0] == 200
    assert deployment.pods() == 1


def test_pods_are_hardened_and_have_no_token(deployment: Deployment) -> None:
    get(f"http://{deployment.address}/")
    (pod,) = deployment.get("pods", "-l", f"serving.knative.dev/service={NAME}")["items"]
    (app,) = [container for container in pod["spec"]["containers"] if container["name"] == "app"]
    assert app["securityContext"]["readOnlyRootFilesystem"] is True
    assert app["securityContext"]["runAsUser"] == 65532
    assert "@sha256:" in app["image"]
    mounts = [mount["mountPath"] for container in pod["spec"]["containers"] for mount in container.get("volumeMounts", [])]
    assert not [path for path in mounts if "serviceaccount" in path]


def test_a_second_up_changes_nothing_also_after_a_refresh(deployment: Deployment) -> None:
    assert set(deployment.stack.up().summary.resource_changes or {}) == {"same"}
    deployment.stack.refresh()
    assert set(deployment.stack.preview().change_summary) == {OpType.SAME}


def test_files_are_stored_for_a_year_and_compressed(deployment: Deployment) -> None:
    chunk = CHUNK.findall(get(f"http://{deployment.address}/")[1])[0]
    env = deployment.stack.workspace.env_vars
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{STORE}",
        region_name="us-east-1",
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )
    head = client.head_object(Bucket=BUCKET, Key=f"{NAME}{chunk}")
    assert head["CacheControl"] == "public, max-age=31536000, immutable"
    assert head["ContentEncoding"] == "gzip"

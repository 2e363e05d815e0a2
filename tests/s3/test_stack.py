"""Whole stacks by the Pulumi CLI: a bucket on a real S3 server, and CloudFront on moto's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from pulumi import automation

from tests.aws_server import aws_control_plane
from tests.conftest import REPO, need
from tests.payloads import payload_json, route
from tests.s3.conftest import Site
from tests.s3.server import ACCESS_KEY, SECRET_KEY, S3Server
from tests.s3.test_release import keys


@dataclass
class StackUnderTest:
    """`settings` and the site's files may change between two updates."""

    stack: automation.Stack
    dist: Path
    site: Site
    settings: dict[str, Any]
    env: dict[str, str]

    def build(self) -> None:
        """Leave dist/ as the builder does."""
        assets = [asset.model_dump(by_alias=True) for asset in self.site.assets.values()]
        routes = [route("/", "SSG"), route("/blog/[slug]", "ISR"), route("/api/me", "API")]
        (self.dist / "payload.json").write_text(json.dumps(payload_json(assets=assets, routes=routes)))
        told = json.dumps({"dist": str(self.dist), **self.settings})
        self.env["STACK_UNDER_TEST"] = told

    def up(self) -> dict[str, int]:
        """Resources by what was done with them."""
        self.build()
        result = self.stack.up()
        return {str(kind): count for kind, count in (result.summary.resource_changes or {}).items()}


@pytest.fixture
def control_plane() -> Iterator[str]:
    with aws_control_plane() as endpoint:
        yield endpoint


def engine_env(state: Path) -> dict[str, str]:
    return {
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "",
        "PYTHONPATH": str(REPO),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": "us-east-1",
    }


@pytest.fixture
def under_test(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[StackUnderTest]:
    need("pulumi")
    dist, project, state = tmp_path / "dist", tmp_path / "project", tmp_path / "state"
    for folder in (dist, project, state):
        folder.mkdir()
    site.root.rename(dist / "assets")
    site.root = dist / "assets"
    plugins = {"providers": [{"name": "nextcore", "path": str(REPO / "provider")}]}
    program = str(REPO / "tests/s3/program")
    (project / "Pulumi.yaml").write_text(json.dumps({"name": "s3-cdn", "runtime": "python", "main": program, "plugins": plugins}))
    env = engine_env(state)
    options = automation.LocalWorkspaceOptions(env_vars=env)
    stack = automation.create_or_select_stack("test", work_dir=str(project), opts=options)
    found = StackUnderTest(stack, dist, site, {}, env)
    yield found
    stack.destroy()


def test_a_bucket_on_any_server(under_test: StackUnderTest, server: S3Server) -> None:
    bucket = "stack-files"
    under_test.settings = {"s3": {"bucket": bucket, "endpoint": server.endpoint, "protect": False}}
    under_test.up()
    assert keys(server, bucket) == sorted(f"shop/{file}" for file in under_test.site.assets)
    state = json.dumps(under_test.stack.export_stack().deployment)
    assert SECRET_KEY not in state
    assert set(under_test.up()) == {"same"}
    assert set(under_test.stack.refresh().summary.resource_changes or {}) == {"same"}

    under_test.site.put("robots.txt", b"changed")
    assert under_test.up()["update"] == 1
    server.client.delete_object(Bucket=bucket, Key="shop/robots.txt")
    under_test.stack.refresh()
    assert under_test.up()["update"] == 1
    assert "shop/robots.txt" in keys(server, bucket)

    under_test.stack.destroy()
    assert bucket not in [found["Name"] for found in server.client.list_buckets()["Buckets"]]


def test_files_behind_cloudfront(control_plane: str, under_test: StackUnderTest) -> None:
    endpoint = control_plane
    under_test.env["AWS_ENDPOINT_URL"] = endpoint
    session = boto3.Session(aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY, region_name="us-east-1")
    client, s3 = (session.client(name, endpoint_url=endpoint) for name in ("cloudfront", "s3"))
    under_test.settings = {
        "s3": {"bucket": "cdn-files", "protect": False},
        "cdn": {"origin": "gateway.example.com"},
    }
    under_test.up()
    outputs = under_test.stack.outputs()
    id = outputs["distribution"].value
    config = client.get_distribution(Id=id)["Distribution"]["DistributionConfig"]
    assert [behaviour["PathPattern"] for behaviour in config["CacheBehaviors"]["Items"]] == [
        "/_next/static/*", "/_next/image*", "/images/*", "/index.html", "/robots.txt",
    ]  # fmt: skip
    assert {origin["Id"]: origin["OriginPath"] for origin in config["Origins"]["Items"]} == {"app": "", "assets": "/shop"}
    assert s3.get_public_access_block(Bucket="cdn-files")["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"]
    allowed = json.loads(s3.get_bucket_policy(Bucket="cdn-files")["Policy"])["Statement"][0]
    assert allowed["Condition"]["StringEquals"]["AWS:SourceArn"].endswith(f"distribution/{id}")
    assert set(under_test.up()) == {"same"}

    under_test.site.put("robots.txt", b"changed")
    assert under_test.up()["update"] == 2  # the release, the purge
    invalidations = client.list_invalidations(DistributionId=id)["InvalidationList"]["Items"]
    newest = max(invalidations, key=lambda found: found["CreateTime"])["Id"]
    purged = client.get_invalidation(DistributionId=id, Id=newest)["Invalidation"]["InvalidationBatch"]["Paths"]["Items"]
    assert sorted(purged) == ["/", "/?*", "/blog/*", "/robots.txt"]

    under_test.stack.destroy()
    assert client.list_distributions()["DistributionList"]["Quantity"] == 0
    assert s3.list_buckets()["Buckets"] == []


PROVIDER = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/ABC"


def test_derived_images_behind_cloudfront_and_the_apis_role(control_plane: str, under_test: StackUnderTest) -> None:
    under_test.env["AWS_ENDPOINT_URL"] = control_plane
    session = boto3.Session(aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY, region_name="us-east-1")
    cloudfront, s3, iam = (session.client(name, endpoint_url=control_plane) for name in ("cloudfront", "s3", "iam"))
    under_test.settings = {
        "s3": {"bucket": "shop-files", "protect": False},
        "cdn": {"origin": "gateway.example.com"},
        "imageBuckets": {
            "originals": "shop-originals",
            "derived": "shop-derived",
            "region": "us-east-1",
            "protect": False,
            "role": {"oidcProvider": PROVIDER},
        },
        "namespace": "web",
    }
    under_test.up()
    outputs = under_test.stack.outputs()
    id, role = outputs["distribution"].value, outputs["role"].value.rpartition("/")[2]
    config = cloudfront.get_distribution(Id=id)["Distribution"]["DistributionConfig"]
    (behaviour,) = [found for found in config["CacheBehaviors"]["Items"] if found["PathPattern"] == "/_images/*"]
    assert behaviour["TargetOriginId"] == "images"
    (read,) = json.loads(s3.get_bucket_policy(Bucket="shop-derived")["Policy"])["Statement"]
    assert read["Condition"]["StringEquals"]["AWS:SourceArn"].endswith(f"distribution/{id}")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="shop-originals")

    trusted = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert [found["Principal"] for found in trusted] == [{"Federated": PROVIDER}]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    allowed = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
    assert {resource for statement in allowed for resource in statement["Resource"]} == {
        "arn:aws:s3:::shop-originals/uploads/*", "arn:aws:s3:::shop-originals/originals/*", "arn:aws:s3:::shop-derived/*",
    }  # fmt: skip
    assert set(under_test.up()) == {"same"}

    under_test.stack.destroy()
    assert iam.list_roles()["Roles"] == []


@pytest.fixture
def buckets(tmp_path: Path, server: S3Server) -> Iterator[Callable[..., automation.Stack]]:
    """A stack of the two buckets for images on the server, with settings of the test's own."""
    need("pulumi")
    made: list[automation.Stack] = []

    def declared(**settings: Any) -> automation.Stack:
        project, state = tmp_path / f"project{len(made)}", tmp_path / f"state{len(made)}"
        project.mkdir()
        state.mkdir()
        program = str(REPO / "tests/s3/program_images")
        (project / "Pulumi.yaml").write_text(json.dumps({"name": "images", "runtime": "python", "main": program}))
        images = {"originals": "images-of-users", "derived": "images-made", "endpoint": server.endpoint, "protect": False}
        env = {
            **engine_env(state),
            "STACK_UNDER_TEST": json.dumps({"imageBuckets": {**images, **settings}, "origins": ["https://shop.example"]}),
        }
        options = automation.LocalWorkspaceOptions(env_vars=env)
        made.append(automation.create_or_select_stack("test", work_dir=str(project), opts=options))
        return made[-1]

    yield declared
    for stack in made:
        stack.destroy()


def test_a_server_without_lifecycle_rules_is_told_of(buckets: Callable[..., automation.Stack]) -> None:
    with pytest.raises(automation.CommandError) as caught:
        buckets(lifecycle=True).up()
    assert "does not know bucket lifecycle configuration: set `nextcore:imageBuckets.lifecycle: false`" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_where_nobody_says_whether_it_has_them_there_is_a_warning(buckets: Callable[..., automation.Stack]) -> None:
    told = buckets()
    assert "uploads to images-of-users that are never completed stay there" in told.preview().stdout
    assert told.up().summary.result == "succeeded"
    assert "never completed" not in buckets(lifecycle=False).preview().stdout


def test_a_bucket_name_that_is_taken(buckets: Callable[..., automation.Stack], server: S3Server) -> None:
    server.client.create_bucket(Bucket="images-of-users")
    try:
        with pytest.raises(automation.CommandError) as caught:
            buckets(lifecycle=False).up()
    finally:
        server.client.delete_bucket(Bucket="images-of-users")
    assert "the bucket name images-of-users is taken" in str(caught.value)
    assert "Traceback" not in str(caught.value)

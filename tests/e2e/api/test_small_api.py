"""An API beside the app: reached by its route, replaced without a gap, and left as it is by a version that fails."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest
from pulumi import automation

from tests.e2e.api.conftest import MAIN, NAME, PORT, Deployment
from tests.e2e.load import Load
from tests.e2e.looking import get, inspect


def containers() -> list[str]:
    command = ["docker", "ps", "--filter", f"network={NAME}-network", "--format", "{{.Names}}"]
    return sorted(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def api_containers() -> list[str]:
    return [name for name in containers() if name.startswith("api-shop-api-")]


def test_app_and_api_answer_on_one_port(deployment: Deployment) -> None:
    assert get(f"{deployment.url}/v1/version") == (200, "one /v1/version red")
    assert get(deployment.url)[0] == 200


def test_the_container_is_as_hardened_as_the_apps(deployment: Deployment) -> None:
    (name,) = api_containers()
    told = inspect(name)
    host = told["HostConfig"]
    assert told["Config"]["User"] == "65532:65532"
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["PortBindings"] in (None, {})
    assert host["PidsLimit"] == 256
    assert host["RestartPolicy"]["Name"] == "always"
    assert told["State"]["Health"]["Status"] == "healthy"


def test_the_apps_own_server_reaches_it_by_name(deployment: Deployment) -> None:
    (app,) = [name for name in containers() if name.startswith("api-shop-") and not name.startswith("api-shop-api-")]
    envs = inspect(app)["Config"]["Env"]
    assert f"API_INTERNAL_URL=http://{NAME}-caddy:8090" in envs
    command = ["docker", "exec", *api_containers(), "/app/health-probe", "8080", "/health"]
    assert subprocess.run(command, check=False).returncode == 0


def test_an_unchanged_stack_changes_nothing(deployment: Deployment) -> None:
    deployment.stack.refresh()
    assert set(deployment.stack.preview().change_summary) == {automation.OpType.SAME}


def test_the_proxy_answers_reads_that_the_stack_names(deployment: Deployment) -> None:
    assert [get(f"{deployment.url}/v1/asked") for _ in range(3)] == [(200, "one 1")] * 3
    assert [get(f"{deployment.url}/v1/asked?x")[1] for _ in range(2)] == ["one 2"] * 2


def test_a_new_version_takes_over_without_a_failed_request(deployment: Deployment) -> None:
    deployment.main.write_text(MAIN.replace('"one"', '"two"'))
    before = containers()
    with Load(PORT, "/v1/version", clients=4) as load:
        deployment.stack.up()
    assert set(load.answers) == {"200"}, load.answers
    assert get(f"{deployment.url}/v1/version") == (200, "two /v1/version red")
    assert [get(f"{deployment.url}/v1/asked")[1] for _ in range(2)] == ["two 1"] * 2, "nothing of the old version is left"
    assert len(api_containers()) == 1 and api_containers()[0] not in before
    others = [name for name in before if not name.startswith("api-shop-api-")]
    assert set(others) <= set(containers()), "the app and the proxy are the ones that were"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('"/health"', '"/healthy"'), "(its health check: /health answered 404 Not Found)"),
        (('os.Getenv("PORT")', '"9"'), "(its health check: dial tcp 127.0.0.1:8080: connect: connection refused)"),
        (("func main() {", 'func main() {\n\tpanic("no database")\n'), "no database"),
    ],
    ids=["never answers", "wrong port", "panics"],
)
def test_a_version_that_fails_leaves_the_old_one_serving(deployment: Deployment, change: tuple[str, str], told: str) -> None:
    served = get(f"{deployment.url}/v1/version")
    deployment.main.write_text(MAIN.replace('"one"', '"three"').replace(*change))
    with pytest.raises(automation.CommandError) as caught, Load(PORT, "/v1/version", clients=2) as load:
        deployment.stack.up()
    assert told in str(caught.value)
    assert set(load.answers) == {"200"}, load.answers
    assert get(f"{deployment.url}/v1/version") == served


def test_a_compile_error_is_told_before_anything_changes(deployment: Deployment) -> None:
    deployment.main.write_text(MAIN.replace("fmt.Fprint(", "fmt.Fprnt("))
    with pytest.raises(automation.CommandError, match=r"main\.go:\d+:\d+: undefined: fmt\.Fprnt") as caught:
        deployment.stack.up()
    assert "Traceback" not in str(caught.value)


@dataclass(frozen=True)
class Mistake:
    """A change of the stack's settings or of the module's files, and what is told of it."""

    told: str
    key: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@pytest.mark.parametrize(
    "mistake",
    [
        Mistake("there is no folder", "nextcore:api.path", {"api.path": "nowhere"}),
        Mistake("there is no go.mod in", "nextcore:api.path", {"api.path": "examples/storefront"}),
        Mistake("no main package in example.com/small", "cmd/api/main.go", files={"main.go": "package small\n"}),
        Mistake("the API needs DATABASE_URL", "nextcore:apiSecrets.DATABASE_URL", files={".env.example": "DATABASE_URL=\n"}),
        Mistake("shop.example: an origin is scheme, host and port", "nextcore:cors.origins", {"cors.origins": ["shop.example"]}),
        Mistake("lets every site act for a signed-in user", "nextcore:cors", {"cors.origins": ["*"], "cors.credentials": True}),
        Mistake("not below /v1/", "nextcore:api.cache.paths", {"api.cache": {"paths": ["/v2/asked"]}}),
    ],
    ids=lambda mistake: mistake.told,
)
def test_a_mistake_is_told_with_its_place_and_the_old_version_goes_on(deployment: Deployment, mistake: Mistake) -> None:
    served, module = get(f"{deployment.url}/v1/version"), deployment.main.parent
    settings, main = deepcopy(deployment.settings), deployment.main.read_text()
    deployment.main.write_text(MAIN)
    try:
        for key, value in mistake.settings.items():
            part, _, name = key.partition(".")
            deployment.settings.setdefault(part, {})[name] = value
        for name, text in mistake.files.items():
            (module / name).write_text(text)
        deployment.write()
        with pytest.raises(automation.CommandError) as caught:
            deployment.stack.up()
    finally:
        (module / ".env.example").unlink(missing_ok=True)
        deployment.main.write_text(main)
        deployment.settings = settings
        deployment.write()
    assert mistake.told in str(caught.value) and mistake.key in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert get(f"{deployment.url}/v1/version") == served


def test_mended_it_goes_on(deployment: Deployment) -> None:
    deployment.main.write_text(MAIN.replace('"one"', '"four"'))
    deployment.stack.up()
    assert get(f"{deployment.url}/v1/version") == (200, "four /v1/version red")
    assert len(api_containers()) == 1


def test_routes_of_the_app_that_the_api_would_hide_are_told(deployment: Deployment) -> None:
    kept = deployment.settings["api"].pop("cache")
    deployment.settings["api"]["route"] = "/api/*"
    deployment.write()
    with pytest.raises(automation.CommandError, match=r"/api/echo.*takes away"):
        deployment.stack.preview()
    deployment.settings["api"] |= {"route": "/v1/*", "cache": kept}
    deployment.write()


def test_a_host_of_its_own(deployment: Deployment) -> None:
    deployment.settings["api"]["host"] = "api.localhost"
    deployment.write()
    deployment.stack.up()
    command = ["curl", "--silent", "--resolve", f"api.localhost:{PORT}:127.0.0.1", f"http://api.localhost:{PORT}/v1/version"]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "four /v1/version red"
    assert get(f"{deployment.url}/v1/version")[0] == 404, "the app's"


def test_the_stack_goes_on_without_the_api(deployment: Deployment) -> None:
    del deployment.settings["api"]
    deployment.write()
    deployment.stack.up()
    assert get(deployment.url)[0] == 200
    assert not api_containers()
    assert "api-shop-api" not in json.dumps(deployment.stack.export_stack().deployment)

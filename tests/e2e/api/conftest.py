"""The storefront with a small Go API beside it, on the real daemon: own names, own port, own state."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from pulumi import automation

from tests.conftest import REPO, need

PORT = 18180
NAME = "nextcore-e2e-api"
STACK = "e2e-api"
CACHE = {"paths": ["/v1/asked"], "seconds": 600}
MAIN = """package main

import (
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
)

const version = "one"

func main() {
	http.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	var asked atomic.Int64
	http.HandleFunc("/v1/asked", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "%s %d", version, asked.Add(1)) })
	http.HandleFunc("/v1/version", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", version, r.URL.Path, os.Getenv("COLOUR"))
	})
	if err := http.ListenAndServe(os.Getenv("HOST")+":"+os.Getenv("PORT"), nil); err != nil {
		panic(err)
	}
}
"""


@dataclass
class Deployment:
    """The stack, its settings, and the API's source, which a test may change."""

    stack: automation.Stack
    settings: dict[str, Any]
    file: Path
    main: Path

    def write(self) -> None:
        self.file.write_text(yaml.safe_dump({"config": {f"nextcore:{key}": value for key, value in self.settings.items()}}))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{PORT}"


@pytest.fixture(scope="session")
def deployment(app: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    for tool in ("pulumi", "docker", "node", "go"):
        need(tool)
    module = tmp_path_factory.mktemp("api")
    (module / "go.mod").write_text("module example.com/small\n\ngo 1.26.0\n")
    (module / "main.go").write_text(MAIN)
    settings = {
        "app": {"path": str(app), "name": "api-shop"},
        "env": {"STOREFRONT_SESSION_SECRET": "test"},
        "proxy": {"name": NAME, "httpPort": PORT},
        "api": {"path": str(module), "route": "/v1/*", "startSeconds": 5, "env": {"COLOUR": "red"}, "cache": CACHE},
    }
    env = {
        "PULUMI_BACKEND_URL": f"file://{tmp_path_factory.mktemp('state')}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "",
    }
    file = REPO / "stacks" / f"Pulumi.{STACK}.yaml"
    stack = automation.create_or_select_stack(STACK, work_dir=str(REPO), opts=automation.LocalWorkspaceOptions(env_vars=env))
    found = Deployment(stack, settings, file, module / "main.go")
    found.write()
    try:
        stack.up()
        yield found
    finally:
        stack.destroy()
        file.unlink(missing_ok=True)
        shutil.rmtree(REPO / ".nextcore/build" / STACK, ignore_errors=True)

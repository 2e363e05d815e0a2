"""Components declared against Pulumi's mocks; tests look at what was recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest

from nextcore.distribution import Distribution
from nextcore.oci.image import BuiltImage
from tests.payloads import payload, route

DIGEST = "sha256:" + "ab" * 32


@dataclass
class Recorded:
    """Each declared resource: its type, name, inputs, and the engine's options that matter here."""

    token: str
    name: str
    inputs: dict[str, Any]


@dataclass
class Recorder(pulumi.runtime.Mocks):
    resources: list[Recorded] = field(default_factory=list)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.resources.append(Recorded(args.typ, args.name, dict(args.inputs)))
        outputs = dict(args.inputs)
        if args.typ == "docker:index/container:Container":
            outputs.setdefault("name", f"{args.name}-1234567")
        if args.typ.startswith("aws:"):
            outputs.update(arn=f"arn:{args.name}", bucketRegionalDomainName="files.example.com", domainName="d1.example.com")
        if args.typ.endswith(":Release"):
            outputs["changedPaths"] = []
        return f"{args.name}-id", outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        return {}, None

    def one(self, token: str, name: str | None = None) -> dict[str, Any]:
        found = [r for r in self.resources if r.token == token and name in (None, r.name)]
        assert len(found) == 1, [(r.token, r.name) for r in self.resources]
        return found[0].inputs

    def tokens(self) -> list[str]:
        return [resource.token for resource in self.resources]


@pytest.fixture
def declared() -> Callable[[Callable[[], object]], Recorder]:
    """Runs a program and returns what it declared, all outputs resolved."""

    def run(program: Callable[[], object]) -> Recorder:
        asyncio.set_event_loop(asyncio.new_event_loop())  # another test may have closed the thread's
        recorder = Recorder()
        pulumi.runtime.set_mocks(recorder, project="shop", stack="test", preview=False)

        @pulumi.runtime.test  # type: ignore[untyped-decorator]
        def wait() -> object:
            return program()

        wait()
        return recorder

    return run


@pytest.fixture
def distribution(tmp_path: Path) -> Distribution:
    parts = payload(routes=[route("/", "SSG"), route("/api/hello", "API")])
    return Distribution(tmp_path, parts, cached=True)


@pytest.fixture
def image(tmp_path: Path) -> BuiltImage:
    return BuiltImage(tmp_path / "image", DIGEST, (tmp_path / "layer.tar",), 1000)

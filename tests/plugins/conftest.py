"""Stacks of Kubernetes objects: the real CLI and engine, the stand-in from this checkout, a real API server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi import automation

from components.knative.object import KubernetesObject
from offline.plugins.kubernetes.cluster import Cluster, Kind
from offline.plugins.kubernetes.settings import Settings
from offline.plugins.kubernetes.values import Object
from tests.conftest import REPO, need
from tests.plugins.control_plane import ControlPlane
from tests.plugins.resource_life import ResourceLife

PROJECT = "objects"


@dataclass
class KubernetesStack:
    """A stack whose program declares `objects`: manifests by resource name. A test changes them and updates again."""

    stack: automation.Stack
    cluster: Cluster
    namespace: str
    state_file: Path
    objects: dict[str, Object] = field(default_factory=dict)
    options: dict[str, pulumi.ResourceOptions] = field(default_factory=dict)
    output: list[str] = field(default_factory=list)

    def program(self) -> None:
        for name, manifest in self.objects.items():
            KubernetesObject(name, manifest, self.options.get(name))

    def up(self) -> dict[str, int]:
        """Update; how many resources of each operation, the stack itself left out."""
        result = self.stack.up(on_output=self.output.append, on_error=self.output.append)
        return _counts(result.summary.resource_changes)

    def preview(self) -> dict[str, int]:
        result = self.stack.preview(on_output=self.output.append, on_error=self.output.append, diff=True)
        return _counts({getattr(key, "value", key): value for key, value in result.change_summary.items()})

    def refresh(self) -> dict[str, int]:
        return _counts(self.stack.refresh(on_output=self.output.append, on_error=self.output.append).summary.resource_changes)

    def fails(self, action: Callable[[], object]) -> str:
        """The output of an action that must fail."""
        self.output.clear()
        with pytest.raises(automation.CommandError):
            action()
        return "\n".join(self.output)

    def resource(self, name: str) -> dict[str, Any]:
        """A resource as the state has it."""
        deployment: Mapping[str, Any] = self.stack.export_stack().deployment or {}
        found: dict[str, Any] = next(entry for entry in deployment["resources"] if entry["urn"].endswith(f"::{name}"))
        return found

    def live(self, kind: Kind, name: str) -> Object:
        found = self.cluster.get(kind, self.namespace, name)
        assert found is not None, f"there is no {kind.kind} {name}"
        return found


def _counts(changes: Mapping[Any, int] | None) -> dict[str, int]:
    """Without what is unchanged, and without the stack that is a resource itself."""
    return {str(operation): count for operation, count in (changes or {}).items() if operation != "same"}


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    need("pulumi")
    plane = ControlPlane(tmp_path_factory.mktemp("control-plane"))
    try:
        plane.start()
        yield plane
    finally:
        plane.stop()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    plugin = {"name": "kubernetes", "path": str(REPO / "offline/plugins/kubernetes")}
    (folder / "Pulumi.yaml").write_text(
        yaml.safe_dump({"name": PROJECT, "runtime": "python", "plugins": {"providers": [plugin]}})
    )
    (folder / "state").mkdir()
    return folder


@pytest.fixture
def namespace(control_plane: ControlPlane) -> Iterator[str]:
    """Of one test."""
    cluster, name = control_plane.cluster(), f"test-{secrets.token_hex(4)}"
    spaces = Kind("v1", "Namespace", "namespaces", False)
    cluster.request("POST", spaces.path(""), body={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    cluster.request("DELETE", spaces.path("", name))


@pytest.fixture
def life(control_plane: ControlPlane) -> Callable[[str], ResourceLife]:
    settings = Settings(kubeconfig=str(control_plane.kubeconfig))
    return lambda token: ResourceLife(settings, token)


@pytest.fixture
def stack(control_plane: ControlPlane, project: Path, namespace: str) -> Iterator[KubernetesStack]:
    with open_stack(control_plane.cluster(), control_plane.kubeconfig, project, namespace) as found:
        yield found


@contextmanager
def open_stack(cluster: Cluster, kubeconfig: Path, project: Path, namespace: str) -> Iterator[KubernetesStack]:
    """A stack with a state of its own. Its objects go with their namespace."""
    env = {
        "PULUMI_BACKEND_URL": f"file://{project / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "",
        "KUBECONFIG": str(kubeconfig),
    }
    declared: list[KubernetesStack] = []

    def program() -> None:
        declared[0].program()

    state = project / "state/.pulumi/stacks" / PROJECT / f"{namespace}.json"
    options = automation.LocalWorkspaceOptions(work_dir=str(project), env_vars=env)
    handle = automation.create_stack(namespace, project_name=PROJECT, program=program, opts=options)
    declared.append(KubernetesStack(handle, cluster, namespace, state))
    yield declared[0]

"""Configuration of the provider: variables as the engine gives them, with the same defaults from the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from offline.plugins.kubernetes.failures import UnreachableError

PREFIX = "kubernetes:config:"


@dataclass(frozen=True)
class Settings:
    """`kubeconfig`: path or contents, empty for KUBECONFIG, ~/.kube/config or the pod's own account."""

    kubeconfig: str = ""
    context: str = ""
    cluster: str = ""
    namespace: str = ""
    server_side_apply: bool = True
    patch_force: bool = False
    upsert: bool = False
    config_map_mutable: bool = False
    secret_mutable: bool = False
    delete_unreachable: bool = False
    skip_unreachable: bool = False


def read_settings(variables: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> Settings:
    """From `kubernetes:config:*`; what is not set there from PULUMI_K8S_*."""

    def text(name: str) -> str:
        return variables.get(PREFIX + name, "")

    def flag(name: str, variable: str, default: bool = False) -> bool:
        found = variables.get(PREFIX + name) or environment.get(variable)
        return default if not found else found == "true"

    return Settings(
        text("kubeconfig"),
        text("context"),
        text("cluster"),
        text("namespace"),
        flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", True),
        flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
        flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
        flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
        flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
        flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
        flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
    )


def parse_kubeconfig(value: Any) -> dict[str, Any]:
    """A kubeconfig from its path, its text (YAML or JSON) or its object. Empty where there is none."""
    if not value:
        return {}
    parsed = value
    if isinstance(value, str):
        parsed = _parsed(_contents(value))
    if not isinstance(parsed, dict) or "clusters" not in parsed:
        raise UnreachableError(
            "`kubeconfig` is neither a file nor the contents of one\n"
            "  where: kubernetes:kubeconfig, or the provider's argument\n"
            "  next: name a file that exists, or give the whole text (clusters, contexts, users)"
        )
    return parsed


def _contents(value: str) -> str:
    if "\n" in value or value.lstrip().startswith("{"):
        return value
    path = Path(value).expanduser()
    return path.read_text() if path.is_file() else value


def _parsed(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None  # told by the caller, without the text: it holds credentials


def active_context(kubeconfig: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The context that is used: `context`, else the file's current one."""
    name = settings.context or kubeconfig.get("current-context")
    for entry in kubeconfig.get("contexts") or []:
        if entry.get("name") == name:
            return dict(entry.get("context") or {})
    return {}


def active_cluster(kubeconfig: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Address and certificate of the cluster that is used. Another one makes all its objects other objects."""
    name = settings.cluster or active_context(kubeconfig, settings).get("cluster")
    for entry in kubeconfig.get("clusters") or []:
        if entry.get("name") == name:
            return dict(entry.get("cluster") or {})
    return {}


def from_inputs(inputs: Mapping[str, Any]) -> Settings:
    """Settings from the provider resource's own inputs, for comparing two of them."""
    texts = {
        PREFIX + key: value if isinstance(value, str) else json.dumps(value)
        for key, value in inputs.items()
        if isinstance(value, str | bool | dict)
    }
    return read_settings(texts, {})

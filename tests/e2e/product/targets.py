"""What differs between one Docker host and a cluster with Knative."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from offline.cluster.kubectl import Kubectl
from offline.cluster.places import REGISTRY, ClusterPlaces
from offline.setup.places import places
from tests.conftest import REPO
from tests.e2e.looking import inspect

NAME = "product"
PROXY = "nextcore-product"
PORT = 18280
CLUSTER_HOST = "10.244.0.1"


class Target(ABC):
    """`url`: the app's public address. `internal_api`: the API's, as the app's own server reaches it."""

    url: ClassVar[str]
    internal_api: ClassVar[str]
    tools: ClassVar[tuple[str, ...]]

    @abstractmethod
    def this_machine(self) -> str:
        """Its address as the app and the API see it."""

    @abstractmethod
    def env(self) -> dict[str, str]:
        """Of the engine."""

    @abstractmethod
    def settings(self, store: str) -> dict[str, Any]:
        """Of the stack. `store`: URL of the S3 server."""

    @abstractmethod
    def address(self) -> str:
        """host:port where requests to `url` go."""

    @abstractmethod
    def environment(self, part: str) -> dict[str, str]:
        """Variables of what runs now; `part`: app or api."""


class OnDocker(Target):
    url = f"http://localhost:{PORT}"
    internal_api = f"http://{PROXY}-caddy:8090"
    tools = ("docker",)

    def this_machine(self) -> str:
        command = ["docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def env(self) -> dict[str, str]:
        return {}

    def settings(self, store: str) -> dict[str, Any]:
        return {"proxy": {"name": PROXY, "httpPort": PORT}}

    def address(self) -> str:
        return f"127.0.0.1:{PORT}"

    def container(self, part: str) -> str:
        label = NAME if part == "app" else f"{NAME}-api"
        command = ["docker", "ps", "--filter", f"network={PROXY}-network", "--filter", f"label=io.nextcore.app={label}"]
        (name,) = subprocess.run([*command, "--format", "{{.Names}}"], check=True, capture_output=True, text=True).stdout.split()
        return name

    def environment(self, part: str) -> dict[str, str]:
        return dict(entry.split("=", 1) for entry in inspect(self.container(part))["Config"]["Env"])


class OnCluster(Target):
    url = "https://product.example"
    internal_api = f"http://{NAME}-api.{NAME}.svc.cluster.local"
    tools = ("oras",)

    def __init__(self) -> None:
        self._places = ClusterPlaces(places())
        subprocess.run([sys.executable, "-m", "offline.cluster", "up"], cwd=REPO, check=True)
        self._kubectl = Kubectl(self._places)

    def this_machine(self) -> str:
        return CLUSTER_HOST

    def env(self) -> dict[str, str]:
        return {"KUBECONFIG": str(self._places.kubeconfig)}

    def settings(self, store: str) -> dict[str, Any]:
        return {
            "target": "knative",
            "domains": ["product.example"],
            "registry": f"http://{REGISTRY}/product",
            "s3": {"bucket": "product-files", "endpoint": store, "region": "us-east-1", "protect": False},
            "knative": {"scale": {"warmInstances": 1}, "timeouts": {"deploy": 90}},
        }

    def address(self) -> str:
        return f"{self._get('service', f'{NAME}-routing')['spec']['clusterIP']}:80"

    def environment(self, part: str) -> dict[str, str]:
        service = self._get("ksvc", NAME if part == "app" else f"{NAME}-api")
        (container,) = service["spec"]["template"]["spec"]["containers"]
        found: dict[str, str] = {}
        for source in container["envFrom"]:
            if plain := source.get("configMapRef"):
                found |= self._get("configmap", plain["name"])["data"]
            if hidden := source.get("secretRef"):
                data = self._get("secret", hidden["name"])["data"]
                found |= {key: base64.b64decode(value).decode() for key, value in data.items()}
        return found

    def _get(self, kind: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._kubectl("-n", NAME, "get", kind, name, "-o", "json"))
        return found

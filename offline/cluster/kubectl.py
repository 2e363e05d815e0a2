"""kubectl as the cluster's administrator."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import Template

from offline.cluster.places import ClusterPlaces
from offline.processes import wait_for
from offline.setup.report import SetupError, run

MANIFESTS = Path(__file__).parent / "manifests"
HINT = "read the logs of the cluster (`python3 -m offline.cluster status` tells where), then run `make cluster` again"


@dataclass(frozen=True)
class Kubectl:
    places: ClusterPlaces

    def _command(self, *arguments: str) -> list[str | Path]:
        return [self.places.bin / "kubectl", "--kubeconfig", self.places.kubeconfig, *arguments]

    def __call__(self, *arguments: str) -> str:
        """What it prints; raises where it fails."""
        return run(self._command(*arguments), hint=HINT)

    def succeeds(self, *arguments: str) -> bool:
        return subprocess.run(self._command(*arguments), check=False, capture_output=True).returncode == 0

    def apply(self, text: str, *options: str) -> None:
        """Server-side, and ours wins: an `up` puts back what somebody changed in the parts that it installs."""
        owner = ["--server-side", "--force-conflicts", "--field-manager=nextcore-cluster"]
        done = subprocess.run(
            self._command("apply", *owner, *options, "-f", "-"), input=text, text=True, check=False, capture_output=True
        )
        if done.returncode != 0:
            raise SetupError("the API server refused a manifest of the cluster", HINT, done.stderr.strip()[-2000:])

    def apply_file(self, name: str, **values: str) -> None:
        """A file of manifests/ with its $names filled in."""
        self.apply(Template((MANIFESTS / name).read_text()).substitute(values))

    def rolled_out(self, namespace: str, *deployments: str) -> None:
        """Wait for deployments, and for their pods, which carry the deployment's name as label `app`.

        After a stop a deployment's status may still be of the pods before it, and those are gone.
        """
        for deployment in deployments:
            self("-n", namespace, "rollout", "status", f"deploy/{deployment}", "--timeout=120s")
            wait = ("-n", namespace, "wait", "pods", "-l", f"app={deployment}", "--for=condition=Ready", "--timeout=5s")
            if not wait_for(partial(self.succeeds, *wait), 120):
                raise SetupError(f"no pod of {namespace}/{deployment} became ready", HINT, self("-n", namespace, "get", "pods"))

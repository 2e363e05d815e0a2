"""One case a file in tests/golden/knative: options in, manifests out.

`NEXTCORE_UPDATE_GOLDEN=1 pytest tests/unit/test_knative_golden.py` writes the outputs anew.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from nextcore import knative, knative_surroundings
from tests.conftest import REPO

CASES = sorted((REPO / "tests/golden/knative").glob("*.json"))
IMAGE = "registry.example.com/shop@sha256:" + "a" * 64
PARTS = {"scale": knative.Scale, "probes": knative.Probes, "timeouts": knative.Timeouts}


class Plain(yaml.SafeDumper):
    """Without anchors: a golden file is read by people."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def workload(**options: Any) -> knative.Workload:
    parts = {key: PARTS[key](**value) if key in PARTS else value for key, value in options.items()}
    if "pull_secrets" in parts:
        parts["pull_secrets"] = tuple(parts["pull_secrets"])
    return knative.Workload("shop", "web", IMAGE, **parts)


def manifests(case: Path) -> list[knative.Manifest]:
    """Every manifest of a case."""
    value = json.loads(case.read_text())
    work = workload(**value["work"])
    if value["manifest"] == "service":
        return [knative.service(work, knative.Traffic(**value.get("traffic", {})))]
    if value["manifest"] == "pre_pull":
        return [knative_surroundings.pre_pull(work, "registry.example.com/pause:1")]
    rules = knative_surroundings.NetworkRules(("knative-serving", "gateway"), ("10.1.0.0/16",))
    return [
        knative.namespace("web"),
        knative.service_account("shop", "web"),
        knative.config_map("shop", "web", {"B": "2", "A": "1"}),
        knative.secret("shop", "web", {"TOKEN": "secret"}),
        knative_surroundings.network_policy("shop", "web", rules),
        knative_surroundings.domain_claim("shop.example.com", "web"),
        knative_surroundings.domain_mapping("shop", "web", "shop.example.com", None),
        knative_surroundings.domain_mapping("shop", "web", "www.example.com", "www-tls"),
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_golden(case: Path) -> None:
    expected = case.with_suffix(".yaml")
    text = yaml.dump_all(manifests(case), Dumper=Plain, sort_keys=True)
    if os.environ.get("NEXTCORE_UPDATE_GOLDEN"):
        expected.write_text(text)
    assert text == expected.read_text()

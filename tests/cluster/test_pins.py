"""What the cluster's code says of versions is what the modules pin."""

from __future__ import annotations

import re

import pytest

from offline.cluster.go_build import CONTAINERD, CONTOUR, KUBERNETES, MODULES, PROGRAMS
from offline.cluster.images import USERS
from offline.cluster.knative import IMAGES, SERVING


@pytest.mark.parametrize(
    ("group", "module", "version"),
    [
        ("kubernetes", "k8s.io/kubernetes", KUBERNETES),
        ("containerd", "github.com/containerd/containerd/v2", CONTAINERD),
        ("contour", "github.com/projectcontour/contour", CONTOUR),
        ("knative", "knative.dev/serving", SERVING),
    ],
)
def test_versions(group: str, module: str, version: str) -> None:
    pins = (MODULES / group / "go.mod").read_text()
    assert re.search(rf"^\s*(?:require )?{re.escape(module)} v{re.escape(version)}$", pins, re.MULTILINE)


def test_every_program_has_its_pins() -> None:
    for program in PROGRAMS:
        assert (MODULES.parents[1] / program.folder / "go.mod").exists()


def test_every_image_is_a_program_that_is_built() -> None:
    built = {program.name for program in PROGRAMS}
    assert set(USERS) <= built
    assert set(IMAGES.values()) <= set(USERS)

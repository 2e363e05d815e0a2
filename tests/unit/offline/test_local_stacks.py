"""The config files of a machine's own stacks."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from offline.setup.local_stacks import STACKS, ensure_local_stacks
from offline.setup.places import Places
from tests.conftest import REPO


@pytest.fixture
def checkout(tmp_path: Path) -> Places:
    for stack in STACKS:
        template = tmp_path / "stacks/templates" / f"{stack}.yaml"
        template.parent.mkdir(parents=True, exist_ok=True)
        template.write_text(f"config: {{nextcore:app: {{path: {stack}}}}}\n")
    return Places(cache=tmp_path / "cache", repo=tmp_path)


def test_each_is_copied_to_where_pulumi_looks(checkout: Places) -> None:
    ensure_local_stacks(checkout)
    for stack in STACKS:
        copied = yaml.safe_load((checkout.repo / f"stacks/Pulumi.{stack}.yaml").read_text())
        assert copied == {"config": {"nextcore:app": {"path": stack}}}


def test_what_pulumi_or_its_user_wrote_stays(checkout: Places) -> None:
    ensure_local_stacks(checkout)
    file = checkout.repo / "stacks/Pulumi.local.yaml"
    file.write_text("encryptionsalt: v1:abc\n")
    ensure_local_stacks(checkout)
    assert file.read_text() == "encryptionsalt: v1:abc\n"


@pytest.mark.parametrize("stack", STACKS)
def test_a_template_belongs_to_no_passphrase(stack: str) -> None:
    """A committed salt is "incorrect passphrase" in every other checkout."""
    told = yaml.safe_load((REPO / f"stacks/templates/{stack}.yaml").read_text())
    assert set(told) == {"config"}
    assert "secure" not in str(told)


@pytest.mark.parametrize("stack", STACKS)
def test_git_does_not_see_the_copy(stack: str) -> None:
    assert f"stacks/Pulumi.{stack}.yaml" in (REPO / ".gitignore").read_text().splitlines()

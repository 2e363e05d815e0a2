"""A stack's file that was committed with the salt of another checkout."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from offline.foreign_salt import is_own, own_salt
from tests.conftest import REPO

PLAIN = "config:\n  nextcore:app:\n    path: shop\n"
SALT = "encryptionsalt: v1:abc=:v1:def:ghi==\n"


def test_a_new_stack_drops_it(tmp_path: Path) -> None:
    assert own_salt(SALT + PLAIN, tmp_path / "none") == PLAIN


def test_a_stack_that_exists_has_its_own(tmp_path: Path) -> None:
    state = tmp_path / "local.json"
    secrets = {"type": "passphrase", "state": {"salt": "v1:own"}}
    state.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"secrets_providers": secrets}}}))
    assert own_salt(SALT + PLAIN, state) == f"{PLAIN}encryptionsalt: v1:own\n"


def test_a_stack_that_was_only_made_drops_it(tmp_path: Path) -> None:
    state = tmp_path / "local.json"
    state.write_text('{"version": 3, "checkpoint": {"latest": null}}')
    assert own_salt(SALT + PLAIN, state) == PLAIN


def test_secrets_are_never_left_without_their_salt(tmp_path: Path) -> None:
    text = f"{PLAIN}  nextcore:secrets:\n    KEY:\n      secure: v1:x\n{SALT}"
    assert own_salt(text, tmp_path / "none") == text


def test_a_file_without_salt_stays(tmp_path: Path) -> None:
    assert own_salt(PLAIN, tmp_path / "none") == PLAIN


@pytest.mark.parametrize("stack", ["local", "cluster"])
def test_shipped_stacks_are_committed_without_one(stack: str) -> None:
    """`make up` writes one into the working tree; what is staged or committed counts."""
    shown = subprocess.run(["git", "show", f":stacks/Pulumi.{stack}.yaml"], cwd=REPO, check=True, capture_output=True, text=True)
    assert "encryptionsalt" not in shown.stdout


def test_a_passphrase_or_state_of_the_users_own_is_left_alone(tmp_path: Path) -> None:
    own = {
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / ".nextcore/passphrase"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / '.nextcore/state'}",
    }
    assert is_own(own, tmp_path)
    assert not is_own({**own, "PULUMI_CONFIG_PASSPHRASE": "mine"}, tmp_path)
    assert not is_own({**own, "PULUMI_BACKEND_URL": "s3://states"}, tmp_path)

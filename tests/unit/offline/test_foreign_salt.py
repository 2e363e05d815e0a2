"""A stack's file that was committed with the salt of another checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from offline.foreign_salt import is_own, without_foreign_salt

PLAIN = "config:\n  nextcore:app:\n    path: shop\n"
SALT = "encryptionsalt: v1:abc=:v1:def:ghi==\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Pulumi.local.yaml"


def test_a_new_stack_drops_it(file: Path, tmp_path: Path) -> None:
    file.write_text(f"{SALT}{PLAIN}")
    assert without_foreign_salt(file, tmp_path / "none") == PLAIN


def test_a_stack_that_exists_keeps_its_own(file: Path, tmp_path: Path) -> None:
    file.write_text(PLAIN + SALT)
    state = tmp_path / "local.json"
    state.touch()
    assert without_foreign_salt(file, state) is None


def test_secrets_are_never_left_without_their_salt(file: Path, tmp_path: Path) -> None:
    file.write_text(f"{PLAIN}  nextcore:secrets:\n    KEY:\n      secure: v1:x\n{SALT}")
    assert without_foreign_salt(file, tmp_path / "none") is None


def test_nothing_to_do_without_salt_or_file(file: Path, tmp_path: Path) -> None:
    assert without_foreign_salt(file, tmp_path / "none") is None
    file.write_text(PLAIN)
    assert without_foreign_salt(file, tmp_path / "none") is None


def test_a_passphrase_or_state_of_the_users_own_is_left_alone(tmp_path: Path) -> None:
    own = {
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / ".nextcore/passphrase"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / '.nextcore/state'}",
    }
    assert is_own(own, tmp_path)
    assert not is_own({**own, "PULUMI_CONFIG_PASSPHRASE": "mine"}, tmp_path)
    assert not is_own({**own, "PULUMI_BACKEND_URL": "s3://states"}, tmp_path)

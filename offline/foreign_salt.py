"""`python -m offline.foreign_salt STACK`: takes the salt of another checkout's passphrase out of a stack's file.

Pulumi writes `encryptionsalt` into the file when it makes a stack. Committed, it meets a random passphrase of their own in
all other checkouts, where every command ends with "incorrect passphrase". Where nothing in the file is encrypted and this
checkout has no such stack yet, the salt is of no use: Pulumi makes a new one. A passphrase of the user's own, or a state
that is shared, fits the committed salt; nothing is done then.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

SALT = re.compile(r"^encryptionsalt:.*\n?", re.MULTILINE)


def without_foreign_salt(file: Path, state: Path) -> str | None:
    """The file's new text, or None where it stays as it is. `state`: the stack's in the local backend."""
    if state.exists() or not file.exists():
        return None
    text = file.read_text()
    return SALT.sub("", text) if SALT.search(text) and "secure:" not in text else None


def is_own(env: Mapping[str, str], repo: Path) -> bool:
    """Whether state and passphrase are those that set-up made for this checkout."""
    local = repo / ".nextcore"
    return (
        "PULUMI_CONFIG_PASSPHRASE" not in env
        and env.get("PULUMI_CONFIG_PASSPHRASE_FILE") == str(local / "passphrase")
        and env.get("PULUMI_BACKEND_URL") == f"file://{local / 'state'}"
    )


def main(arguments: list[str]) -> int:
    (stack,) = arguments
    repo = Path.cwd()
    if not is_own(os.environ, repo):
        return 0
    project = yaml.safe_load((repo / "Pulumi.yaml").read_text())["name"]
    file = repo / "stacks" / f"Pulumi.{stack}.yaml"
    text = without_foreign_salt(file, repo / ".nextcore/state/.pulumi/stacks" / project / f"{stack}.json")
    if text is not None:
        file.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m offline.foreign_salt STACK`: a stack's file gets the salt of this checkout's own passphrase.

Pulumi writes `encryptionsalt` into the file when it makes a stack. Committed, it meets a random passphrase of their own in
all other checkouts, where every command ends with "incorrect passphrase". Where nothing in the file is encrypted, the salt
of the stack's own state takes its place, or none where there is no such stack yet: Pulumi makes a new one. A passphrase
of the user's own, or a state that is shared, fits the committed salt; nothing is done then.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

SALT = re.compile(r"^encryptionsalt:.*\n?", re.MULTILINE)


def own_salt(text: str, state: Path) -> str:
    """The text of a stack's file with the salt of `state`, the stack's checkpoint in the local backend, if it exists."""
    if not SALT.search(text) or "secure:" in text:
        return text
    bare = SALT.sub("", text)
    if not state.exists():
        return bare
    latest = json.loads(state.read_text())["checkpoint"].get("latest") or {}
    salt = (latest.get("secrets_providers") or {}).get("state", {}).get("salt")
    if salt is None:  # made, and nothing deployed yet
        return bare
    return f"{bare}encryptionsalt: {salt}\n"


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
    state = repo / ".nextcore/state/.pulumi/stacks" / project / f"{stack}.json"
    if file.exists() and (wanted := own_salt(before := file.read_text(), state)) != before:
        file.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

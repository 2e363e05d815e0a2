"""The config files of this machine's own stacks."""

from __future__ import annotations

import shutil

from offline.setup.places import Places

STACKS = ("local", "cluster")


def ensure_local_stacks(at: Places) -> None:
    """Copy the templates to where Pulumi looks, once. Git ignores the copies.

    At a stack's first use Pulumi writes the salt of the passphrase into its file. In a tracked file that is a change in
    every checkout; and committed, "incorrect passphrase" in all others, as each has a passphrase of its own.
    """
    for stack in STACKS:
        file = at.repo / "stacks" / f"Pulumi.{stack}.yaml"
        if not file.exists():
            shutil.copyfile(at.repo / "stacks" / "templates" / f"{stack}.yaml", file)

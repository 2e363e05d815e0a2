"""The stand-in for pulumi-aws' plugin, put where the Pulumi CLI looks for downloaded ones."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from offline.setup.go_tools import pulumi_present
from offline.setup.places import Places

AWS_PLUGIN = "7.51.1"  # pulumi-aws' in pyproject.toml


def ensure_aws_plugin(places: Places) -> None:
    """Copy offline/plugins/aws where it changed. Nothing to do where the user's own CLI downloads the real one."""
    if pulumi_present(places):
        return
    source = places.repo / "offline" / "plugins" / "aws"
    folder = places.pulumi_home / "plugins" / f"resource-aws-v{AWS_PLUGIN}"
    stamp, wanted = folder / ".made-from", _digest(source)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    package = folder / "offline" / "plugins" / "aws"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("__pycache__", "pulumi-resource-aws"))
    for parent in (package.parent, package.parent.parent):
        shutil.copy(places.repo / "offline" / "plugins" / "__init__.py", parent / "__init__.py")
    shutil.copy(source / "pulumi-resource-aws", folder / "pulumi-resource-aws")
    stamp.write_text(wanted)


def _digest(folder: Path) -> str:
    """Of what is copied; Python's caches are not."""
    digest = hashlib.sha256()
    for file in sorted(p for p in folder.iterdir() if p.is_file()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()

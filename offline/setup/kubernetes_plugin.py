"""The stand-in for pulumi-kubernetes' plugin: a copy of its sources with an environment of its own."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tomllib
from pathlib import Path

from offline.setup.places import Places
from offline.setup.python_env import ensure_uv, environment_variables
from offline.setup.report import run, step

SOURCES = ("offline/__init__.py", "offline/plugins/__init__.py", "offline/plugins/kubernetes")
EXECUTABLE = "offline/plugins/kubernetes/pulumi-resource-kubernetes"


def plugin_version(places: Places) -> str:
    """pulumi-kubernetes as pyproject.toml pins it: the version that the engine asks for."""
    project = tomllib.loads((places.repo / "pyproject.toml").read_text())["project"]
    pins = dict(pin.split("==", 1) for pin in project["dependencies"] if "==" in pin)
    return str(pins["pulumi-kubernetes"])


def ensure_kubernetes_plugin(places: Places) -> None:
    """Into $PULUMI_HOME/plugins, where Pulumi looks. Nothing runs when the same sources are there already.

    An environment of its own, as the folder is shared by all checkouts and outlives each.
    """
    folder = places.pulumi_home / "plugins" / f"resource-kubernetes-v{plugin_version(places)}"
    stamp = folder / ".made-from"
    wanted = _digest(places.repo)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    ensure_uv(places)
    with step("pulumi-resource-kubernetes", "installing the stand-in"):
        folder.mkdir(parents=True, exist_ok=True)
        python, hint = folder / ".venv" / "bin" / "python", "check that the Python package index can be reached"
        if not python.exists():
            make: list[str | Path] = [places.uv, "venv", "--quiet", "--python", sys.executable, python.parents[1]]
            run(make, env=environment_variables(), hint=hint)
        command: list[str | Path] = [places.uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python]
        run([*command, places.repo / "requirements.txt"], cwd=places.repo, env=environment_variables(), hint=hint)
        _copy(places.repo, folder)
        stamp.write_text(wanted)


def _copy(repo: Path, folder: Path) -> None:
    """Whole or not at all: a plugin that runs meanwhile has read its files already."""
    partial, place = folder / ".offline.partial", folder / "offline"
    shutil.rmtree(partial, ignore_errors=True)
    for source in SOURCES:
        target = partial / Path(source).relative_to("offline")
        if (repo / source).is_dir():
            shutil.copytree(repo / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(repo / source, target)
    shutil.rmtree(place, ignore_errors=True)
    partial.replace(place)
    launcher = folder / ".launcher.partial"
    shutil.copy(repo / EXECUTABLE, launcher)
    launcher.replace(folder / "pulumi-resource-kubernetes")


def _digest(repo: Path) -> str:
    digest = hashlib.sha256((repo / "requirements.txt").read_bytes())
    for source in SOURCES:
        root = repo / source
        files = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        for file in files:
            digest.update(file.relative_to(repo).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()

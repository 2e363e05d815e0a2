"""A Go module as a builder sees it: where it is, which program it holds, and what its binary depends on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nextcore.errors import UserError

SKIPPED_FOLDERS = frozenset({".git", "node_modules"})
# What the shell has set for other builds would make another binary of the same source.
DROPPED = ("GOFLAGS", "GOEXPERIMENT", "GOARM64", "GO386", "GOARM", "GOFIPS140", "GODEBUG")


@dataclass(frozen=True)
class GoModule:
    """`folder` has the go.mod; `path` is the module's name; `replaced`: folders outside it that it takes modules from."""

    folder: Path
    path: str
    replaced: tuple[Path, ...]


def go(module: Path, arguments: Sequence[str], target: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run Go in `module`, free of the shell's own build settings; proxies and private modules stay as they are set."""
    program = shutil.which("go")
    if program is None:
        raise UserError("the API is written in Go, and there is no Go", "PATH", "install Go 1.26 and put its bin folder on PATH")
    env = {name: value for name, value in os.environ.items() if name not in DROPPED}
    env |= {"GOWORK": "off", "CGO_ENABLED": "0", "GOAMD64": "v1", **(target or {})}
    return subprocess.run([program, *arguments], cwd=module, env=env, capture_output=True, text=True, check=False)


def read_module(folder: Path, where: str) -> GoModule:
    """The module at `folder`. `where`: the setting that names it, for errors."""
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}", where, "name the folder of the API's go.mod")
    if not (folder / "go.mod").is_file():
        raise UserError(f"there is no go.mod in {folder}", where, _near(folder))
    answer = go(folder, ["mod", "edit", "-json"])
    if answer.returncode != 0:
        raise UserError(f"Go cannot read the module: {told(answer.stderr)}", f"{folder}/go.mod", "mend that line")
    content = json.loads(answer.stdout)
    local = [entry["New"]["Path"] for entry in content.get("Replace") or [] if not entry["New"].get("Version")]
    return GoModule(folder, content["Module"]["Path"], tuple((folder / path).resolve() for path in local))


def _near(folder: Path) -> str:
    """The nearest folder that has a go.mod, above or below: the usual mistake is one level."""
    above = next((parent for parent in list(folder.resolve().parents)[:4] if (parent / "go.mod").is_file()), None)
    if above is not None:
        return f"name the module's own folder: {above}"
    below = sorted([*folder.glob("*/go.mod"), *folder.glob("*/*/go.mod")])[:3]
    if below:
        return "did you mean " + " or ".join(str(found.parent) for found in below) + "?"
    return "name the folder of the API's go.mod"


def main_package(module: GoModule, wanted: str | None, tags: Sequence[str], where: str) -> str:
    """`./cmd/api`: the package to build. The one that `wanted` names, else the only one there is."""
    arguments = ["list", "-e", "-find", f"-tags={','.join(tags)}", "-f", "{{.Name}}\t{{.Dir}}", "./..."]
    answer = go(module.folder, arguments)
    if answer.returncode != 0:
        raise UserError(f"Go cannot list the module's packages: {told(answer.stderr)}", str(module.folder), "mend what it names")
    root = module.folder.resolve()
    rows = [line.split("\t", 1) for line in answer.stdout.splitlines()]
    found = sorted(_relative(Path(path), root) for name, path in rows if name == "main")
    if wanted is not None:
        package = _relative(root / wanted, root)
        if package in found:
            return package
        known = f"the main packages are: {', '.join(found)}" if found else "this module has no main package"
        raise UserError(f"{wanted} is no main package of {module.path}", where, known)
    if not found:
        raise UserError(
            f"no main package in {module.path}: there is nothing to run",
            str(module.folder),
            "add one, as cmd/api/main.go with `package main`, or name another module",
        )
    if len(found) > 1:
        raise UserError(
            f"{module.path} has {len(found)} main packages: {', '.join(found)}", where, "say which one with `package: …`"
        )
    return found[0]


def _relative(path: Path, root: Path) -> str:
    parts = Path(os.path.relpath(path, root)).as_posix()
    return "." if parts == "." else f"./{parts}"


def fingerprint(module: GoModule, settings: Sequence[str]) -> str:
    """SHA-256 over all that the binary depends on: sources (embedded files too), Go's version, `settings`."""
    version = go(module.folder, ["env", "GOVERSION"])
    if version.returncode != 0:
        raise UserError(
            f"this Go cannot build the module: {told(version.stderr)}",
            f"{module.folder}/go.mod",
            "install the Go that go.mod asks for",
        )
    digest = hashlib.sha256(json.dumps([version.stdout.strip(), *settings]).encode())
    for number, root in enumerate((module.folder, *module.replaced)):
        for file in _sources(root):
            name = f"{number}/{file.relative_to(root).as_posix()}"
            content = str(file.readlink()).encode() if file.is_symlink() else file.read_bytes()
            digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    """All files but tests: any other may be embedded."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        yield from (Path(folder) / name for name in sorted(files) if not name.endswith("_test.go"))


def told(stderr: str, most: int = 20) -> str:
    """What Go itself said, without its headings and progress; at most `most` lines."""
    lines = [line for line in stderr.strip().splitlines() if line and not line.startswith(("# ", "go: downloading "))]
    more = [f"… and {len(lines) - most} more"] if len(lines) > most else []
    return "\n".join([*lines[:most], *more]) or "no words"

"""The Go programs: the Pulumi CLI, its Python host, pulumi-docker's plugin and Caddy."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from offline.setup.places import Places
from offline.setup.report import SetupError, run, step

PULUMI = "3.259.0"  # the newest CLI whose module builds; pyproject.toml pins the SDK to the same
LANGUAGE_HOST = "3.79.0"  # the last one inside sdk/v3; works with the engine above
CADDY = "2.11.9"
DOCKER_PLUGIN = "5.2.0"


@dataclass(frozen=True)
class GoTool:
    """A program, the module folder it is built in and the package in it."""

    name: str
    folder: str
    package: str
    version_variable: str
    seconds: int  # measured cold on 4 cores: what the user is told to expect

    def ldflags(self) -> str:
        return f"-s -w {self.version_variable}".strip()


SDK_VERSION = "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
TOOLS = {
    "pulumi": GoTool("pulumi", "toolchain/pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", f"{SDK_VERSION}=v{PULUMI}", 122),
    "language": GoTool(
        "pulumi-language-python",
        "toolchain/pulumi-language-python",
        "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
        f"{SDK_VERSION}=v{LANGUAGE_HOST}",
        9,
    ),
    "caddy": GoTool(
        "caddy",
        "../packages/caddy",  # with a module of ours
        ".",
        f"-X github.com/caddyserver/caddy/v2.CustomVersion=v{CADDY}",
        83,
    ),
    "oras": GoTool("oras", "toolchain/oras", "oras.land/oras/cmd/oras", "", 7),
    "docker-plugin": GoTool("pulumi-resource-docker", "docker-plugin", ".", "", 28),
}

# Only tests use these: a real registry, with logins, and the checker of workflow files.
ACTIONLINT = GoTool("actionlint", "toolchain/actionlint", "github.com/rhysd/actionlint/cmd/actionlint", "", 4)
REGISTRY = GoTool("registry", "toolchain/registry", "github.com/distribution/distribution/v3/cmd/registry", "", 28)


def sources_digest(folder: Path) -> str:
    """What a build depends on: every file of its module folder."""
    digest = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def build(tool: GoTool, places: Places, out: Path) -> None:
    """Build `tool` to `out` unless the same sources built it already. A build cut off leaves nothing half made."""
    folder = places.repo / "offline" / tool.folder
    wanted = sources_digest(folder) + tool.ldflags()
    stamp = out.with_name(f".{out.name}.built-from")
    if out.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if shutil.which("go") is None:
        raise SetupError(f"{tool.name} must be built and there is no Go", "install Go 1.26 and put its bin folder on PATH")
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false -trimpath -mod=readonly"}
    with step(tool.name, f"building from Go modules (about {tool.seconds} s on 4 cores)"):
        command: Sequence[str | Path] = ["go", "build", "-ldflags", tool.ldflags(), "-o", partial, tool.package]
        run(command, cwd=folder, env=env, hint="check that the Go module proxy can be reached, then run `make setup` again")
    partial.replace(out)
    stamp.write_text(wanted)


def pulumi_present(places: Places) -> bool:
    """Whether the user has a Pulumi CLI of their own; then it, and the plugins it downloads, are used."""
    found = shutil.which("pulumi")
    return found is not None and Path(found).resolve().parent != places.bin.resolve()


def ensure_pulumi(places: Places) -> None:
    """The CLI, its Python host with the script it executes, and pulumi-docker's plugin where Pulumi looks for it."""
    if pulumi_present(places):
        return
    build(TOOLS["pulumi"], places, places.bin / "pulumi")
    build(TOOLS["language"], places, places.bin / "pulumi-language-python")
    executor = places.bin / "pulumi-language-python-exec"
    if not executor.exists():
        folder = places.repo / "offline" / TOOLS["pulumi"].folder
        module = run(
            ["go", "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"], cwd=folder, hint="run `make setup` again"
        ).strip()
        partial = executor.with_name(".exec.partial")
        shutil.copyfile(Path(module) / "python" / "cmd" / executor.name, partial)
        partial.chmod(0o755)
        partial.replace(executor)
    plugin = places.pulumi_home / "plugins" / f"resource-docker-v{DOCKER_PLUGIN}"
    build(TOOLS["docker-plugin"], places, plugin / "pulumi-resource-docker")


def ensure_caddy(places: Places) -> None:
    """Caddy, static, for the proxy's image and for checking generated configuration."""
    build(TOOLS["caddy"], places, places.bin / "caddy")


def ensure_oras(places: Places) -> None:
    """What pushes images to a registry, unless the user has it."""
    if shutil.which("oras") is None or (places.bin / "oras").exists():
        build(TOOLS["oras"], places, places.bin / "oras")

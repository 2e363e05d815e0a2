"""From a Go module's path to a static binary, and from that to an image."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nextcore.errors import UserError
from nextcore.go_module import GoModule, fingerprint, go, main_package, read_module, told
from nextcore.oci.base import DEBIAN, BaseImage, base_image
from nextcore.oci.image import ARCHITECTURES, BuiltImage, ImageSpec, build_image, file_sha256
from nextcore.oci.static_base import static_base

BINARY = "api"
PATH_IN_IMAGE = "/app/api"
PROBE_IN_IMAGE = "/app/health-probe"
# No symbols and no build id: both would differ without the program being another.
LDFLAGS = "-s -w -buildid="
RETAINED = 3  # builds that stay in the cache, for going back and forth between branches
PT_INTERP = 3


@dataclass(frozen=True)
class GoSource:
    """A module's folder, its main package where it has several (`./cmd/api`), and build tags.

    `where`: the setting that names it, for errors.
    """

    path: Path
    package: str | None = None
    tags: tuple[str, ...] = ()
    where: str = "nextcore:api.path"


@dataclass(frozen=True)
class GoBinary:
    """A static binary for linux. `cached`: nothing had changed and nothing was built. `size` in bytes."""

    path: Path
    sha256: str
    size: int
    module: str
    package: str
    arch: str
    cached: bool


def build_go_api(source: GoSource, out: Path, arch: str) -> GoBinary:
    """Build for linux/`arch` (x64, arm64) below `out`, in a folder named by the source's fingerprint.

    Raises UserError: no module, no main package, or the compiler's own lines.
    """
    module = read_module(source.path, source.where)
    target = {"GOOS": "linux", "GOARCH": ARCHITECTURES[arch]}
    settings = [LDFLAGS, *source.tags, source.package or "", json.dumps(target, sort_keys=True)]
    folder = out / f"go-{fingerprint(module, settings)[:24]}"
    marker, binary = folder / "build.json", folder / BINARY
    cached = marker.exists()
    if not cached:
        package = main_package(module, source.package, source.tags, source.where.replace(".path", ".package"))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _compile(module, package, source.tags, binary, target)
        _require_static(binary, module)
        built = {"sha256": file_sha256(binary), "size": binary.stat().st_size, "package": package}
        marker.write_text(json.dumps(built))  # last: marks it whole
        _prune(out)
    found = json.loads(marker.read_text())
    marker.touch()
    return GoBinary(binary, found["sha256"], found["size"], module.path, found["package"], arch, cached)


def go_api_image(
    binary: GoBinary, probe: GoBinary, out: Path, base: str = DEBIAN, labels: Mapping[str, str] | None = None
) -> BuiltImage:
    """The binary as /app/api on a base without a C library, beside `probe` for the daemon's health checks.

    `base`: `debian`, or an image of a registry by digest.
    """
    layers = api_base(base, binary.arch)
    own = {
        "org.opencontainers.image.title": binary.module.rsplit("/", 1)[-1],
        "org.opencontainers.image.base.name": layers.name,
        "io.nextcore.go-module": binary.module,
        "io.nextcore.go-package": binary.package,
    }
    spec = ImageSpec(
        layers,
        binary.path,
        binary.sha256,
        PATH_IN_IMAGE,
        (PATH_IN_IMAGE,),
        binary.arch,
        {**own, **(labels or {})},
        helpers={PROBE_IN_IMAGE: probe.path},
    )
    return build_image(spec, out)


def api_base(base: str, arch: str) -> BaseImage:
    """`debian`: what a static binary needs of it. Else an image of a registry by digest."""
    return static_base() if base == DEBIAN else base_image(base, arch)


def _compile(module: GoModule, package: str, tags: Sequence[str], binary: Path, target: Mapping[str, str]) -> None:
    arguments = ["build", "-trimpath", "-buildvcs=false", f"-tags={','.join(tags)}", f"-ldflags={LDFLAGS}"]
    answer = go(module.folder, [*arguments, "-o", str(binary.resolve()), package], target)
    if answer.returncode == 0:
        return
    lines = told(answer.stderr)
    next_step = "mend the lines above, then run again"
    if any(said in lines for said in ("go mod tidy", "go get", "go.sum")):
        next_step = f"run `go mod tidy` in {module.folder}, and commit go.mod and go.sum"
    elif "dial tcp" in lines or "no such host" in lines:
        next_step = "check that the Go module proxy can be reached (GOPROXY), then run again"
    raise UserError(f"the API does not compile:\n{lines}", f"{module.folder}, {package}", next_step)


def _require_static(binary: Path, module: GoModule) -> None:
    """A package may ask for the dynamic loader even without cgo; on this base such a binary cannot start."""
    if asks_for_loader(binary):
        raise UserError(
            "the API's binary asks for a dynamic loader, which its image does not have",
            str(module.folder),
            "a package binds to C libraries at run time: find it with `go list -deps`, and turn that off with a build tag "
            "(nextcore:api.tags)",
        )


def asks_for_loader(binary: Path) -> bool:
    """Whether a 64-bit little-endian ELF file has a PT_INTERP segment."""
    data = binary.read_bytes()[: 1 << 16]
    offset, size, count = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
    return any(struct.unpack_from("<I", data, offset + number * size)[0] == PT_INTERP for number in range(count))


def _prune(out: Path) -> None:
    builds = sorted(out.glob("go-*/build.json"), key=lambda marker: marker.stat().st_mtime, reverse=True)
    for marker in builds[RETAINED:]:
        shutil.rmtree(marker.parent, ignore_errors=True)

"""The two images of a deployment: the app's executable, and Caddy where no registry can be reached."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from nextcore.caddyfile import render_main
from nextcore.distribution import Distribution
from nextcore.errors import UserError
from nextcore.oci.base import base_image, debian_base
from nextcore.oci.image import BuiltImage, ImageSpec, build_image, file_sha256
from nextcore.places import cache_folder

CACHE = "/app/cache"  # what Next writes, where the target keeps it in a volume
READ_CACHE = "http.handlers.read_cache"
CADDY_VOLUMES = ("/etc/caddy", "/etc/caddy/sites", "/srv/assets", "/data")


def app_image(distribution: Distribution, out: Path, base: str, labels: Mapping[str, str]) -> BuiltImage:
    """The app's executable on the base: /app/server, nothing else. `labels` are added to ours, and win over them."""
    build = distribution.payload.build
    if build.executable is None:
        raise UserError(
            "the app is a static export and has no server", str(distribution.dist), "deploy it to a store of static files"
        )
    layers = base_image(base, build.arch)
    own = {
        "org.opencontainers.image.title": distribution.payload.app.name,
        "org.opencontainers.image.revision": build.git_sha or "",
        "org.opencontainers.image.version": build.id,
        "org.opencontainers.image.base.name": layers.name,
        "io.nextcore.next-version": build.next_version,
    }
    spec = ImageSpec(
        layers,
        distribution.server,
        build.executable.sha256,
        "/app/server",
        ("/app/server",),
        build.arch,
        {**own, **labels},
        volumes=(CACHE,),
    )
    return build_image(spec, out)


def _caddy() -> Path:
    found = shutil.which("caddy", path=f"{cache_folder() / 'bin'}:{os.environ.get('PATH', '')}")
    if found is None:
        raise UserError("there is no caddy", str(cache_folder() / "bin"), "run `make setup`")
    return Path(found)


def require_read_cache(where: str) -> None:
    """A Caddy that set-up did not build has not what keeps reads. `where`: the setting that asks for it."""
    program = _caddy()
    known = subprocess.run([program, "list-modules"], check=False, capture_output=True, text=True).stdout.split()
    if READ_CACHE not in known:
        raise UserError(
            f"{program} has no module {READ_CACHE}, which keeps reads of the API", where, "run `make setup`, or remove this key"
        )


def caddy_image(out: Path, arch: str) -> BuiltImage:
    """Caddy as set-up built it, with an empty configuration that new volumes start from."""
    program = _caddy()
    files = {"/etc/caddy/Caddyfile": render_main()}
    spec = ImageSpec(
        debian_base(), program, file_sha256(program), "/usr/bin/caddy", ("/usr/bin/caddy",), arch, {}, CADDY_VOLUMES, files
    )
    return build_image(spec, out)

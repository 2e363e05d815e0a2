"""Pushes to and reads from a registry by `oras`: it knows the Docker config, credential helpers, TLS, retries, mounts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from nextcore.errors import UserError
from nextcore.places import cache_folder

PLAIN = "http://"  # before a reference: a registry without TLS, by the user's word
LOOPBACK = re.compile(r"^(localhost|127\.[\d.]+|\[::1\])(:\d+)?/")
PUSH_SECONDS = 1800


def push(layout: Path, digest: str, reference: str, tag: str) -> None:
    """Copy the image `digest` of an OCI layout, with its referrers, to `reference` (host/repository), tagged `tag`.

    Blobs that the registry has are skipped; one that it has in another repository is mounted.
    """
    source, plain = f"{layout}@{digest}", _plain("--to-plain-http", reference)
    _oras("cp", "--recursive", "--from-oci-layout", *plain, source, f"{bare(reference)}:{tag}")


def exists(reference: str, digest: str) -> bool:
    """Whether the registry has this manifest. UserError where it cannot be asked."""
    try:
        _oras("manifest", "fetch", "--descriptor", *_plain("--plain-http", reference), f"{bare(reference)}@{digest}")
    except UserError as error:
        if "not found" in error.what:
            return False
        raise
    return True


def referrer(reference: str, digest: str, artifact_type: str) -> bytes | None:
    """Content of the newest attachment of this type, e.g. the payload; None where there is none."""
    plain, reference = _plain("--plain-http", reference), bare(reference)
    told = _oras("discover", "--format", "json", "--artifact-type", artifact_type, *plain, f"{reference}@{digest}")
    found: dict[str, Any] = json.loads(told)
    manifests = found.get("referrers") or found.get("manifests") or []
    if not manifests:
        return None
    manifest = json.loads(_oras("manifest", "fetch", *plain, f"{reference}@{manifests[0]['digest']}"))
    return _oras("blob", "fetch", "--output", "-", *plain, f"{reference}@{manifest['layers'][0]['digest']}").encode()


def pull_layout(reference: str, out: Path, platform: str) -> None:
    """Copy an image by digest into an OCI layout at `out`, for use as a base."""
    plain = _plain("--from-plain-http", reference)
    _oras("cp", "--platform", platform, "--to-oci-layout", *plain, bare(reference), f"{out}:base")


def pull_release(reference: str, digest: str, out: Path) -> None:
    """Copy the image `digest` of `reference` (host/repository), with its referrers, into an OCI layout at `out`."""
    plain, source = _plain("--from-plain-http", reference), f"{bare(reference)}@{digest}"
    _oras("cp", "--recursive", "--to-oci-layout", *plain, source, f"{out}:release")


def bare(reference: str) -> str:
    """As daemons and clusters write it: host/repository."""
    return reference.removeprefix(PLAIN)


def _plain(option: str, reference: str) -> list[str]:
    """A registry on this machine speaks plain HTTP unless told otherwise, as it does for Docker."""
    local = LOOPBACK.match(reference) and os.environ.get("NEXTCORE_REGISTRY_TLS") != "1"
    return [option] if local or reference.startswith(PLAIN) else []


def _oras(*arguments: str) -> str:
    program = shutil.which("oras", path=f"{cache_folder() / 'bin'}:{os.environ.get('PATH', '')}")
    if program is None:
        raise UserError("there is no oras, which talks to registries", str(cache_folder() / "bin"), "run `make setup`")
    try:
        done = subprocess.run([program, *arguments], check=False, capture_output=True, text=True, timeout=PUSH_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise UserError(f"the registry took longer than {PUSH_SECONDS} s", arguments[-1], "run `pulumi up` again") from error
    if done.returncode != 0:
        raise UserError(f"the registry refused: {_reason(done.stderr)}", arguments[-1], _next(done.stderr))
    return done.stdout


def _reason(stderr: str) -> str:
    lines = [line for line in stderr.strip().splitlines() if line]
    return next((line for line in lines if line.startswith("Error")), lines[-1] if lines else "no words").removeprefix("Error: ")


def _next(stderr: str) -> str:
    if re.search(r"401|403|unauthorized|denied|credential", stderr, re.IGNORECASE):
        return "log in with `docker login` for this host (its config or a credential helper is read), then run `pulumi up` again"
    if re.search(r"x509|certificate", stderr, re.IGNORECASE):
        return "add the registry's CA to this machine's trust store"
    return "check the host under nextcore:registry, then run `pulumi up` again"

"""Images of the cluster's own programs: the static program on an empty base, pushed to the cluster's registry."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from offline.cluster.places import REGISTRY, ClusterPlaces
from offline.setup.report import run, step

ROOT = "0"
NONROOT = "65532"
USERS = {
    "pause": NONROOT,
    "hello": NONROOT,
    "coredns": ROOT,  # it listens on port 53
    "knative-activator": NONROOT,
    "knative-autoscaler": NONROOT,
    "knative-controller": NONROOT,
    "knative-queue": NONROOT,
    "knative-webhook": NONROOT,
    "net-gateway-api": NONROOT,
}
HINT = "read registry.log of the cluster, then run `make cluster` again"


def image(places: ClusterPlaces, program: str) -> str:
    """The image's reference. The tag is what the program was built from: another build is another image."""
    built_from = (places.bin / f".{program}.built-from").read_bytes()
    return f"{REGISTRY}/cluster/{program}:{hashlib.sha256(built_from).hexdigest()[:12]}"


def _layer(program: Path, out: Path) -> None:
    member = tarfile.TarInfo("app")
    member.size, member.mode = program.stat().st_size, 0o755
    with tarfile.open(out, "w") as archive, program.open("rb") as content:
        archive.addfile(member, content)


def _push(places: ClusterPlaces, program: str) -> None:
    crane = [str(places.bin / "crane"), "--insecure"]
    reference = image(places, program)
    with tempfile.TemporaryDirectory() as folder:
        layer = Path(folder) / "layer.tar"
        _layer(places.bin / program, layer)
        run([*crane, "append", "--new_layer", layer, "--new_tag", f"{reference}-layer"], hint=HINT)
    config = ["--set-platform", "linux/amd64", "--entrypoint", "/app", "--user", USERS[program]]
    run([*crane, "mutate", *config, "--tag", reference, f"{reference}-layer"], hint=HINT)


def push_images(places: ClusterPlaces) -> None:
    """Push what the registry does not have."""

    def missing(program: str) -> bool:
        command = [str(places.bin / "crane"), "--insecure", "digest", image(places, program)]
        return subprocess.run(command, check=False, capture_output=True).returncode != 0

    with ThreadPoolExecutor(4) as pool:
        wanted = [program for program, is_missing in zip(USERS, pool.map(missing, USERS), strict=True) if is_missing]
        if wanted:
            with step("cluster images", f"pushing {len(wanted)} to {REGISTRY}"):
                list(pool.map(lambda program: _push(places, program), wanted))

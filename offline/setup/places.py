"""Where set-up keeps its downloads, builds and the daemon's state."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Places:
    """Every path that set-up reads or writes."""

    cache: Path
    repo: Path

    @property
    def bin(self) -> Path:
        return self.cache / "bin"

    @property
    def pulumi_home(self) -> Path:
        return self.cache / "pulumi-home"

    @property
    def base(self) -> Path:
        return self.cache / "base"

    @property
    def deb(self) -> Path:
        return self.cache / "deb"

    @property
    def uv(self) -> Path:
        return self.cache / "uv-venv" / "bin" / "uv"

    @property
    def docker_data(self) -> Path:
        return self.cache / "docker"

    @property
    def docker_run(self) -> Path:
        """Socket, pid file and exec root. Under /run, because a unix socket's path may have 107 bytes at most."""
        return Path("/run/nextcore")

    @property
    def docker_socket(self) -> Path:
        return self.docker_run / "docker.sock"

    @property
    def local(self) -> Path:
        """The checkout's own state: stack state, passphrase, env file. Ignored by git."""
        return self.repo / ".nextcore"


def places() -> Places:
    """The cache is NEXTCORE_CACHE, else ~/.cache/nextcore."""
    chosen = os.environ.get("NEXTCORE_CACHE")
    return Places(cache=Path(chosen) if chosen else Path.home() / ".cache" / "nextcore", repo=REPO)

""".nextcore/env: what a shell needs so that `pulumi` typed by hand works as `make` does."""

from __future__ import annotations

import secrets
import shlex
from pathlib import Path

from offline.setup.go_tools import pulumi_present
from offline.setup.places import Places


def _passphrase(places: Places) -> Path:
    """The local stacks' secrets provider: a random passphrase of this checkout, readable by its user only."""
    file = places.local / "passphrase"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file


def variables(places: Places, docker_host: str) -> dict[str, str]:
    """Name to value. `$PATH` and defaults stay for the shell to fill in, so that the user's own settings win."""
    state = places.local / "state"
    state.mkdir(parents=True, exist_ok=True)
    path = [str(places.repo / ".venv" / "bin")]
    found = {"NEXTCORE_CACHE": str(places.cache), "DOCKER_HOST": docker_host, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    if not pulumi_present(places):
        path.append(str(places.bin))
        found["PULUMI_HOME"] = str(places.pulumi_home)
        found["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "1"
    found["PATH"] = ":".join(path)
    found["PULUMI_BACKEND_URL"] = f"file://{state}"
    found["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(_passphrase(places))
    return found


def write_env(places: Places, docker_host: str) -> None:
    """Write the file that `make` and the user's shell source."""
    places.local.mkdir(parents=True, exist_ok=True)
    lines = ["# written by `make setup`; use: source .nextcore/env"]
    for name, value in variables(places, docker_host).items():
        if name == "PATH":
            lines.append(f'export PATH={shlex.quote(value)}:"$PATH"')
        elif name.startswith(("PULUMI_BACKEND", "PULUMI_CONFIG")):  # the user's own backend and passphrase win
            lines.append(f"export {name}=${{{name}:-{shlex.quote(value)}}}")
        else:
            lines.append(f"export {name}={shlex.quote(value)}")
    partial = places.local / ".env.partial"
    partial.write_text("\n".join(lines) + "\n")
    partial.replace(places.local / "env")

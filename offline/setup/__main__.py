"""The order of set-up, and its two commands: `python3 -m offline.setup` and `… stop`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from offline.setup.aws_plugin import ensure_aws_plugin
from offline.setup.debian_base import ensure_debian_base
from offline.setup.docker_daemon import ensure_docker, stop_docker
from offline.setup.env_file import write_env
from offline.setup.go_tools import ensure_caddy, ensure_oras, ensure_pulumi, pulumi_present
from offline.setup.kubernetes_plugin import ensure_kubernetes_plugin
from offline.setup.local_stacks import ensure_local_stacks
from offline.setup.node_packages import ensure_packages
from offline.setup.places import Places, places
from offline.setup.python_env import ensure_python
from offline.setup.report import SetupError, say, tell


def _go(at: Places) -> None:
    ensure_pulumi(at)
    ensure_caddy(at)
    ensure_oras(at)
    ensure_aws_plugin(at)


def _debian(at: Places) -> None:
    write_env(at, ensure_docker(at))
    ensure_debian_base(at)


def _python(at: Places) -> None:
    ensure_python(at)
    if not pulumi_present(at):
        ensure_kubernetes_plugin(at)


def _node(at: Places) -> None:
    for folder in ("packages/distribution-builder", "examples/storefront"):
        ensure_packages(at, folder)


def set_up(at: Places) -> int:
    """Run the four lanes side by side: Go is bound by the processor, the others by the network."""
    at.cache.mkdir(parents=True, exist_ok=True)
    ensure_local_stacks(at)
    lanes: tuple[Callable[[Places], None], ...] = (_go, _debian, _python, _node)
    with ThreadPoolExecutor(len(lanes)) as pool:
        failures = [f.exception() for f in [pool.submit(lane, at) for lane in lanes]]
    failed = 0
    for failure in failures:
        if failure is None:
            continue
        failed += 1
        if not isinstance(failure, SetupError):
            raise failure
        tell(failure)
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    if arguments == ["stop"]:
        stop_docker(places())
        return 0
    if arguments:
        say(f"error: unknown argument {arguments[0]!r}; next: use none, or `stop`")
        return 2
    return set_up(places())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

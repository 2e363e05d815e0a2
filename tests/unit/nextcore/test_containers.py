"""Waiting for a container's health, against a container that is played."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import APIError

from nextcore import containers
from nextcore.containers import Health, start_until_healthy
from nextcore.errors import UserError

CHECK = ["CMD", "/app/server", "healthcheck"]


@dataclass
class Played:
    """`codes`: exit codes of the check, one an exec; None: the daemon refuses, as the container has ended."""

    codes: list[int | None]
    health: str = "starting"
    test: list[str] | None = field(default_factory=lambda: CHECK)
    restarts: int = 0
    ran: list[list[str]] = field(default_factory=list)
    stopped: bool = False
    status: str = "running"
    name: str = "shop"
    id: str = "abc"

    @property
    def attrs(self) -> dict[str, Any]:
        state = {"Status": self.status, "Health": {"Status": self.health}, "ExitCode": 3}
        return {"State": state, "RestartCount": self.restarts, "Config": {"Healthcheck": {"Test": self.test}}}

    @property
    def client(self) -> Any:
        api = SimpleNamespace(base_url="", api_version="", post=lambda *_, **__: SimpleNamespace(ok=True))
        return SimpleNamespace(api=api)

    def reload(self) -> None: ...

    def exec_run(self, command: list[str]) -> Any:
        self.ran.append(command)
        code = self.codes.pop(0)
        if code is None:
            self.restarts += 1
            raise APIError("container is not running")
        return SimpleNamespace(exit_code=code)

    def logs(self, tail: int) -> bytes:
        return b"no database at all\n"

    def stop(self, timeout: int) -> None:
        self.stopped = True


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(played: Played) -> None:
        monkeypatch.setattr(containers, "find_container", lambda *_: played)
        start_until_healthy(None, "abc", Health(seconds=5, pids=9), Event())

    return run


def test_the_check_is_run_at_once_until_it_passes(wait: Any) -> None:
    played = Played(codes=[1, 1, 0])
    wait(played)
    assert played.ran == [CHECK[1:]] * 3
    assert not played.stopped


def test_what_the_daemon_found_needs_no_second_check(wait: Any) -> None:
    played = Played(codes=[], health="healthy")
    wait(played)
    assert played.ran == []


def test_one_that_ends_during_its_check_is_told_with_its_log(wait: Any) -> None:
    played = Played(codes=[1, None])
    with pytest.raises(UserError, match=r"exited with code 3(.|\n)*no database at all"):
        wait(played)
    assert played.stopped


def test_a_line_for_a_shell_is_left_to_the_daemon(wait: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(codes=[], test=["CMD-SHELL", "curl -f localhost"])
    monkeypatch.setattr(containers, "FIRST_LOOK", 0.001)
    looks = iter([None, None])

    def reload() -> None:
        if next(looks, "healthy"):
            played.health = "healthy"

    monkeypatch.setattr(played, "reload", reload)
    wait(played)
    assert played.ran == []

"""Processes: started once, known by pid and start time, stopped alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from offline.processes import Processes, start_time, wait_for
from offline.setup.report import SetupError


@pytest.fixture
def processes(tmp_path: Path) -> Processes:
    for name in ("pids", "logs"):
        (tmp_path / name).mkdir()
    return Processes(tmp_path / "pids", tmp_path / "logs", "/usr/bin:/bin")


def test_a_second_start_leaves_the_first_running(processes: Processes) -> None:
    processes.start("sleeper", ["sleep", "100"])
    first = processes.pid("sleeper")
    processes.start("sleeper", ["sleep", "100"])
    assert first is not None
    assert processes.pid("sleeper") == first
    processes.stop("sleeper")
    assert start_time(first) is None
    assert processes.names() == []


def test_a_process_that_ignores_term_is_killed(processes: Processes) -> None:
    processes.start("stubborn", ["sh", "-c", "trap '' TERM; echo ready; while :; do read _ </dev/zero; done"])
    log = processes.logs / "stubborn.log"
    processes.expect("stubborn", lambda: "ready" in log.read_text(), 5)
    processes.stop("stubborn", seconds=0.2)
    assert processes.pid("stubborn") is None


def test_a_number_that_another_process_has_by_now_is_not_stopped(processes: Processes) -> None:
    processes.start("ours", ["sleep", "100"])
    pid = processes.pid("ours")
    assert pid is not None
    (processes.pids / "theirs").write_text(f"{pid} 1")  # same pid, another start time
    processes.stop("theirs")
    assert processes.pid("ours") == pid
    processes.stop("ours")


def test_one_that_ends_is_told_with_its_last_words(processes: Processes) -> None:
    processes.start("failing", ["sh", "-c", "echo no such flag; exit 3"])
    with pytest.raises(SetupError, match="failing ended") as failure:
        processes.expect("failing", lambda: False, 5)
    assert "no such flag" in failure.value.detail
    assert "failing.log" in failure.value.next


def test_waiting_ends_at_its_deadline() -> None:
    assert not wait_for(lambda: False, 0.2)
    assert wait_for(lambda: True, 0)

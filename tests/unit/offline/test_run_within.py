"""Commands that may wait without end: stopped with all that they started, begun anew, told in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from offline.processes import start_time, wait_for
from offline.setup.report import SetupError, run_within


def test_a_command_that_ends_in_time_gives_what_it_printed(tmp_path: Path) -> None:
    assert run_within(30, 1, ["sh", "-c", "echo done"], cwd=tmp_path, hint="none") == "done\n"


def test_one_that_hangs_once_is_begun_anew(tmp_path: Path) -> None:
    script = "test -e began && exec echo second; touch began; sleep 600"
    assert run_within(1, 2, ["sh", "-c", script], cwd=tmp_path, hint="none") == "second\n"


def test_one_that_always_hangs_is_told_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    script = "sleep 600 & echo $! >> pids; wait"
    with pytest.raises(SetupError, match=r"sh -c .* did not end within 1 s, 2 times") as caught:
        run_within(1, 2, ["sh", "-c", script], cwd=tmp_path, hint="look at the network")
    assert caught.value.next == "look at the network"
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    assert wait_for(lambda: all(start_time(pid) is None for pid in pids), 5)


def test_one_that_fails_is_not_begun_anew(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="ended with 3") as caught:
        run_within(30, 3, ["sh", "-c", "echo x >> times; cat times; exit 3"], cwd=tmp_path, hint="none")
    assert caught.value.detail == "x"

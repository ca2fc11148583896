"""A demo whose building was ended leaves nothing, or nothing for long."""

import os
import signal
import sys

import pytest

from studio.demo.build import FILE
from studio.demo.draft import draft_of, sweep
from tests.terminal import Terminal


def test_a_draft_is_gone_when_it_is_not_renamed(tmp_path):
    with draft_of(tmp_path / FILE) as draft:
        draft.with_name(draft.name + "-wal").touch()
        assert draft.exists()
    assert list(tmp_path.iterdir()) == []


def test_sweeping_removes_what_nobody_builds_and_nothing_else(tmp_path):
    left = [tmp_path / f".{FILE}.{name}" for name in ("4711", "4711-journal", "0f3a")]
    kept = [tmp_path / name for name in (FILE, f"{FILE}-wal", ".env", f"{FILE}.bak")]
    for path in (*left, *kept):
        path.touch()
    with draft_of(tmp_path / FILE) as draft:
        sweep(tmp_path / FILE)
        assert sorted(tmp_path.iterdir()) == sorted([*kept, draft])


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGKILL, None])
def test_building_that_is_ended_leaves_no_draft_to_the_next(tmp_path, number):
    command = [sys.executable, "-m", "studio", "demo", "--no-open", "--dir", str(tmp_path)]
    with Terminal([*command, "--rows", "100000"]) as terminal:
        terminal.wait_for("messages", timeout_s=60)
        assert any(path.name.startswith(f".{FILE}.") for path in tmp_path.iterdir())
        if number is None:
            terminal.hang_up()
        else:
            os.kill(terminal.pid, number)
        terminal.wait_exit()
    if number != signal.SIGKILL:
        assert not list(tmp_path.glob(".*"))
    with Terminal([*command, "--rows", "100"]) as terminal:
        assert terminal.wait_exit(60) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "demo.db", "drizzle", "drizzle.config.ts", "package.json",
    ]  # fmt: skip

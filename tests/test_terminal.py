"""The driver of terminal tests: what it reports must be what the program did."""

import sys

import pytest

from tests.terminal import Terminal, key_bytes

ECHO = """
import os, sys, termios, tty
tty.setraw(0)
print("size", *os.get_terminal_size(), end="\\r\\n", flush=True)
while (key := os.read(0, 64)) != b"q":
    sys.stdout.write(repr(key) + "\\r\\n")
    sys.stdout.flush()
print("\\x1b[>1u\\x1b[?2026$pend", end="", flush=True)
sys.exit(7)
"""


def test_keys_reach_the_program_and_its_screen_and_cost_come_back() -> None:
    with Terminal([sys.executable, "-c", ECHO], columns=44, rows=9) as terminal:
        terminal.wait_for("size 44 9")
        # The end of that line may come later than the line.
        terminal.settle()
        cost = terminal.press("pagedown", answer_s=10.0)
        assert r"b'\x1b[6~'" in terminal.text()
        assert cost.bytes == len(rb"b'\x1b[6~'" + b"\r\n")
        assert cost.first_ms is not None
        assert 0 < cost.first_ms <= cost.settled_ms
        assert cost.cpu_ms > 0
        assert terminal.rss_bytes() > 1 << 20
        terminal.press("q")
        assert terminal.wait_exit() == 7
        assert terminal.lines()[2] == "end"


def test_a_text_that_never_comes_is_an_error_that_shows_the_screen() -> None:
    with (
        Terminal([sys.executable, "-c", ECHO], columns=44, rows=9) as terminal,
        pytest.raises(TimeoutError, match="size 44 9"),
    ):
        terminal.wait_for("no such text", timeout_s=1.0)


@pytest.mark.parametrize(
    ("key", "raw"), [("ctrl+p", b"\x10"), ("alt+x", b"\x1bx"), ("g", b"g"), ("up", b"\x1b[A")]
)
def test_keys_are_what_an_xterm_sends(key: str, raw: bytes) -> None:
    assert key_bytes(key) == raw

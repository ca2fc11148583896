"""A key that is held, or many keys in one write: every press counts, few of them are painted."""

import random

import pytest

from tests.terminal import Terminal
from tests.ui.test_in_a_terminal import STUDIO, home, many_rows

__all__ = ["home"]

SEVERAL_SCREENFULS = 400_000
"""Bytes; a thousand pages painted one by one are seven times as many."""


def test_a_thousand_presses_in_one_write_are_a_thousand_rows(home, tmp_path):
    many_rows(tmp_path / "large.db", 5000)
    with Terminal([*STUDIO, str(tmp_path / "large.db")], columns=100, rows=30) as terminal:
        terminal.wait_for("row 1 of", timeout_s=30)
        cost = terminal.send(b"j" * 1000, settle_s=0.5, answer_s=5)
        terminal.wait_for("row 1,001 of", timeout_s=30)
        assert cost.bytes < SEVERAL_SCREENFULS
        terminal.send(b"\x1b[A" * 400 + b"k" * 100)
        terminal.wait_for("row 501 of", timeout_s=30)


@pytest.mark.parametrize("seed", range(2))
def test_presses_in_one_write_end_where_they_would_one_by_one(home, tmp_path, seed):
    many_rows(tmp_path / "large.db", 1000)
    choose = random.Random(seed)
    row, keys = 0, ""
    for _ in range(30):
        key, times = choose.choice("jk"), choose.choice([1, 2, 3, 40])
        keys += key * times
        row = min(999, row + times) if key == "j" else max(0, row - times)
    with Terminal([*STUDIO, str(tmp_path / "large.db")], columns=100, rows=30) as terminal:
        terminal.wait_for("row 1 of", timeout_s=30)
        terminal.send(keys.encode())
        terminal.wait_for(f"row {row + 1:,} of", timeout_s=30)


def test_a_letter_held_in_a_line_of_text_is_typed_as_often(home, tmp_path):
    many_rows(tmp_path / "large.db", 10)
    with Terminal([*STUDIO, str(tmp_path / "large.db")], columns=100, rows=30) as terminal:
        terminal.wait_for("row 1 of", timeout_s=30)
        terminal.send(b"/" + b"j" * 30)
        terminal.wait_for("j" * 30, timeout_s=20)
        assert "j" * 31 not in terminal.text()

"""The grid in a real terminal: what hostile values send there, and what keys cost."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.terminal import ARRIVES_S, Terminal

ROOT = Path(__file__).resolve().parents[3]
HOSTILE = """
from textual.app import App
from studio.model.page import Shortened
from studio.ui.widgets.grid_column import GridColumn
from studio.ui.widgets.grid import Grid
from studio.ui.widgets.grid_source import ListSource

PAYLOADS = (
    "\\x1b]0;owned\\x07", "\\x1b]52;c;b3duZWQ=\\x07", "\\x9b2J\\x9b1;1Howned", "\\x1bc",
    "a\\rb\\nc\\td\\x08\\x08", "\\u202eowned\\u2066", "\\x1bP+q544e\\x1b\\\\", "[red]owned[/red]",
    "\\x1b[?1049l", "\\u2028\\u2029\\x85\\x0b\\x0c", "\\ud800\\udcff", "e" + "\\u0301" * 400,
    "👩\\u200d👩\\u200d👧🇩🇪👍🏽❤\\ufe0f日本語",
)

class Hostile(App):
    def compose(self):
        yield Grid()

    def on_mount(self):
        grid = self.query_one(Grid)
        grid.set_columns([GridColumn(PAYLOADS[0]), GridColumn("after")])
        grid.show(ListSource([(text, "after") for text in PAYLOADS] * 9))
        grid.focus()

Hostile().run()
"""


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_nothing_a_database_holds_moves_titles_or_breaks_the_terminal(
    size: tuple[int, int],
) -> None:
    columns, rows = size
    with Terminal(
        [sys.executable, "-c", HOSTILE], columns=columns, rows=rows, cwd=ROOT
    ) as terminal:
        terminal.wait_for("after")
        terminal.settle(0.3)
        for key in ("down", "pagedown", "end", "home", "ctrl+end"):
            terminal.press(key, answer_s=2.0)
        assert "owned" not in terminal.title
        for sent in (b"\x1b]0;", b"\x1b]52", b"\xc2\x9b", b"\x1bc", b"\x1bP", b"\x1b[?1049l"):
            assert sent not in terminal.received
        # The second column begins in one place on every line: no width was counted wrong.
        terminal.wait_for(
            lambda t: (
                len({t.column_of("after", row) for row in range(1, rows)} - {-1}) == 1
                and all(t.column_of("after", row) > 0 for row in range(1, rows))
            )
        )
        assert "[red]owned[/red]" in terminal.text()


def test_a_cursor_move_costs_at_most_400_bytes_and_a_page_no_more_than_the_screen(tmp_path) -> None:
    path = tmp_path / "app.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, kind TEXT, note TEXT, at TEXT)")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?, ?, '2024-12-01 10:00:00')",
            [
                (number, f"kind {number % 7}", f"note number {number} about nothing much")
                for number in range(1, 10_001)
            ],
        )
        connection.commit()
    homes = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("STATE", "CONFIG")}
    command = [sys.executable, "-m", "studio", str(path), "--table", "t"]
    env = {**homes, "HOME": str(tmp_path)}
    with Terminal(command, columns=120, rows=36, cwd=ROOT, env=env) as terminal:
        terminal.wait_for("row 1 of 10,000", timeout_s=ARRIVES_S)
        terminal.settle(2.0)
        for key in ("down", "right", "up", "right", "down", "right", "up", "left"):
            assert 0 < terminal.press(key, answer_s=ARRIVES_S).bytes <= 400
        assert terminal.press("pagedown", answer_s=ARRIVES_S).bytes < 120 * 36 * 3
        assert terminal.press("ctrl+end", answer_s=ARRIVES_S).bytes < 120 * 36 * 3
        terminal.wait_for("10,000 of 10,000", timeout_s=ARRIVES_S)

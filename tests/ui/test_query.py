"""The query tab, driven by keys, on real databases."""

import sqlite3

import pytest
from textual.widgets import Static

from studio.ui.screens.ask import Ask
from studio.ui.screens.commit import AskCommit
from studio.ui.screens.main import MainScreen
from studio.ui.tabs.query import QueryTab
from studio.ui.widgets.sql_editor import SqlEditor
from tests.scenes import settle


def main(pilot) -> MainScreen:
    return next(s for s in pilot.app.screen_stack if isinstance(s, MainScreen))


def tab(pilot) -> QueryTab:
    shown = main(pilot).deck.current
    assert isinstance(shown, QueryTab)
    return shown


def said(pilot) -> str:
    return str(tab(pilot).query_one("#said", Static).content)


def rows(pilot) -> list[tuple[object, ...]]:
    grid = tab(pilot).grid
    return [tuple(grid.row_values(i)) for i in range(grid.view.height)]


def write(pilot, text: str, cursor: int | None = None) -> None:
    editor = tab(pilot).editor
    editor.load_text(text)
    editor.move_cursor(editor.location_of(len(text) if cursor is None else cursor))


async def until(pilot, holds) -> None:
    """Wait for something that a worker brings about."""
    for _ in range(500):
        await pilot.pause()
        if holds():
            return
    raise AssertionError("it never came true")


@pytest.fixture
def small(sqlite_file):
    return sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, 'one'), (2, 'two')",
    )


def count(path) -> int:
    with sqlite3.connect(path) as connection:
        (found,) = connection.execute("SELECT count(*) FROM t").fetchone()
    connection.close()
    return found


async def test_the_statement_at_the_cursor_runs(open_app, small):
    async with open_app(small) as pilot:
        await pilot.press("T")
        await settle(pilot)
        assert isinstance(pilot.app.focused, SqlEditor)
        text = "SELECT 1;\nSELECT id, v FROM t ORDER BY id;\nSELECT 3"
        write(pilot, text, text.index("FROM"))
        await pilot.press("ctrl+r")
        await settle(pilot)
        assert rows(pilot) == [(1, "one"), (2, "two")]
        assert said(pilot).startswith("2 rows")

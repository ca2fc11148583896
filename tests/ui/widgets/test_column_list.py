"""`c` and `:`: the columns of a grid as a list, and one of them by its name."""

import sqlite3

from studio.ui.widgets.column_list import ColumnList, GoToColumn
from tests.ui.test_browse import press, tab

WIDE = ", ".join(f"col_{i} TEXT" for i in range(60))


def headed(pilot) -> list[str]:
    """The names of the columns that are not hidden, in their order."""
    columns = tab(pilot).rows.grid.columns
    return [columns.columns[columns.index_at(i)].name for i in range(len(columns))]


def under_cursor(pilot) -> str:
    grid = tab(pilot).rows.grid
    return grid.columns.columns[grid.cursor[1]].name


async def test_a_column_is_gone_to_by_some_letters_of_its_name(open_app, sqlite_file):
    path = sqlite_file(
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, {WIDE})", "INSERT INTO t(id) VALUES (1)"
    )
    async with open_app(path, table="t", size=(80, 24)) as pilot:
        await press(pilot, "colon", "text:cl47")
        assert isinstance(pilot.app.screen, GoToColumn)
        await press(pilot, "enter")
        assert under_cursor(pilot) == "col_47"
        grid = tab(pilot).rows.grid
        assert grid.cell_offset().x < grid.size.width


async def test_columns_are_hidden_shown_ordered_and_pinned(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c)", "INSERT INTO t(id) VALUES (1)"
    )
    async with open_app(path, table="t", size=(80, 24)) as pilot:
        await press(pilot, "right", "c")
        assert isinstance(pilot.app.screen, ColumnList)
        await press(pilot, "space")
        assert headed(pilot) == ["id", "b", "c"]
        await press(pilot, "J")
        assert headed(pilot) == ["id", "c", "b"]
        await press(pilot, "p")
        assert tab(pilot).rows.grid.columns.pins == 2
        assert headed(pilot) == ["id", "b", "c"]
        await press(pilot, "G", "enter")
        assert under_cursor(pilot) == "a"
        assert headed(pilot) == ["id", "b", "a", "c"]
        await press(pilot, "c", "home", "space", "space", "space", "space", "escape")
        assert len(headed(pilot)) == 1
        await press(pilot, "a")
        assert sorted(headed(pilot)) == ["a", "b", "c", "id"]


async def test_columns_stand_the_next_time_as_they_were_left(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c)", "INSERT INTO t(id) VALUES (1)"
    )
    async with open_app(path, table="t", size=(80, 24)) as pilot:
        await press(pilot, "right", "c", "space", "J", "escape", "greater_than_sign")
        left = tab(pilot).rows.grid.columns.arranged
        assert headed(pilot) == ["id", "c", "b"]
        assert list(left.widths) == ["c"]
        sqlite3.connect(path).execute("ALTER TABLE t ADD COLUMN e").connection.close()
        await press(pilot, "R")
        assert headed(pilot) == ["id", "c", "b", "e"]
    sqlite3.connect(path).execute("ALTER TABLE t ADD COLUMN d").connection.close()
    async with open_app(path, table="t", size=(80, 24)) as pilot:
        assert headed(pilot) == ["id", "c", "b", "e", "d"]
        assert tab(pilot).rows.grid.columns.arranged.widths == left.widths

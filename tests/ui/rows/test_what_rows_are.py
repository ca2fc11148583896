"""What the header and the filter line say is what the rows on the screen are."""

import sqlite3

import pytest
from textual.geometry import Region
from textual.widgets import Input

from studio.ui.widgets.grid import Grid
from tests.patience import until
from tests.postgres import run_sql
from tests.scenes import settle
from tests.ui.rows.test_stopping import reading
from tests.ui.test_browse import column, press, tab


def marks(pilot) -> list[str]:
    """The columns that the header says the rows are ordered by."""
    columns = tab(pilot).rows.grid.columns.columns
    return [one.name for one in columns if one.sort_rank]


def said(pilot) -> str:
    """The last word of studio to the person."""
    return list(pilot.app._notifications)[-1].message


@pytest.fixture
def endless(sqlite_file):
    """Rows that come at once, and can be neither sorted nor filtered within a lifetime."""
    return sqlite_file(
        "CREATE VIEW t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 2000000000) SELECT i AS id, hex(i) AS v FROM n"
    )


async def test_a_sort_that_is_stopped_leaves_no_mark(open_app, endless):
    async with open_app(endless, table="t") as pilot:
        await pilot.press("right", "s")
        pane = await reading(pilot)
        assert pane.grid.has_class("-stale")
        await pilot.press("escape")
        await settle(pilot)
        assert marks(pilot) == []
        assert not pane.grid.has_class("-stale")
        assert column(pilot, "id")[:3] == [1, 2, 3]
        assert said(pilot) == "stopped: the rows are in the order they had"
        # The rows go on where they were.
        await press(pilot, "pagedown", *["pagedown"] * 9)
        assert column(pilot, "id")[0] > 100


async def test_a_filter_that_is_stopped_is_not_said(open_app, endless):
    async with open_app(endless, table="t") as pilot:
        await pilot.press("slash", *"v ~ nothing", "enter")
        pane = await reading(pilot)
        assert pane.grid.has_class("-stale"), "rows that are no answer are dimmed"
        await pilot.press("escape")
        await settle(pilot)
        assert pane.filters == ()
        assert not pane.filter_bar.has_class("-filtered")
        assert not pane.grid.has_class("-stale")
        assert said(pilot) == "stopped: the filter is again that of these rows"


async def test_rows_stopped_before_any_came_say_how_to_read_them(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE VIEW t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS id FROM n WHERE i < 0",
        "CREATE TABLE u (id INTEGER PRIMARY KEY)",
    )
    async with open_app(path, table="u") as pilot:
        await pilot.press("t", "t", "enter")
        await until(lambda: tab(pilot).ref.name == "t")
        await reading(pilot)
        await pilot.press("escape")
        await settle(pilot)
        assert said(pilot) == "stopped before any row was read: R reads again"


async def test_a_filter_the_database_refuses_stays_typed_over_the_rows_there_are(
    open_app, postgres
):
    run_sql(
        postgres,
        "CREATE TABLE t (id int PRIMARY KEY, v text)",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    )
    async with open_app(postgres, table="t") as pilot:
        rows = tab(pilot).rows
        run_sql(postgres, "ALTER TABLE t RENAME COLUMN v TO gone")
        await press(pilot, "slash", "text:v = a", "enter")
        assert rows.problem.is_shown
        assert rows.filters == ()
        assert rows.filter_bar.is_typing
        assert rows.query_one("#filter", Input).value == "v = a"
        assert not rows.grid.has_class("-stale")
        await press(pilot, "escape")
        assert not rows.problem.is_shown
        assert rows.query_one("#filter", Input).value == ""


async def test_an_error_from_before_does_not_stay_above_rows_that_come(open_app, tmp_path):
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, 'x')", ((i,) for i in range(2000)))
    connection.close()
    async with open_app(path, table="t") as pilot:
        rows = tab(pilot).rows
        away = tmp_path / "away.db"
        path.rename(away)
        await press(pilot, "R")
        was_told = rows.problem.is_shown
        away.rename(path)
        await press(pilot, "G")
        assert column(pilot, "id")[-1] == 1999
        assert was_told
        assert not rows.problem.is_shown


async def test_old_rows_are_dimmed_on_the_screen_until_the_new_ones_come(open_app, endless):
    async with open_app(endless, table="t") as pilot:
        grid = tab(pilot).rows.query_one(Grid)
        line = Region(0, 2, grid.size.width, 1)
        before = grid.render_lines(line)[0]
        await pilot.press("slash", *"v ~ nothing", "enter")
        await reading(pilot)
        await pilot.pause()
        dimmed = grid.render_lines(line)[0]
        assert dimmed.text == before.text
        assert dimmed != before
        await pilot.press("escape")
        await settle(pilot)

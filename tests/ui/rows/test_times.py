"""Times are shown in the person's zone or in UTC, marked which, and nowhere written so."""

import sqlite3
from contextlib import closing

import pytest
from textual.widgets import Input

from studio.ui.rows.record_view import RecordView
from studio.ui.values.value_view import ValueView
from tests.postgres import run_sql
from tests.ui.test_browse import column, press, tab
from tests.zones import BERLIN, person_in

MADE = "017F22E2-79B0-7CC3-98C4-DC0C0C07398F"
SUMMER = 1_783_328_400
NOTES = (
    'CREATE TABLE notes (id INTEGER PRIMARY KEY, created_at INTEGER, "at" TIMESTAMP, uid TEXT)',
    f"INSERT INTO notes VALUES (1, 1767690000, '2026-01-06T09:00:00.25Z', '{MADE}')",
    f"INSERT INTO notes VALUES (2, {SUMMER}000, '2026-07-06 09:00:00', NULL)",
)


@pytest.fixture(autouse=True)
def berlin(monkeypatch):
    # A terminal that takes nothing: all that is copied is in the file.
    monkeypatch.setenv("TERM", "linux")
    with person_in(BERLIN):
        yield


def lines(pilot) -> list[str]:
    grid = tab(pilot).rows.grid
    return [strip.text for strip in grid.render_lines(grid.size.region)]


def record(pilot) -> str:
    view = tab(pilot).rows.query_one(RecordView)
    return " ".join(" ".join(view.render_line(y).text for y in range(view.size.height)).split())


async def test_numbers_ids_and_texts_of_sqlite(open_app, sqlite_file, tmp_path):
    path = sqlite_file(*NOTES)
    async with open_app(path, table="notes", size=(160, 36)) as pilot:
        before = [column(pilot, name) for name in ("created_at", "at", "uid")]
        assert "2026-01-06 09:00:00 UTC" in lines(pilot)[1]
        await press(pilot, "g", "z")
        one, two = lines(pilot)[1:3]
        assert "2026-01-06 10:00:00 +01:00" in one
        assert "2026-01-06 10:00:00.25 +01:00" in one
        assert "2026-07-06 11:00:00 +02:00" in two
        assert "2026-07-06 09:00:00 " in two  # in which zone, nobody knows
        await press(pilot, "space")
        shown = record(pilot)
        assert "1767690000 2026-01-06 10:00:00 +01:00" in shown
        assert "2026-01-06T09:00:00.25Z 2026-01-06 10:00:00.25 +01:00" in shown
        assert "made 2022-02-22 20:22:22 +01:00" in shown
        await press(pilot, "g", "z")
        assert "made 2022-02-22 19:22:22 UTC" in record(pilot)
        await press(pilot, "space")
        assert "2026-01-06 09:00:00.25 UTC" in lines(pilot)[1]
        assert [column(pilot, name) for name in ("created_at", "at", "uid")] == before
    # It is remembered.
    async with open_app(path, table="notes", size=(160, 36)) as pilot:
        assert "2026-01-06 09:00:00.25 UTC" in lines(pilot)[1]
        await press(pilot, "g", "z")
        assert "2026-01-06T09:00:00.25Z" in lines(pilot)[1]


async def test_edits_copies_and_filters_have_what_is_stored(open_app, sqlite_file, tmp_path):
    path = sqlite_file(*NOTES)
    copied = tmp_path / "state" / "clipboard.txt"
    async with open_app(path, table="notes", size=(160, 36)) as pilot:
        await press(pilot, "g", "z", "right", "right", "y", "y")
        assert copied.read_text() == "2026-01-06T09:00:00.25Z"
        await press(pilot, "enter")
        view = pilot.app.screen.query_one(ValueView)
        assert "2026-01-06 10:00:00.25 +01:00" in view.render_line(0).text
        await press(pilot, "y")
        assert copied.read_text() == "2026-01-06T09:00:00.25Z"
        await press(pilot, "escape", "e")
        assert pilot.app.screen.field.text == "2026-01-06T09:00:00.25Z"
        pilot.app.screen.put("2026-01-06T10:00:00Z")
        await press(pilot, "enter")
        # What will be written is shown as it will be written.
        assert "2026-01-06T10:00:00Z" in lines(pilot)[1]
        assert "2026-01-06 10:00:00 +01:00" in lines(pilot)[1]
        await press(pilot, "down", "f", "enter")
        assert "2026-07-06 09:00:00" in tab(pilot).rows.query_one("#filter", Input).value
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT created_at, at, uid FROM notes WHERE id = 1").fetchone()
    assert found == (1767690000, "2026-01-06T09:00:00.25Z", MADE)


async def test_timestamptz_of_rows_and_of_results(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE t (id int PRIMARY KEY, at timestamptz, plain timestamp)",
        "INSERT INTO t VALUES (1, '2026-03-29 01:00:00.5+00', '2026-01-06 09:00:00')",
        "INSERT INTO t VALUES (2, 'infinity', '2026-01-06 09:00:00')",
    )
    async with open_app(postgres, table="t") as pilot:
        before = column(pilot, "at")
        assert before[0] in lines(pilot)[1]
        await press(pilot, "g", "z")
        assert "2026-03-29 03:00:00.5 +02:00" in lines(pilot)[1]
        assert "2026-01-06 09:00:00  " in lines(pilot)[1]
        assert "infinity" in lines(pilot)[2]
        await press(pilot, "T", "text:SELECT at FROM t ORDER BY id", "ctrl+r")
        grid = pilot.app.screen.tab_stack.current.grid
        drawn = grid.render_lines(grid.size.region)[1].text
        assert "2026-03-29 03:00:00.5 +02:00" in drawn
        assert grid.row_values(0)[0] == before[0]

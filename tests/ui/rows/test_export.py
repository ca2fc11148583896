"""What is in sight goes into a file: filtered, sorted, marked, or whole."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from textual.widgets import Input, Static

from studio.ui.rows.export_dialog import AskExport
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.grid import Grid
from tests.patience import until
from tests.scenes import settle
from tests.ui.test_browse import press, tab


@pytest.fixture
def people(sqlite_file):
    return sqlite_file(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)",
        "INSERT INTO people (name) VALUES ('ada'), ('bob'), ('cy'), ('dan'), ('eve')",
    )


def said(pilot) -> str:
    return "\n".join(n.message for n in pilot.app._notifications)


async def name(pilot, text: str) -> None:
    """Give the file its name, and go on."""
    pilot.app.screen.query_one(Input).value = text
    await press(pilot, "enter")


async def test_what_the_filter_keeps_in_the_order_of_the_grid(open_app, people, tmp_path):
    out = tmp_path / "some.csv"
    async with open_app(people, table="people", where="id > 2", order="-name") as pilot:
        await press(pilot, "X")
        assert isinstance(pilot.app.screen, AskExport)
        assert pilot.app.screen.query_one(Input).value == "people.csv"
        shown = str(pilot.app.screen.query_one("#scopes", Static).content)
        assert "● 3 rows that the filter keeps, in the order of the grid" in shown
        assert "○ all rows, 5" in shown
        await name(pilot, str(out))
        assert out.read_text() == "id,name\n5,eve\n4,dan\n3,cy\n"
        assert f"3 rows in {out}" in said(pilot)
        await press(pilot, "X", "down")
        await name(pilot, str(tmp_path / "all.jsonl"))
    assert (tmp_path / "all.jsonl").read_text().count("\n") == 5


async def test_what_is_marked(open_app, people, tmp_path):
    out = tmp_path / "marked.csv"
    async with open_app(people, table="people") as pilot:
        await press(pilot, "m", "down", "m", "X")
        await name(pilot, str(out))
    assert out.read_text() == "id,name\n1,ada\n3,cy\n"


async def test_a_file_is_replaced_only_when_told(open_app, people, tmp_path):
    out = tmp_path / "there.csv"
    out.write_text("precious")
    async with open_app(people, table="people") as pilot:
        for answer, wanted in (("n", "precious"), ("y", "id,name\n1,ada\n")):
            await press(pilot, "X")
            pilot.app.screen.query_one(Input).value = str(out)
            await pilot.press("enter")
            while not isinstance(pilot.app.screen, Ask):
                await asyncio.sleep(0.01)
            await press(pilot, answer)
            assert out.read_text().startswith(wanted)


async def test_a_name_that_says_no_format_is_told_in_place(open_app, people, tmp_path):
    async with open_app(people, table="people") as pilot:
        await press(pilot, "X")
        await name(pilot, str(tmp_path / "people.what"))
        assert isinstance(pilot.app.screen, AskExport)
        problem = pilot.app.screen.query_one("#problem", Static)
        assert "does not say which format" in str(problem.content)
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, AskExport)
    assert not list(tmp_path.glob("people.w*"))


async def test_esc_stops_it_and_nothing_stays(open_app, tmp_path):
    path = tmp_path / "many.db"
    with closing(sqlite3.connect(path)) as connection:
        # It never ends by itself before somebody stops it.
        rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1e9)"
        connection.execute(f"CREATE VIEW many AS {rows} SELECT 'row ' || i AS a FROM n")
    folder = tmp_path / "out"
    folder.mkdir()
    async with open_app(path, table="many") as pilot:
        await press(pilot, "X")
        pilot.app.screen.query_one(Input).value = str(folder / "many.jsonl")
        await pilot.press("enter")
        while not any(file.stat().st_size for file in folder.iterdir()):
            await asyncio.sleep(0.01)
        assert "exporting many" in tab(pilot).keeps_open_because()
        await pilot.press("x")
        await until(lambda: "exporting many: esc stops it" in said(pilot))
        await pilot.press("escape")
        await until(lambda: "the export is stopped" in said(pilot))
        await settle(pilot)
        assert not list(folder.iterdir())
        assert tab(pilot).keeps_open_because() == ""


async def test_the_rows_of_an_answer(open_app, people, tmp_path):
    out = tmp_path / "answer.csv"
    async with open_app(people, query="SELECT id AS n, name FROM people WHERE id < 3") as pilot:
        await press(pilot, "ctrl+r")
        pilot.app.screen.query_one(Grid).focus()
        await press(pilot, "X")
        shown = str(pilot.app.screen.query_one("#scopes", Static).content)
        assert "2 rows that came" in shown
        await name(pilot, str(out))
        assert out.read_text() == "n,name\n1,ada\n2,bob\n"
        await press(pilot, "X")
        await name(pilot, str(tmp_path / "answer.sql"))
        assert "these are of a query" in said(pilot)
    assert not (tmp_path / "answer.sql").exists()

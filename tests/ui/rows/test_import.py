"""Rows of a file into the table on the screen: seen first, staged while they are few."""

import sqlite3
from contextlib import closing

import pytest
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from studio.ui.rows import importing
from studio.ui.rows.import_preview import ImportPreview
from tests.patience import until
from tests.scenes import answerable, settle
from tests.ui.rows.test_export import said
from tests.ui.test_browse import press, tab


@pytest.fixture
def people(sqlite_file):
    return sqlite_file(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
        " up TEXT AS (upper(name)))",
        "INSERT INTO people (name) VALUES ('ada')",
    )


def rows(path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT id, name, typeof(id) FROM people").fetchall()


async def chosen(pilot, file) -> str:
    """Name the file; what is said of it."""
    await press(pilot, "I")
    pilot.app.screen.query_one(Input).value = str(file)
    await pilot.press("enter")
    while not isinstance(pilot.app.screen, ImportPreview):
        await pilot.pause(0.01)
    await pilot.pause()
    return "\n".join(str(one.content) for one in pilot.app.screen.query(Static))


async def test_few_rows_are_staged_and_can_be_taken_back(open_app, people, tmp_path):
    file = tmp_path / "new.csv"
    file.write_text('Name,up,id\n"b,ob",X,7\ndan,Y,8\ncy,Z,9\n')
    async with open_app(people, table="people") as pilot:
        shown = await chosen(pilot, file)
        assert "Name → name  TEXT" in shown
        assert "up is left out" in shown
        assert "stages 3 new rows" in shown
        await press(pilot, "y")
        changes = tab(pilot).workspace.staging.changes
        assert [dict(change.after) for change in changes] == [
            {"name": "b,ob", "id": 7}, {"name": "dan", "id": 8}, {"name": "cy", "id": 9},
        ]  # fmt: skip
        assert rows(people) == [(1, "ada", "integer")]
        await press(pilot, "u")
        assert not list(tab(pilot).workspace.staging.changes)


async def test_rows_that_are_wrong_are_told_by_line_and_none_is_taken(open_app, people, tmp_path):
    file = tmp_path / "new.csv"
    file.write_text('id,name\n1,"a\nb"\n2\n3,c\n')
    async with open_app(people, table="people") as pilot:
        shown = await chosen(pilot, file)
        assert "line 4: 1 value for 2 columns" in shown
        await answerable(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ImportPreview)
        await press(pilot, "escape")
        assert not list(tab(pilot).workspace.staging.changes)


async def test_what_a_yes_does_is_in_sight_however_many_columns_there_are(
    open_app, sqlite_file, tmp_path
):
    names = [f"c{n}" for n in range(60)]
    wide = sqlite_file(f"CREATE TABLE wide (id INTEGER PRIMARY KEY, {', '.join(names)})")
    file = tmp_path / "new.csv"
    file.write_text(f"{';'.join(names)}\n{';'.join(names)}\n")
    async with open_app(wide, table="wide", size=(80, 24)) as pilot:
        assert "c59 → c59" in await chosen(pilot, file)
        screen = pilot.app.screen
        await until(lambda: screen.query_one("#what").region.height > 0)
        frame = screen.query_one(Vertical).region
        assert frame.contains_region(screen.query_one("#what").region)
        assert screen.region.contains_region(frame)
        scroll = screen.query_one(VerticalScroll)
        await pilot.press("end")
        await until(lambda: scroll.scroll_offset.y == scroll.max_scroll_y > 0)


@pytest.mark.parametrize("is_good", [True, False])
async def test_many_rows_go_straight_in_or_not_at_all(
    open_app, people, tmp_path, monkeypatch, is_good
):
    monkeypatch.setattr(importing, "MOST_STAGED", 3)
    file = tmp_path / "new.jsonl"
    lines = [f'{{"id": {i}, "name": "n{i}"}}\n' for i in range(2, 7)]
    file.write_text("".join([*lines, '{"id": 7, "name": null}\n' * (not is_good)]))
    async with open_app(people, table="people") as pilot:
        assert "studio cannot undo that" in await chosen(pilot, file)
        await press(pilot, "y")
        await settle(pilot)
        if is_good:
            assert "5 rows imported into" in said(pilot)
            assert len(rows(people)) == 6
        else:
            assert "nothing was imported:\nline 6: " in said(pilot)
            assert len(rows(people)) == 1


async def test_a_table_that_takes_no_rows_says_so(open_app, people, tmp_path):
    async with open_app(people, table="people", read_only=True) as pilot:
        await press(pilot, "I")
        assert "read-only" in said(pilot)


async def test_a_file_that_cannot_be_read(open_app, people, tmp_path):
    async with open_app(people, table="people") as pilot:
        await press(pilot, "I")
        pilot.app.screen.query_one(Input).value = str(tmp_path / "none.csv")
        await press(pilot, "enter")
        assert "nothing was imported: " in said(pilot)

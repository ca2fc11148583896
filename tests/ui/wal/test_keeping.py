"""What the WAL page offers to do for the file, while a program has a transaction open."""

import sqlite3
from contextlib import closing

import pytest

from tests.ui.editing.driving import notices
from tests.ui.test_browse import press
from tests.ui.wal.test_wal import live, rows, tab
from tests.wal.programs import glance

__all__ = ["live"]


async def keep(pilot, typed: str) -> None:
    await press(pilot, "H", *typed, "enter")


async def test_a_check_sizes_and_why(open_app, live):
    path, writer, reader = live
    reader.sql("COMMIT")
    writer.sql("CREATE TABLE pets (id INTEGER PRIMARY KEY, of REFERENCES people)")
    writer.sql("INSERT INTO pets VALUES (1, 99)")
    writer.sql("BEGIN IMMEDIATE")
    async with open_app(path, size=(80, 24)) as pilot:
        await press(pilot, "g", "w")
        before = glance(path.parent)
        await keep(pilot, "check")
        assert rows(pilot) == [
            "1 row refers to nothing in 2 tables",
            "row 1 of pets refers to a row of people that is not there",
        ]
        await press(pilot, "escape")
        await keep(pilot, "sizes")
        assert rows(pilot)[0] == "12.3 kB in 3 pages of 4,096 bytes"
        assert "pets" in {line.split()[-1] for line in rows(pilot)}
        await press(pilot, "escape")
        await keep(pilot, "offered")
        assert rows(pilot)[0] == "studio never checkpoints a database"
        assert glance(path.parent) == before
        await press(pilot, "escape", "H", "escape")
        assert not tab(pilot).has_class("-rows")


@pytest.mark.parametrize("what", ["copy", "salvage"])
async def test_a_new_file(what, open_app, live):
    path, writer, _ = live
    writer.sql("BEGIN IMMEDIATE")
    writer.sql("DELETE FROM people")
    async with open_app(path) as pilot:
        await press(pilot, "g", "w")
        await keep(pilot, what)
        await press(pilot, "enter")
        output = path.with_name("app-copy.db" if what == "copy" else "app-salvaged.db")
        assert rows(pilot)[0].startswith(str(output))
        with closing(sqlite3.connect(f"file:{output}?mode=ro", uri=True)) as connection:
            assert connection.execute("SELECT count(*) FROM people").fetchone() == (2,)
        await press(pilot, "escape")
        await keep(pilot, what)
        await press(pilot, "enter")
        assert "is there already" in notices(pilot)

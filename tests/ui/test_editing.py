"""Staging edits with the keyboard, on real databases."""

import sqlite3

from studio.ui.screens.review import Review
from tests.scenes import settle
from tests.ui.test_browse import column, main, press, tab

USERS = (
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER, note TEXT)",
    "INSERT INTO users VALUES (1, 'Ada', 36, NULL), (2, 'Bob', 41, ''), (3, 'Cyd', 29, 'x')",
)


def rows(path, sql="SELECT * FROM users ORDER BY id"):
    with sqlite3.connect(path) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def staging(pilot):
    return main(pilot).workspace.staging


async def test_a_cell_edited_reviewed_and_applied(open_app, sqlite_file):
    path = sqlite_file(*USERS)
    async with open_app(path, table="users") as pilot:
        await press(pilot, "right", "e", "text:!", "enter")
        assert column(pilot, "name")[0] == "Ada"
        assert tab(pilot).rows.source.row(0)[1] == "Ada!"
        assert tab(pilot).rows.source.sign(0) == "~"
        assert rows(path)[0][1] == "Ada"
        await press(pilot, "w")
        assert isinstance(pilot.app.screen, Review)
        await press(pilot, "enter")
        await settle(pilot)
        assert rows(path)[0] == (1, "Ada!", 36, None)
        assert not len(staging(pilot).changes)
        assert column(pilot, "name")[0] == "Ada!"

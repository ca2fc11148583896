"""What the tests of editing share: small tables, and another writer."""

import sqlite3
from pathlib import Path

from textual.pilot import Pilot

from studio.ui.editing.staging import Staging
from tests.ui.test_browse import main, tab

USERS = (
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER CHECK (age < 200),"
    " note TEXT)",
    "INSERT INTO users VALUES (1, 'Ada', 36, NULL), (2, 'Bob', 41, ''), (3, 'Cyd', 29, 'x')",
)


def rows(path: Path, sql: str = "SELECT * FROM users ORDER BY id") -> list[tuple[object, ...]]:
    """What somebody else sees."""
    with sqlite3.connect(path) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def write(path: Path, *statements: str) -> None:
    """What somebody else does."""
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def staging(pilot: Pilot[None]) -> Staging:
    workspace = main(pilot).workspace
    assert workspace is not None
    return workspace.staging


def shown(pilot: Pilot[None], row: int) -> tuple[object, ...]:
    """A row of the grid, with what is staged."""
    source = tab(pilot).rows.source
    assert source is not None
    found = source.row(row)
    assert found is not None
    return tuple(found)


def signs(pilot: Pilot[None]) -> str:
    """The sign of each row on the screen."""
    pane = tab(pilot).rows
    assert pane.source is not None
    return "".join(pane.source.sign(row) or "." for row in pane.grid.visible_rows)


def notices(pilot: Pilot[None]) -> str:
    """Every message on the screen."""
    return "\n".join(str(notice.message) for notice in pilot.app._notifications)

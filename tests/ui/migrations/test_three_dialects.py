"""The board over one tree with migrations for three engines, at the smallest size there is."""

import json
from pathlib import Path

import pytest

from studio.ui.migrations.board_list import MigrationList
from tests.migrations.conftest import VARIABLES
from tests.migrations.projects import database, write
from tests.migrations.test_belonging import _DRIZZLE, drizzle, recorded
from tests.ui.migrations.test_migrations import board, entries, listed, main, page, press, title

LONG = "a_table_with_a_name_longer_than_most"
SMALL, USUAL = (80, 24), (120, 36)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    """What this machine has set must not decide what a project means."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch) -> Path:
    """Drizzle for three engines; the database is SQLite's, with one row and one column too many."""
    for dialect in ("postgresql", "sqlite", "mysql"):
        drizzle(tmp_path / "store" / "migrations" / dialect, dialect, "users", LONG)
    own = tmp_path / "store" / "migrations" / "sqlite"
    rows = recorded(own)
    listing = json.loads((own / "meta/_journal.json").read_text())
    listing["entries"].append({"idx": 2, "when": 1002, "tag": "0002_note"})
    empty = ("indexes", "foreignKeys", "compositePrimaryKeys", "uniqueConstraints")
    columns = {"id": {"name": "id", "type": "integer"}}
    tables = {
        name: {"name": name, "columns": columns, **{key: {} for key in empty}}
        for name in ("users", LONG)
    }
    snapshot = {"version": "6", "dialect": "sqlite", "tables": tables, "views": {}}
    write(
        own,
        {
            "0002_note.sql": "ALTER TABLE users ADD note text NOT NULL;",
            "meta/_journal.json": json.dumps(listing),
            "meta/0001_snapshot.json": json.dumps(snapshot),
        },
    )
    made = (
        f"{_DRIZZLE}CREATE TABLE users (id integer); INSERT INTO users VALUES (1);"
        f"CREATE TABLE {LONG} (id integer, more text);"
    )
    database(tmp_path / "app.db", made, *rows, table="__drizzle_migrations")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "app.db"


async def until_compared(pilot) -> None:
    """Wait until the difference is on the board."""
    while not any(line.drift for line in board(pilot).board.lines):
        await pilot.pause()


def said(pilot) -> str:
    return str(board(pilot).query_one("#said").content)


async def test_only_the_database_that_is_its_own(open_app, tree):
    async with open_app(tree, size=SMALL) as pilot:
        await press(pilot, "g", "m")
        await until_compared(pilot)
        assert title(pilot) == "3 projects · 2 applied, 1 pending, 4 unknown"
        lines = listed(pilot)
        headers = [line for line in lines if line.startswith(" Drizzle · ")]
        own = next(line for line in headers if "/sqlite/" in line)
        # The counts count for more than the name of the table.
        assert own.endswith("store/migrations/sqlite/ · 2 applied, 1 pending · drift 1")
        assert len(headers) == 3
        notes = [line.text for line in board(pilot).board.lines if "another project" in line.text]
        assert [note.partition("are for ")[2].split(";")[0] for note in notes] == [
            "mysql",
            "postgresql",
        ]
        assert not any("--" in line.text for line in board(pilot).board.lines)
        drift = next(line for line in lines if "≠ drift" in line)
        assert drift.strip() == f"{LONG}.more  ≠ drift  is in the database only"
        names = [line for line in lines if f"0001_{LONG} " in line]
        assert len(names) == len(headers), "whole, as nothing stands beside them"


@pytest.mark.parametrize("size", [SMALL, USUAL])
async def test_what_the_line_has_no_room_for_is_said_below(open_app, tree, size):
    async with open_app(tree, size=size) as pilot:
        await press(pilot, "g", "m")
        await until_compared(pilot)
        assert board(pilot).board.current.text == "0002_note"
        assert "users, which has 1 row:" in " ".join(said(pilot).split())
        view = board(pilot).query_one(MigrationList)
        place = next(n for n, line in enumerate(view.lines) if "another project" in line.text)
        view.cursor = place
        await pilot.pause()
        assert "nothing was compared." in " ".join(said(pilot).split())


async def test_the_keys_over_several_projects(open_app, tree, monkeypatch):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "true")
    copied = []
    monkeypatch.setattr(
        "studio.ui.migrations.tab.copy", lambda _app, text, _called="": copied.append(text)
    )
    async with open_app(tree, size=SMALL) as pilot:
        await press(pilot, "g", "m")
        await until_compared(pilot)
        await press(pilot, "c", "y")
        assert copied == [
            "npx drizzle-kit migrate",
            "ALTER TABLE users ADD note text NOT NULL;",
        ]
        await press(pilot, "f")
        assert "only what needs a look" in title(pilot)
        assert set(entries(pilot).values()) == {"pending", "unknown"}
        await press(pilot, "F", "slash", "text:note", "enter")
        assert set(entries(pilot)) == {"0002_note"}
        await press(pilot, "F", "D")
        await until_compared(pilot)
        while not any("DROP COLUMN" in line for line in page(pilot)):
            await pilot.pause()
        await press(pilot, "escape", "o")
        assert main(pilot).tab_stack.current is board(pilot)

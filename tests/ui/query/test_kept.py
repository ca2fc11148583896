"""What a query tab keeps beyond its text: the history of what ran."""

import sqlite3
from contextlib import closing

import pytest
from textual.widgets import Static

from studio.config import paths
from studio.config.settings import Settings
from studio.ui.query.earlier import Earlier
from studio.ui.query.history import PickStatement
from tests.scenes import settle
from tests.ui.test_query import asked, open_query, rows, run, said, tab, write


@pytest.fixture
def file(sqlite_file):
    return sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, 'one'), (2, 'two')",
    )


async def offered(pilot):
    await pilot.press("ctrl+l")
    screen = await asked(pilot, PickStatement)
    await settle(pilot)
    return screen


def kept():
    (file,) = paths.state_folder().glob("history/*.db")
    with closing(sqlite3.connect(file)) as other:
        return other.execute(
            "SELECT sql, tab, error <> '', starred FROM ran ORDER BY id"
        ).fetchall()


async def test_a_statement_is_found_starred_run_again_and_deleted(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot)
        for text in ("SELECT v FROM t WHERE id = 2", "SELECT absent", "SELECT 3"):
            write(pilot, text)
            await run(pilot)
        assert [line[1:3] for line in kept()] == [("query 1", 0), ("query 1", 1), ("query 1", 0)]
        write(pilot, "SELECT 0")
        screen = await offered(pilot)
        await pilot.press(*"absent")
        assert "no such column" in str(screen.query_one("#whole", Static).content)
        await pilot.press("ctrl+x", *["backspace"] * 6, *"where", "ctrl+s", "ctrl+x")
        assert [(line[0], line[3]) for line in kept()] == [
            ("SELECT v FROM t WHERE id = 2", 1),
            ("SELECT 3", 0),
        ]
        assert screen.lines.option_count == 1
        await pilot.press("ctrl+r")
        await settle(pilot)
        assert rows(pilot) == [("two",)]
        assert tab(pilot).editor.text == "SELECT 0;\n\nSELECT v FROM t WHERE id = 2"


async def test_keys_that_come_before_the_list_go_into_it(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot, "SELECT 'first one'")
        await run(pilot)
        write(pilot, "")
        await pilot.press("ctrl+l", *"first", "enter")
        await settle(pilot)
        assert tab(pilot).editor.text == "SELECT 'first one'"


async def test_a_statement_without_its_secret_is_not_run_again(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot, "SELECT v FROM t WHERE 'password' = 'x' OR password = 'hush'")
        await run(pilot)
        write(pilot, "")
        await offered(pilot)
        await pilot.press("ctrl+r")
        await settle(pilot)
        assert tab(pilot).editor.text.endswith("password = <secret>")
        assert said(pilot) == "a secret was left out of it when it was kept: put it in again"


async def test_nothing_is_kept_where_the_settings_say_so(open_app, file):
    async with open_app(file, settings=Settings(no_history=(file.name,))) as pilot:
        await open_query(pilot, "SELECT 1")
        await run(pilot)
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert "no history of this connection" in said(pilot)
    assert not list(paths.state_folder().glob("history/*"))


async def test_a_broken_history_stops_no_statement_and_is_said_once(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot, "SELECT 1")
        await run(pilot)
        (kept,) = paths.state_folder().glob("history/*.db")
        kept.write_bytes(b"not a database" * 99)
        for text in ("SELECT 2", "SELECT 3"):
            write(pilot, text)
            await run(pilot)
            assert rows(pilot) == [(int(text[-1]),)]
        assert len(pilot.app._notifications) == 1
        assert not tab(pilot).query_one(Earlier).display

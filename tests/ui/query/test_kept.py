"""What a query tab keeps beyond its text: what ran, and the values of its parameters."""

import sqlite3
import time
from contextlib import closing

import pytest
from textual.widgets import Static

from studio.backends.base import Purpose
from studio.config import paths
from studio.config.settings import Settings
from studio.queries.history import Ran
from studio.ui.plan.tab import PlanTab
from studio.ui.query.commit import AskCommit
from studio.ui.query.earlier import Earlier
from studio.ui.query.history import PickStatement, line_of
from studio.ui.query.parameters import ValuesLine
from studio.ui.query.script_question import AskScript
from studio.ui.query.transaction_screen import TransactionScreen
from studio.ui.query.value_fields import AskValues
from studio.ui.widgets.ask import Ask, AskText
from tests.postgres import run_sql
from tests.scenes import answerable, settle
from tests.ui.test_query import asked, main, open_query, rows, run, said, tab, until, write


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


async def test_what_ran_is_named_by_its_tab_and_the_clock_here(open_app, file, monkeypatch):
    async with open_app(file) as pilot:
        await open_query(pilot)
        for text in ("BEGIN", "SELECT 1"):
            write(pilot, text)
            await run(pilot)
        # An open transaction has a sign behind the name, which is no part of it.
        assert tab(pilot).tab_title != "query 1"
        assert [line[1] for line in kept()] == ["query 1", "query 1"]
        await pilot.press("ctrl+t")
        await asked(pilot, TransactionScreen)
        await answerable(pilot)
        await pilot.press("r")
        await settle(pilot)
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert "2026-06-01 01:00" in line_of(Ran("2026-05-31T19:30:00+00:00", "BEGIN", 1, -1)).plain
    finally:
        monkeypatch.undo()
        time.tzset()


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


async def test_what_was_not_kept_does_not_look_as_if_it_was(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot)
        for key in ("n", "y"):
            write(pilot, f"UPDATE t SET v = '{key}' WHERE id = 1")
            await pilot.press("ctrl+r")
            for kind, answer in ((Ask, "y"), (AskCommit, key)):
                await asked(pilot, kind)
                await answerable(pilot)
                await pilot.press(answer)
            await settle(pilot)
        screen = await offered(pilot)
        lines = [str(screen.lines.get_option_at_index(n).prompt) for n in range(2)]
        assert "v = 'y'" in lines[0]
        assert "rolled back" not in lines[0]
        assert "rolled back  UPDATE t SET v = 'n'" in lines[1]
        await pilot.press("down")
        assert "ms · rolled back" in str(screen.query_one("#whole", Static).content)


async def test_what_was_stopped_is_found_again(open_app, file):
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    async with open_app(file, size=(80, 24)) as pilot:
        await open_query(pilot, endless)
        await pilot.press("ctrl+r")
        lane = main(pilot).workspace.session.lane(Purpose.QUERY)
        await until(pilot, lambda: lane.running_since is not None)
        await pilot.press("escape")
        await settle(pilot)
        # One line, however long it is, and the line that says how to get at more.
        await until(pilot, lambda: tab(pilot).query_one(Earlier).content_size.height == 2)
        screen = await offered(pilot)
        assert f"stopped  {endless}" in str(screen.lines.get_option_at_index(0).prompt)
        whole = str(screen.query_one("#whole", Static).content)
        assert "ms · stopped" in whole
        assert "failed" not in whole


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


@pytest.fixture
def server(postgres):
    run_sql(
        postgres,
        "CREATE TYPE mood AS ENUM ('calm', 'wild')",
        "CREATE TABLE t (id int PRIMARY KEY, v text, m mood)",
        "INSERT INTO t VALUES (1, 'one', 'calm'), (2, 'two', 'wild')",
    )
    return postgres


async def given(pilot, *keys):
    """Answer the question for values, which is on the screen by now."""
    screen = await asked(pilot, AskValues)
    await settle(pilot)
    await pilot.press(*keys[:-1])
    # An enter in a burst of text is no answer.
    await answerable(pilot)
    await pilot.press(keys[-1])
    return screen


def types(screen):
    return [str(field.query_one(".type", Static).content).strip() for field in screen._fields]


async def test_values_are_asked_for_once_with_the_servers_types(open_app, server):
    text = "SELECT v FROM t WHERE id = :id AND m = :m AND v <> ':no' AND id::text <> ''"
    async with open_app(server) as pilot:
        await open_query(pilot, text)
        await pilot.press("ctrl+r")
        screen = await asked(pilot, AskValues)
        await settle(pilot)
        assert types(screen) == ["integer", "mood"]
        assert screen._fields[1].field.placeholder == "calm wild"
        await given(pilot, "2", "tab", *"wild", "enter")
        await settle(pilot)
        assert rows(pilot) == [("two",)]
        assert "id = 2 · m = wild" in str(tab(pilot).query_one(ValuesLine).content)
        # Not again, in whatever statement.
        write(pilot, "SELECT :id::int + 1")
        await run(pilot)
        assert rows(pilot) == [("3",)]
        tab(pilot).action_parameters()
        await given(pilot, "ctrl+n", "enter")
        await settle(pilot)
        await run(pilot)
        assert rows(pilot) == [(None,)]
    kept = [
        line
        for path in paths.state_folder().rglob("*")
        if path.is_file()
        for line in path.read_bytes().split()
        if line == b"wild"
    ]
    assert not kept


async def test_a_write_with_values_is_asked_about_and_kept(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot, "UPDATE t SET v = :v WHERE id = :id")
        await pilot.press("ctrl+r")
        await given(pilot, *"7", "ctrl+t", "tab", "1", "enter")
        for kind in (Ask, AskCommit):
            await asked(pilot, kind)
            await answerable(pilot)
            await pilot.press("y")
        await settle(pilot)
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT v, typeof(v) FROM t WHERE id = 1").fetchone() == ("7", "text")


async def test_nothing_runs_without_values(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot, "SELECT ? + ?2, :n")
        await pilot.press("ctrl+r")
        screen = await asked(pilot, AskValues)
        assert [field.parameter for field in screen._fields] == ["1", "2", "n"]
        assert types(screen) == ["text"] * 3
        await given(pilot, "escape")
        await settle(pilot)
        assert not rows(pilot)
        await pilot.press("ctrl+r")
        await given(pilot, "1", "tab", *"2.5", "tab", "ctrl+n", "enter")
        await settle(pilot)
        assert rows(pilot) == [(3.5, None)]


async def test_a_script_and_a_transaction_take_values(open_app, server):
    async with open_app(server) as pilot:
        await open_query(
            pilot, "BEGIN; INSERT INTO t VALUES (:id, :v); SELECT v FROM t WHERE id = :id"
        )
        tab(pilot).action_run_all()
        await given(pilot, "9", "tab", *"x' --", "enter")
        await asked(pilot, AskScript)
        await answerable(pilot)
        await pilot.press("enter")
        await settle(pilot)
        assert rows(pilot) == [("x' --",)]
        write(pilot, "ROLLBACK")
        await run(pilot)


async def test_a_plan_has_the_same_values(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot, "SELECT * FROM t WHERE id = :id")
        await pilot.press("f8")
        await given(pilot, "2", "enter")
        # The focus is in the editor, where a letter types.
        line = tab(pilot).query_one(ValuesLine)
        await until(pilot, lambda: "id = 2   f8: other values" in str(line.render()))
        await pilot.press("ctrl+e")
        await until(pilot, lambda: isinstance(main(pilot).tab_stack.current, PlanTab))
        await settle(pilot)
        plan = main(pilot).tab_stack.current
        assert plan.run_shown.request.values == ("2",)
        await pilot.press("ctrl+e")
        await settle(pilot)
        assert plan.run_shown.request.analyze
        assert plan.run_shown.request.values == ("2",)


async def test_a_query_is_saved_under_a_name_and_taken(open_app, file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "queries").mkdir()
    async with open_app(file) as pilot:
        await open_query(pilot, "-- Two\nSELECT v FROM t WHERE id = 2")
        tab(pilot).action_save_query()
        await asked(pilot, AskText)
        await pilot.press(*"two", "enter")
        await settle(pilot)
        saved = tmp_path / "queries" / "two.sql"
        assert saved.read_text() == "-- Two\nSELECT v FROM t WHERE id = 2"
        write(pilot, "SELECT 1")
        # Another text under its name is asked about.
        tab(pilot).action_save_query()
        await asked(pilot, AskText)
        await pilot.press(*"two", "enter")
        await asked(pilot, Ask)
        await pilot.press("escape")
        await settle(pilot)
        assert saved.read_text().startswith("-- Two")
        await pilot.press("f9", *"two", "enter")
        await settle(pilot)
        assert tab(pilot).editor.text == "SELECT 1;\n\n-- Two\nSELECT v FROM t WHERE id = 2"

"""A query tab's own session, its transactions, its scripts, and what each stop leaves."""

import random
import sqlite3
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest
from textual.widgets import Static

from studio.config.settings import Settings
from studio.ui.editing.review import Review
from studio.ui.query.results import OutcomeList, ResultStrip
from studio.ui.query.script_question import AskScript
from studio.ui.query.transaction_screen import TransactionScreen
from studio.ui.query.transactions import TransactionLine
from studio.ui.shell.main import MainScreen
from studio.ui.shell.top_line import TopLine
from studio.ui.widgets.ask import Ask
from tests.bench.cancels import STATEMENTS
from tests.bench.script_cancels import HEADS, STATES
from tests.examples import examples
from tests.postgres import run_sql
from tests.scenes import answerable, settle
from tests.ui.test_query import asked, main, open_query, rows, run, said, tab, until, write

TABLES = ("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'one')")


@pytest.fixture
def file(sqlite_file):
    return sqlite_file(*TABLES)


@pytest.fixture
def server(postgres):
    run_sql(postgres, *TABLES)
    return postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request):
    return request.getfixturevalue("file" if request.param == "sqlite" else "server")


def seen(place, sql="SELECT count(*) FROM t"):
    """What another connection sees."""
    if not isinstance(place, str):
        with closing(sqlite3.connect(place)) as other:
            return other.execute(sql).fetchall()
    return run_sql(place, sql)


def top(pilot):
    return main(pilot).query_one(TopLine).standing


async def answer(pilot, kind, key):
    screen = await asked(pilot, kind)
    await answerable(pilot)
    await pilot.press(key)
    return screen


async def say(pilot, *texts):
    for text in texts:
        write(pilot, text)
        await run(pilot)


async def test_what_is_set_and_made_lives_on_and_is_named(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot)
        assert top(pilot).transaction == "tx auto"
        await say(pilot, "SET search_path TO pg_catalog, public", "CREATE TEMP TABLE mine (a int)")
        assert top(pilot).session == "own session, 1 temporary table, search_path"
        await say(pilot, "SELECT a FROM mine", "SHOW search_path")
        assert rows(pilot) == [("pg_catalog, public",)]
        # Neither the catalog nor a table's rows are read in it.
        await pilot.press("t", "escape")


async def test_a_transaction_is_manual_when_that_is_chosen(open_app, place):
    async with open_app(place) as pilot:
        await open_query(pilot)
        await pilot.press("ctrl+t")
        await settle(pilot)
        assert top(pilot).transaction == "tx manual"
        await say(pilot, "SELECT * FROM t")
        assert top(pilot).transaction == "tx manual"
        await say(pilot, "INSERT INTO t VALUES (2, 'two')", "INSERT INTO t VALUES (1, 'again')")
        # The mistake was undone by itself.
        assert "the transaction goes on" in said(pilot)
        assert top(pilot).transaction.endswith("· 1 change")
        assert seen(place) == [(1,)]
        await pilot.press("ctrl+t")
        screen = await answer(pilot, TransactionScreen, "s")
        assert "insert t  1 row" in screen._question
        await settle(pilot)
        await say(pilot, "INSERT INTO t VALUES (3, 'three')")
        await pilot.press("ctrl+t")
        screen = await answer(pilot, TransactionScreen, "b")
        assert [*screen.hint_words.values()] == ["back to s1"]
        await settle(pilot)
        await pilot.press("ctrl+t")
        await answer(pilot, TransactionScreen, "m")
        await settle(pilot)
        assert said(pilot).startswith("auto, once this transaction has ended: ")
        assert top(pilot).transaction.endswith("· 1 change")
        await pilot.press("ctrl+t")
        await answer(pilot, TransactionScreen, "c")
        await settle(pilot)
        assert top(pilot).transaction == "tx auto"
        assert seen(place) == [(2,)]


async def test_closing_and_quitting_ask_and_no_answer_is_stay(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot)
        await say(pilot, "BEGIN", "INSERT INTO t VALUES (2, 'two')")
        assert top(pilot).transaction.startswith("tx · open ")
        for way in (main(pilot).leave, main(pilot).action_connections):
            way()
            await answer(pilot, TransactionScreen, "escape")
            await settle(pilot)
        await main(pilot).tab_stack.action_close()
        await answer(pilot, TransactionScreen, "escape")
        await settle(pilot)
        assert tab(pilot).standing.transaction.startswith("tx · open ")
        await main(pilot).tab_stack.action_close()
        await answer(pilot, TransactionScreen, "r")
        await until(pilot, lambda: len(main(pilot).tab_stack.tabs) == 1)
    assert seen(file) == [(1,)]


async def test_a_failed_transaction_says_the_way_out(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot, "BEGIN; INSERT INTO t VALUES (2); SELECT 1/0; SELECT 2")
        tab(pilot).action_run_all()
        await answer(pilot, AskScript, "enter")
        await settle(pilot)
        assert top(pilot).transaction == "✗ tx failed: roll back"
        assert top(pilot).tone == "error"
        line = tab(pilot).query_one(TransactionLine)
        assert line.display
        assert "only ROLLBACK helps" in str(line.content)
        await pilot.press("ctrl+t")
        screen = await asked(pilot, TransactionScreen)
        assert not screen.check_action("choose", ("commit",))
        await answer(pilot, TransactionScreen, "r")
        await settle(pilot)
        assert top(pilot).transaction == "tx auto"
        assert not line.display


async def test_what_refuses_a_transaction_is_asked_about_and_not_sent(open_app, place):
    async with open_app(place) as pilot:
        await open_query(pilot)
        await say(pilot, "BEGIN", "INSERT INTO t VALUES (2, 'two')")
        write(pilot, "VACUUM")
        await pilot.press("ctrl+r")
        await answer(pilot, TransactionScreen, "escape")
        await settle(pilot)
        assert top(pilot).transaction.startswith("tx · open ")
        await pilot.press("ctrl+r")
        await answer(pilot, TransactionScreen, "c")
        await answer(pilot, Ask, "y")
        await settle(pilot)
        assert top(pilot).transaction == "tx auto"
        assert seen(place) == [(2,)]


async def test_what_cascade_empties_is_counted_before_it_runs(open_app, server):
    run_sql(
        server,
        "CREATE TABLE u (t int REFERENCES t)",
        "CREATE TABLE w (id int, u int)",
        "INSERT INTO u VALUES (1), (1)",
    )
    async with open_app(server) as pilot:
        await open_query(pilot, "TRUNCATE t CASCADE")
        await pilot.press("ctrl+r")
        screen = await answer(pilot, Ask, "n")
        assert "TRUNCATE: 1 row of t" in screen._question
        assert "by CASCADE too: all 2 rows of public.u" in screen._question
        assert ".w" not in screen._question
        await settle(pilot)
        write(pilot, "WITH gone AS (DELETE FROM u RETURNING *) SELECT count(*) FROM gone")
        await pilot.press("ctrl+r")
        screen = await answer(pilot, Ask, "n")
        assert "DELETE without WHERE: all 2 rows of u" in screen._question
        await settle(pilot)
    assert seen(server, "SELECT count(*) FROM u") == [(2,)]


async def test_a_file_that_is_locked_for_long_is_said(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot)
        await pilot.press("ctrl+t")
        await say(pilot, "INSERT INTO t VALUES (2, 'two')")
        own, line = tab(pilot)._own, tab(pilot).query_one(TransactionLine)
        assert not line.display
        began, locked = own.held.began - 60, own.held.locked - 11
        own.held = replace(own.held, began=began, locked=locked)
        tab(pilot)._transactions.tick()
        assert "the file is locked for writers since" in str(line.content)
        own.held = replace(own.held, began=own.held.began - 300)
        tab(pilot)._transactions.tick()
        await settle(pilot)
        assert top(pilot).tone == "warning"


async def test_who_waits_for_it_is_shown(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot)
        await say(pilot, "BEGIN", "UPDATE t SET v = 'x' WHERE id = 1")
        line = tab(pilot).query_one(TransactionLine)
        other = await psycopg.AsyncConnection.connect(
            server, autocommit=True, application_name="the app"
        )
        async with other:
            waiting = await other.execute("SET lock_timeout = 0")
            del waiting
            begun = pilot.app.run_worker(other.execute("UPDATE t SET v = 'y' WHERE id = 1"))
            await until(pilot, lambda: "the app (pid" in str(line.content))
            await say(pilot, "ROLLBACK")
            await begun.wait()


# -- scripts ---------------------------------------------------------------------------------------

SCRIPT = """SELECT id FROM t;
INSERT INTO t VALUES (2, 'two');
INSERT INTO t
VALUES (1, 'again');
SELECT 7 AS seven"""


async def test_a_script_asks_once_and_shows_each_outcome(open_app, place):
    async with open_app(place) as pilot:
        await open_query(pilot, SCRIPT)
        tab(pilot).action_run_all()
        question = await asked(pilot, AskScript)
        assert "Run 4 statements" in question._question
        assert "2 select · 2 insert" in question._question
        await answer(pilot, AskScript, "enter")
        await settle(pilot)
        assert said(pilot).startswith("2 of 4 ran, 1 failed, 1 not run")
        strip = str(tab(pilot).query_one(ResultStrip).content)
        assert "1 rows 1 │ 2 insert 1 │ 3 ✗ │ 4 \N{EN DASH}" in strip
        editor = tab(pilot).editor
        assert editor._signs == {0: "✓", 1: "✓", 2: "✗", 4: "\N{EN DASH}"}
        assert editor.cursor_location[0] == 2
        assert seen(place) == [(2,)]
        listed = tab(pilot).query_one(OutcomeList)
        assert listed.display
        assert listed.highlighted == 2
        listed.focus()
        await pilot.press("left_square_bracket", "left_square_bracket")
        await settle(pilot)
        assert [str(value) for (value,) in rows(pilot)] == ["1"]
        # A sign goes with the first edit of its statement; others move along.
        editor.insert("-- first\n", (0, 0))
        await settle(pilot)
        assert editor._signs == {1: "✓", 2: "✓", 3: "✗", 5: "\N{EN DASH}"}
        editor.insert("x", (2, 3))
        await settle(pilot)
        assert editor._signs == {1: "✓", 3: "✗", 5: "\N{EN DASH}"}


async def test_a_script_goes_on_or_is_kept_whole_when_that_is_chosen(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot, SCRIPT)
        tab(pilot).action_run_all()
        await asked(pilot, AskScript)
        await pilot.press("e")
        await answer(pilot, AskScript, "o")
        await settle(pilot)
        assert seen(server) == [(1,)]
        assert top(pilot).transaction == "tx auto"
        await pilot.press("escape")
        tab(pilot).action_run_all()
        await asked(pilot, AskScript)
        await pilot.press("e")
        await answer(pilot, AskScript, "enter")
        await settle(pilot)
        assert said(pilot).startswith("3 of 4 ran, 1 failed")
        assert seen(server) == [(2,)]


async def test_reads_run_from_here_without_a_question(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot, "SELECT 1;\nSELECT 2;\nSELECT 3", len("SELECT 1;\nSEL"))
        tab(pilot).action_run_from_here()
        await settle(pilot)
        assert said(pilot).startswith("2 of 2 ran")
        assert [str(value) for (value,) in rows(pilot)] == ["3"]
        await tab(pilot).run_action("walk(-1)")
        assert [str(value) for (value,) in rows(pilot)] == ["2"]


async def test_a_read_only_connection_keeps_its_walls_in_a_script(open_app, place):
    async with open_app(place, read_only=True) as pilot:
        await open_query(pilot, "SELECT 1; INSERT INTO t VALUES (9, 'nine'); SELECT 2")
        tab(pilot).action_run_all()
        await settle(pilot)
        assert not isinstance(pilot.app.screen, AskScript)
        assert seen(place) == [(1,)]
        await pilot.press("ctrl+t")
        assert top(pilot).transaction == ""
        for text in ("BEGIN; INSERT INTO t VALUES (9)", "COMMIT; INSERT INTO t VALUES (9)"):
            write(pilot, text)
            tab(pilot).action_run_all()
            await settle(pilot)
            assert tab(pilot).query_one("#said", Static).has_class("-error")
        assert seen(place) == [(1,)]


# -- danger, production, loss ----------------------------------------------------------------------


@pytest.mark.parametrize(("manual", "engine"), [(False, "file"), (True, "server")])
async def test_what_takes_all_rows_is_counted_before_it_runs(open_app, request, manual, engine):
    place = request.getfixturevalue(engine)
    async with open_app(place) as pilot:
        await open_query(pilot)
        if manual:
            await pilot.press("ctrl+t")
        write(pilot, "DELETE FROM t")
        await pilot.press("ctrl+r")
        question = await asked(pilot, Ask)
        assert "DELETE without WHERE: 1 row of t" in question._question
        await answer(pilot, Ask, "n")
        await settle(pilot)
        assert seen(place) == [(1,)]
        assert "open" not in top(pilot).transaction


async def test_on_production_a_commit_asks_with_what_was_changed(open_app, server):
    async with open_app(server, settings=Settings(production=("/",))) as pilot:
        await open_query(pilot)
        await say(pilot, "BEGIN", "INSERT INTO t VALUES (2)")
        write(pilot, "COMMIT")
        await pilot.press("ctrl+r")
        question = await answer(pilot, Ask, "n")
        assert "insert t  1 row" in question._question
        await settle(pilot)
        assert "open" in top(pilot).transaction
        await say(pilot, "ROLLBACK")


async def test_a_lost_session_says_what_went_with_it(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot)
        await say(pilot, "CREATE TEMP TABLE mine (a int)", "BEGIN", "INSERT INTO t VALUES (2)")
        run_sql(
            server,
            "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'idle in transaction'",
        )
        await say(pilot, "INSERT INTO t VALUES (3)")
        await until(pilot, lambda: "nothing since" in said(pilot))
        assert "1 temporary table" in said(pilot)
        assert top(pilot).transaction == "tx auto"
        await say(pilot, "SELECT count(*) FROM t")
        assert rows(pilot) == [("1",)]


# -- stops -----------------------------------------------------------------------------------------


async def test_a_stop_says_what_stays(open_app, place):
    name = "postgresql" if isinstance(place, str) else "sqlite"
    endless = {
        "postgresql": "SELECT pg_sleep(1000)",
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT count(*) FROM n",
    }[name]
    async with open_app(place) as pilot:
        await open_query(pilot)
        await pilot.press("ctrl+t")
        await say(pilot, "INSERT INTO t VALUES (2, 'two')")
        write(pilot, endless)
        await pilot.press("ctrl+r")
        lane = tab(pilot)._own.lane
        await until(pilot, lambda: lane.running_since is not None)
        await pilot.press("escape")
        await settle(pilot)
        assert said(pilot).startswith("stopped inside the database after ")
        assert said(pilot).endswith("the transaction is open as before, with 1 change")
        write(pilot, f"SELECT 1;\n{endless};\nSELECT 2")
        tab(pilot).action_run_all()
        await until(pilot, lambda: len(tab(pilot)._runs._now.told) == 1)
        await pilot.press("escape")
        await settle(pilot)
        assert "1 ran, 1 was stopped, 1 not run" in said(pilot)
        assert tab(pilot).editor._signs == {0: "✓", 1: "✗", 2: "\N{EN DASH}"}
        await say(pilot, "COMMIT")
        assert seen(place) == [(2,)]


async def test_the_state_shown_is_the_servers_after_every_cancel(open_app, place):
    name = "postgresql" if isinstance(place, str) else "sqlite"
    chance = random.Random(7)
    run_sql(place, "DROP TABLE t", "CREATE TABLE t (a int)") if name == "postgresql" else None
    async with open_app(place) as pilot:
        await open_query(pilot)
        for _ in range(examples(6)):
            tab(pilot)._own.is_manual = chance.random() < 0.5
            text = chance.choice(HEADS) + chance.choice(STATEMENTS[name])
            write(pilot, f"{text}; {text}")
            tab(pilot).action_run_all()
            await until(pilot, lambda: tab(pilot).is_running or not tab(pilot)._runs.is_busy)
            if isinstance(pilot.app.screen, AskScript):
                await answer(pilot, AskScript, "enter")
            for _ in range(chance.randint(0, 5)):
                await pilot.pause()
            while isinstance(pilot.app.screen, MainScreen) and tab(pilot).is_running:
                tab(pilot).stop()
                await pilot.pause()
            await settle(pilot)
            shown, told = top(pilot).transaction, tab(pilot)._own.held.transaction.value
            assert ("open" in shown, "failed" in shown) == (told == "open", told == "failed")
            if name == "postgresql":
                states = run_sql(
                    place,
                    "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND state LIKE 'idle in%'",
                )
                assert [STATES[state] for (state,) in states] == ([told] if told != "none" else [])
            if told != "none":
                await say(pilot, "ROLLBACK")


async def test_a_tab_that_is_kept_out_names_the_one_that_holds_the_file(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot)
        await say(pilot, "BEGIN IMMEDIATE")
        main(pilot).opener.query()
        await settle(pilot)
        await say(pilot, "PRAGMA busy_timeout = 0", "BEGIN IMMEDIATE")
        assert "tab 2 (query 1) holds the lock: ctrl+t there ends it" in said(pilot)


async def test_a_copy_to_the_screen_is_a_read_and_asks_nothing(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot)
        await say(pilot, "COPY public.t (id, v) TO STDOUT (FORMAT csv)")
        await until(pilot, lambda: rows(pilot) == [("1,one",)])
        assert not top(pilot).is_open
        write(pilot, "COPY (DELETE FROM t RETURNING id) TO STDOUT")
        await pilot.press("ctrl+r")
        await answer(pilot, Ask, "escape")
        assert seen(server) == [(1,)]


async def test_an_open_transaction_is_seen_from_other_tabs(open_app, place):
    async with open_app(place, table="t") as pilot:
        await open_query(pilot)
        await say(pilot, "BEGIN", "INSERT INTO t VALUES (2, 'two')")
        titles = [each.tab_title for each in main(pilot).tab_stack.tabs]
        assert titles == ["t", "query 1 ○"]
        line = main(pilot).query_one(TopLine)
        assert line.elsewhere == ""
        await pilot.press("tab", "1")
        await settle(pilot)
        assert line.elsewhere == "1 transaction open in query 1"
        assert line.elsewhere in line.render().plain
        await pilot.press("2")
        await settle(pilot)
        await say(pilot, "ROLLBACK")
        assert main(pilot).tab_stack.tabs[1].tab_title == "query 1"
        await pilot.press("tab", "1")
        await settle(pilot)
        assert line.elsewhere == ""


async def test_an_apply_that_is_kept_out_names_the_tab_that_holds_the_file(open_app, file):
    async with open_app(file, table="t") as pilot:
        await open_query(pilot)
        await say(pilot, "BEGIN", "INSERT INTO t VALUES (2, 'two')")
        await pilot.press("tab", "1")
        await settle(pilot)
        await pilot.press("d", "w")
        review = await asked(pilot, Review)
        await settle(pilot)
        await answerable(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: review.report is not None)
        words = str(review.query_one("#result", Static).content)
        assert "tab 2 (query 1) holds the lock: ctrl+t there ends it" in words
        assert "nother program" not in words


async def test_a_session_that_holds_nothing_is_closed_after_a_while(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot)
        await say(pilot, "PRAGMA busy_timeout = 100")
        own, transactions = tab(pilot)._own, tab(pilot)._transactions
        for _ in range(5):
            transactions.tick()
        await settle(pilot)
        # A setting lives as long as the session.
        assert own.is_open
        own.held = replace(own.held, kept=())
        for _ in range(5):
            transactions.tick()
        await until(pilot, lambda: not own.is_open)
        assert top(pilot).session == ""


async def test_rows_that_go_with_the_tab_are_asked_about(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot)
        await say(pilot, "CREATE TEMP TABLE mine (a int)")
        await main(pilot).tab_stack.action_close()
        question = await answer(pilot, Ask, "n")
        assert "With it goes: 1 temporary table" in question._question
        await settle(pilot)
        await say(pilot, "SELECT a FROM mine")
        assert said(pilot).startswith("0 rows")
        await main(pilot).tab_stack.action_close()
        await answer(pilot, Ask, "y")
        await until(pilot, lambda: len(main(pilot).tab_stack.tabs) == 1)


async def test_a_transaction_that_the_server_ended_is_shown_as_ended(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot)
        await say(pilot, "BEGIN", "INSERT INTO t VALUES (2)")
        run_sql(
            server,
            "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'idle in transaction'",
        )
        await until(pilot, lambda: top(pilot).transaction == "tx auto")
        assert "nothing since" in said(pilot)


async def test_an_error_inside_a_block_is_marked_in_its_line(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot, "-- first\nDO $$ BEGIN\n  PERFORM 1/0;\nEND $$")
        await pilot.press("ctrl+t")
        await run(pilot)
        assert said(pilot).startswith("line 3, column 3: division by zero")
        assert said(pilot).endswith("the transaction goes on")
        assert tab(pilot).editor.cursor_location == (2, 2)
        # What is not run leaves what came before.
        write(pilot, SCRIPT)
        tab(pilot).action_run_all()
        await answer(pilot, AskScript, "escape")
        await settle(pilot)
        assert said(pilot) == "nothing was run"
        assert not tab(pilot).query_one(ResultStrip).display


async def test_an_error_that_takes_the_transaction_along_says_so(open_app, file):
    async with open_app(file) as pilot:
        await open_query(pilot)
        await say(pilot, "BEGIN", "INSERT INTO t VALUES (2, 'two')")
        await say(pilot, "INSERT OR ROLLBACK INTO t VALUES (1, 'again')")
        assert said(pilot).endswith(
            "the transaction is gone: all of it was rolled back with this error"
        )
        assert top(pilot).transaction == "tx auto"


async def test_a_prepared_transaction_is_no_more_the_sessions_but_is_told(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot)
        for text in ("BEGIN", "UPDATE t SET v = 'x' WHERE id = 1"):
            write(pilot, text)
            await run(pilot)
        write(pilot, "PREPARE TRANSACTION 'it''s'")
        await run(pilot)
        assert "no more this session's" in said(pilot)
        assert top(pilot).transaction == "tx auto · 'it''s' prepared"
        assert not tab(pilot)._own.held.is_anything
        write(pilot, "ROLLBACK PREPARED 'it''s'")
        await run(pilot)
        assert top(pilot).transaction == "tx auto"
        assert seen(server, "SELECT v FROM t") == [("one",)]


async def test_what_came_of_a_long_statement_stays_on_its_line(open_app, file):
    long = f"SELECT {', '.join(f'{n} AS number_{n}' for n in range(30))}"
    async with open_app(file, size=(80, 24)) as pilot:
        await open_query(pilot, f"{long};\nSELECT absent")
        tab(pilot).action_run_all()
        await settle(pilot)
        listed = tab(pilot).query_one(OutcomeList)
        first = listed.render_line(0).text.rstrip()
        assert first.startswith("line 1    SELECT 0 AS number_0, ")
        assert first.endswith(" ms")
        assert "…  1 row · " in first
        assert listed.render_line(1).text.startswith("line 2 ")

"""While a person thinks, nobody is kept from the database; and what was told is what is kept."""

import threading

import psycopg
import pytest
from textual.widgets import Static

from studio.config.settings import Settings
from studio.ui.query.commit import AskCommit
from studio.ui.widgets.ask import Ask
from tests.patience import IN_VAIN_S
from tests.postgres import run_sql
from tests.scenes import answerable, settle
from tests.ui.test_browse import press
from tests.ui.test_query import ENDLESS, asked, open_query, rows, run, said, tab, until, write
from tests.wal.programs import Program

TABLES = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT)",
    "CREATE TABLE k (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE CASCADE)",
    "CREATE TABLE log (at TEXT DEFAULT (hex(randomblob(8))), v TEXT)",
    "CREATE TRIGGER seen AFTER DELETE ON k BEGIN INSERT INTO log (v) VALUES (old.id); END",
    "INSERT INTO p VALUES (1, 'one'), (2, 'two'), (3, 'three')",
    "INSERT INTO k VALUES (1, 1), (2, 1), (3, 2)",
)


@pytest.fixture(params=["wal", "delete"])
def live(request, tmp_path):
    """A database that another program has open, which waits for nobody; and that program."""
    path = tmp_path / "live.db"
    program = Program(path)
    program.sql(f"PRAGMA journal_mode = {request.param}")
    for statement in TABLES:
        program.sql(statement)
    yield path, program
    program.close()


def writes(program: Program) -> None:
    """The program writes and commits, and is kept from neither."""
    program.sql("BEGIN IMMEDIATE")
    program.sql("INSERT INTO log (v) VALUES ('meanwhile')")
    program.sql("COMMIT")


async def seen(pilot, kind: type[Ask]) -> Ask:
    """The question, once it would take an answer."""
    question = await asked(pilot, kind)
    await answerable(pilot)
    return question


async def ask_to_commit(pilot, sql: str) -> AskCommit:
    await open_query(pilot, sql)
    await pilot.press("ctrl+r")
    await seen(pilot, Ask)
    await pilot.press("y")
    return await seen(pilot, AskCommit)


def shown(screen: AskCommit, name: str) -> str:
    return "\n".join(str(found.content) for found in screen.query(f"#{name}").results(Static))


def is_locked(program: Program) -> bool:
    answer = program.tell("sql", "BEGIN IMMEDIATE")
    if not isinstance(answer, dict):
        program.sql("ROLLBACK")
    return isinstance(answer, dict)


async def test_another_program_writes_while_a_commit_is_asked_about(open_app, live):
    path, program = live
    async with open_app(path) as pilot:
        await open_query(pilot, "DELETE FROM p WHERE id < 3")
        await pilot.press("ctrl+r")
        await seen(pilot, Ask)
        writes(program)
        await pilot.press("y")
        question = await seen(pilot, AskCommit)
        assert "DELETE touched 2 rows" in question._question
        assert "k 3, log 3, p 2" in question._question
        assert "rolled back at once" in question._question
        assert shown(question, "left") == ""
        writes(program)
        assert program.sql("SELECT count(*) FROM p") == [[3]]
        await pilot.press("y")
        await settle(pilot)
        assert said(pilot).endswith("committed")
        assert program.sql("SELECT id FROM p") == [[3]]
        assert program.sql("SELECT count(*) FROM k") == [[0]]
        assert program.sql("SELECT count(*) FROM log") == [[2 + 3]]


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        ("INSERT INTO p VALUES (-1, 'new')", "p: 3 rows now, 2 before"),
        ("INSERT INTO k VALUES (9, 2)", "k: 4 rows now, 3 before"),
        ("CREATE TABLE another (a)", "somebody changed the structure"),
    ],
)
async def test_what_comes_to_something_else_is_asked_again(open_app, live, meanwhile, words):
    path, program = live
    async with open_app(path) as pilot:
        first = await ask_to_commit(pilot, "DELETE FROM p WHERE id < 3")
        program.sql(meanwhile)
        await pilot.press("y")
        await until(pilot, lambda: pilot.app.screen is not first)
        second = await seen(pilot, AskCommit)
        assert words in second._question
        assert "was not kept" in second._question
        assert len(program.sql("SELECT 1 FROM p WHERE id IN (1, 2)")) == 2
        assert not is_locked(program)
        await pilot.press("y")
        await settle(pilot)
        assert said(pilot).endswith("committed")
        assert program.sql("SELECT id FROM p") == [[3]]


async def test_values_that_are_others_at_every_run_are_said_and_can_be_kept(open_app, live):
    path, program = live
    async with open_app(path) as pilot:
        first = await ask_to_commit(pilot, "INSERT INTO log (v) VALUES ('x') RETURNING at")
        before = rows(pilot)
        await pilot.press("y")
        await until(pilot, lambda: pilot.app.screen is not first)
        second = await seen(pilot, AskCommit)
        assert "it returned other values" in second._question
        assert "another at every run" in second._question
        await pilot.press("y")
        await settle(pilot)
        kept = rows(pilot)
        assert kept != before
        assert program.sql("SELECT at FROM log WHERE v = 'x'") == [list(kept[0])]


async def test_what_the_text_says_is_random_is_told_at_once(open_app, live):
    path, program = live
    async with open_app(path) as pilot:
        sql = "INSERT INTO log VALUES (random(), CURRENT_TIMESTAMP) RETURNING at"
        question = await ask_to_commit(pilot, sql)
        assert "Values of random, current_timestamp will be others" in question._question
        await pilot.press("y")
        await settle(pilot)
        assert said(pilot).endswith("committed")
        assert program.sql("SELECT at FROM log") == [list(rows(pilot)[0])]


@pytest.mark.parametrize(
    "sql", ["CREATE TABLE fresh (a)", "DROP TABLE k", "ALTER TABLE p ADD COLUMN w", "REINDEX"]
)
async def test_structure_is_undone_while_it_is_asked_about(open_app, live, sql):
    path, program = live
    async with open_app(path) as pilot:
        before = program.sql("SELECT sql FROM sqlite_schema")
        await ask_to_commit(pilot, sql)
        assert program.sql("SELECT sql FROM sqlite_schema") == before
        writes(program)
        await pilot.press("y")
        await settle(pilot)
        assert said(pilot).endswith("committed")
        assert (program.sql("SELECT sql FROM sqlite_schema") != before) is (sql != "REINDEX")


async def test_no_leaves_the_file_as_it_was(open_app, live):
    path, program = live
    async with open_app(path) as pilot:
        await ask_to_commit(pilot, "UPDATE p SET v = 'x'")
        await pilot.press("n")
        await settle(pilot)
        assert said(pilot).endswith("rolled back")
        assert program.sql("SELECT count(*) FROM p WHERE v = 'x'") == [[0]]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_no_statement_waits_for_an_editor(open_app, request, live, engine):
    target = live[0] if engine == "sqlite" else request.getfixturevalue("postgres")
    async with open_app(target) as pilot:
        await open_query(pilot, ENDLESS[engine])
        await pilot.press("ctrl+r")
        await until(pilot, lambda: tab(pilot)._runs.is_busy)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: said(pilot).startswith("a statement runs"))
        await pilot.press("escape")
        await settle(pilot)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_closing_over_the_question_keeps_nothing(open_app, request, live, engine):
    target = live[0] if engine == "sqlite" else request.getfixturevalue("server")
    table = "p" if engine == "sqlite" else "t"
    async with open_app(target) as pilot:
        await ask_to_commit(pilot, f"DELETE FROM {table}")
    if engine == "sqlite":
        assert live[1].sql("SELECT count(*) FROM p") == [[3]]
    else:
        assert run_sql(target, "SELECT count(*) FROM t") == [(1,)]


# -- PostgreSQL ------------------------------------------------------------------------------------


@pytest.fixture
def server(postgres):
    run_sql(
        postgres, "CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'a')"
    )
    return postgres


async def test_the_question_says_what_is_locked_and_who_waits(open_app, server):
    async with open_app(server, settings=Settings(commit_wait_s=300)) as pilot:
        question = await ask_to_commit(pilot, "UPDATE t SET v = 'b'")
        assert "others read, but wait to change the same rows" in shown(question, "held")
        assert "t:" in shown(question, "held")
        assert shown(question, "left").startswith("rolls back by itself in ")
        assert shown(question, "waiting") == ""

        def want_the_row() -> None:
            with psycopg.connect(server, autocommit=True, application_name="the app") as other:
                other.execute("UPDATE t SET v = v || 'c'")

        waiting = threading.Thread(target=want_the_row)
        waiting.start()
        try:
            await until(pilot, lambda: "the app (pid" in shown(question, "waiting"))
        finally:
            await pilot.press("y")
        waiting.join(IN_VAIN_S)
        await settle(pilot)
        assert said(pilot).endswith("committed")
        assert run_sql(server, "SELECT v FROM t") == [("bc",)]


async def test_a_yes_that_comes_too_late_is_none(open_app, server):
    async with open_app(server, settings=Settings(commit_wait_s=300)) as pilot:
        question = await ask_to_commit(pilot, "DELETE FROM t")
        question._until = 0.0
        await pilot.press("y")
        await settle(pilot)
        assert question.ran_out
        assert said(pilot).endswith("rolled back")
        assert run_sql(server, "SELECT count(*) FROM t") == [(1,)]


# -- an apply that waits for somebody else ---------------------------------------------------------


async def test_an_apply_that_waits_says_for_whom(open_app, server):
    with psycopg.connect(server, application_name="the app") as other:
        other.execute("SELECT * FROM t FOR UPDATE")
        async with open_app(server, table="t") as pilot:
            await press(pilot, "right", "e", "text:!", "enter", "w")
            await answerable(pilot)
            await pilot.press("enter")
            told = pilot.app.screen.query_one("#result", Static)
            await until(pilot, lambda: "the lock is held by the app (pid" in str(told.content))
            await pilot.press("escape")
            await settle(pilot)


async def test_an_apply_that_gave_up_says_who_held_the_file(open_app, live):
    path, program = live
    async with open_app(path, table="p") as pilot:
        await press(pilot, "right", "e", "text:!", "enter", "w")
        program.sql("BEGIN IMMEDIATE")
        await press(pilot, "enter")
        told = str(pilot.app.screen.query_one("#result", Static).content)
        assert f"(pid {program.process.pid})" in told
        program.sql("ROLLBACK")


# -- a typo is not a write -------------------------------------------------------------------------


TYPOS = (
    ("selec id from t", 1, 1),
    ("update t set v = 'a'\nwher id = 1 and v = 'wher'", 2, 1),
    ("insert into t values (1, 'x') -- values\n values (2)", 2, 2),
    ("delete from t where id in (select id from t group group by id)", 1, 51),
    ("update t set v = 'values' values values", 1, 27),
    ("drop tables t", 1, 6),
)
UNKNOWN = (
    "update nothing set a = 1",
    "delete from t where nope = 1",
    "insert into t (q) values (1)",
)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_what_the_engine_does_not_understand_asks_nothing(
    open_app, request, sqlite_file, engine
):
    target = (
        sqlite_file("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
        if engine == "sqlite"
        else request.getfixturevalue("server")
    )
    async with open_app(target) as pilot:
        await open_query(pilot)
        for sql, line, column in TYPOS:
            write(pilot, sql)
            await run(pilot)
            assert not isinstance(pilot.app.screen, Ask), sql
            assert said(pilot).startswith(f"line {line}, column {column}: "), sql
            assert tab(pilot).editor.cursor_location == (line - 1, column - 1)
        for sql in UNKNOWN:
            write(pilot, sql)
            await run(pilot)
            assert not isinstance(pilot.app.screen, Ask), sql
            assert tab(pilot).query_one("#said", Static).has_class("-error")


async def test_preparing_runs_nothing(open_app, live):
    path, program = live
    async with open_app(path) as pilot:
        for sql in ("PRAGMA user_version = 7", "EXPLAIN PRAGMA user_version = 7", "VACUUM"):
            await open_query(pilot, sql)
            await pilot.press("ctrl+r")
            await seen(pilot, Ask)
            await pilot.press("n")
            await settle(pilot)
            assert program.sql("PRAGMA user_version") == [[0]]


# -- what is shown is the answer to what was asked -------------------------------------------------


async def test_an_error_leaves_no_earlier_answer_under_it(open_app, live):
    path, _ = live
    async with open_app(path) as pilot:
        for wrong in ("SELECT nope FROM p", "selec 1", "DELETE FROM nothing"):
            await open_query(pilot, "SELECT id FROM p")
            await run(pilot)
            assert len(rows(pilot)) == 3
            write(pilot, wrong)
            await run(pilot)
            assert rows(pilot) == []
            assert len(tab(pilot).grid.columns) == 0
        write(pilot, "SELECT id FROM p")
        await run(pilot)
        assert len(rows(pilot)) == 3


async def test_nothing_is_said_to_run_while_a_question_waits(open_app, live):
    path, _ = live
    async with open_app(path) as pilot:
        await open_query(pilot, "DELETE FROM p WHERE id = 3")
        await pilot.press("ctrl+r")
        main = pilot.app.screen_stack
        await seen(pilot, Ask)
        status = next(s.status for s in main if hasattr(s, "status"))
        await until(pilot, lambda: status._doing == "")
        await pilot.press("y")
        await seen(pilot, AskCommit)
        await until(pilot, lambda: status._doing == "")
        await pilot.press("n")
        await settle(pilot)
        assert status._doing == ""

"""The query tab, driven by keys, on real databases."""

import sqlite3
from time import monotonic

import pytest
from textual.widgets import Static

from studio.backends.base import Purpose
from studio.config import paths
from studio.config.settings import Settings
from studio.ui.query.commit import AskCommit
from studio.ui.query.drafts import PickDraft
from studio.ui.query.earlier import Earlier
from studio.ui.query.tab import QueryTab
from studio.ui.shell.main import MainScreen
from studio.ui.widgets.ask import Ask
from studio.ui.widgets.sql_editor import SqlEditor
from tests.postgres import run_sql
from tests.scenes import answerable, settle
from tests.terminal import ARRIVES_S


def main(pilot) -> MainScreen:
    return next(s for s in pilot.app.screen_stack if isinstance(s, MainScreen))


def tab(pilot) -> QueryTab:
    shown = main(pilot).tab_stack.current
    assert isinstance(shown, QueryTab)
    return shown


def said(pilot) -> str:
    return str(tab(pilot).query_one("#said", Static).content)


def rows(pilot) -> list[tuple[object, ...]]:
    grid = tab(pilot).grid
    return [tuple(grid.row_values(i)) for i in range(grid.view.height)]


def write(pilot, text: str, cursor: int | None = None) -> None:
    editor = tab(pilot).editor
    editor.load_text(text)
    editor.move_cursor(editor.location_of(len(text) if cursor is None else cursor))


async def until(pilot, holds) -> None:
    """Wait for something that a worker brings about."""
    deadline = monotonic() + ARRIVES_S
    while monotonic() < deadline:
        await pilot.pause()
        if holds():
            return
    raise AssertionError("it never came true")


@pytest.fixture
def small(sqlite_file):
    return sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, 'one'), (2, 'two')",
    )


def count(path) -> int:
    with sqlite3.connect(path) as connection:
        (found,) = connection.execute("SELECT count(*) FROM t").fetchone()
    connection.close()
    return found


async def test_the_statement_at_the_cursor_runs(open_app, small):
    async with open_app(small) as pilot:
        await pilot.press("T")
        await settle(pilot)
        assert isinstance(pilot.app.focused, SqlEditor)
        text = "SELECT 1;\nSELECT id, v FROM t ORDER BY id;\nSELECT 3"
        write(pilot, text, text.index("FROM"))
        await pilot.press("ctrl+r")
        await settle(pilot)
        assert rows(pilot) == [(1, "one"), (2, "two")]
        assert said(pilot).startswith("2 rows")


async def open_query(pilot, text: str = "", cursor: int | None = None) -> None:
    await pilot.press("T")
    await settle(pilot)
    if text:
        write(pilot, text, cursor)


async def run(pilot) -> None:
    await pilot.press("ctrl+r")
    await settle(pilot)


async def asked(pilot, kind) -> Ask:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))
    return pilot.app.screen


async def test_a_selection_runs_whole_and_says_which_of_them(open_app, small):
    async with open_app(small) as pilot:
        await open_query(pilot, "SELECT 1 AS a; SELECT 2 AS b")
        tab(pilot).editor.select_all()
        await run(pilot)
        assert rows(pilot) == [(2,)]
        assert said(pilot).startswith("2 of 2 ran")


async def test_an_error_is_said_and_marked_at_its_place(open_app, postgres):
    async with open_app(postgres) as pilot:
        await open_query(pilot, "SELECT 1;\nSELECT nothing_like_it FROM pg_class")
        await run(pilot)
        assert said(pilot).startswith("line 2, column 8: ")
        assert tab(pilot).editor.cursor_location == (1, 7)
        write(pilot, "SELECT 1")
        await run(pilot)
        assert rows(pilot) == [("1",)]


@pytest.mark.parametrize(
    ("sql", "wrong", "meant"),
    [
        ("SELECT id,\n  valeu FROM things", "valeu", "value"),
        ("SELECT t.valu, t.id FROM things t", "t.valu", "value"),
        ("SELECT th.value FROM things t", "th.value", "t"),
        ("SELECT id FROM thinks", "thinks", "things"),
        ("UPDATE things SET valeu = 1", "valeu", "value"),
        ('SELECT "valeu", id FROM things', '"valeu"', "value"),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_a_name_that_is_not_there_is_underlined_and_the_nearest_named(
    open_app, request, sqlite_file, engine, sql, wrong, meant
):
    create = "CREATE TABLE things (id integer PRIMARY KEY, value text)"
    if engine == "sqlite":
        if wrong.startswith('"'):
            pytest.skip("SQLite takes it for a text")
        database = sqlite_file(create)
    else:
        database = request.getfixturevalue("postgres")
        run_sql(database, create)
    async with open_app(database) as pilot:
        await open_query(pilot, f"-- first\n{sql}")
        await run(pilot)
        editor = tab(pilot).editor
        at = editor.text.index(wrong)
        assert editor.cursor_index == at
        assert [(m.start, m.end) for m in editor._marks] == [(at, at + len(wrong))]
        assert f"Did you mean {meant}?" in said(pilot)
        assert tab(pilot).query_one("#said").has_class("-error")


async def test_a_place_that_may_be_another_is_not_marked(open_app, small):
    async with open_app(small) as pilot:
        await open_query(pilot, "SELECT (SELECT v AS w FROM t) FROM t WHERE w = 1 AND t.w")
        await run(pilot)
        assert "no such column" in said(pilot)
        write(pilot, "SELECT v AS w FROM t WHERE EXISTS (SELECT 1 FROM t AS x WHERE x.y = w)")
        await run(pilot)
        assert tab(pilot).editor.cursor_index == tab(pilot).editor.text.index("x.y")


async def test_a_long_line_is_wrapped_and_its_place_is_scrolled_to(open_app, small):
    async with open_app(small) as pilot:
        names = ", ".join(f"v AS column_number_{number}" for number in range(200))
        await open_query(pilot, f"SELECT {names}, nowhere FROM t", 0)
        editor = tab(pilot).editor
        assert editor.soft_wrap
        assert editor.virtual_size.width <= editor.size.width
        await run(pilot)
        assert editor.cursor_index == editor.text.index("nowhere")
        shown = "".join(editor.render_line(y).text for y in range(editor.size.height))
        assert "nowhere" in shown


async def test_a_write_asks_runs_and_is_rolled_back(open_app, small):
    async with open_app(small) as pilot:
        await open_query(pilot, "DELETE FROM t WHERE id = 1")
        await pilot.press("ctrl+r")
        await asked(pilot, Ask)
        await answerable(pilot)
        await pilot.press("y")
        question = await asked(pilot, AskCommit)
        assert "touched 1 row" in question._question
        assert count(small) == 2
        await answerable(pilot)
        await pilot.press("n")
        await settle(pilot)
        assert said(pilot).endswith("rolled back")
        assert count(small) == 2


async def test_a_write_is_kept_when_that_is_answered(open_app, small):
    async with open_app(small) as pilot:
        await open_query(pilot, "INSERT INTO t (v) VALUES ('three'), ('four') RETURNING id")
        await pilot.press("ctrl+r")
        await asked(pilot, Ask)
        await answerable(pilot)
        await pilot.press("y")
        await asked(pilot, AskCommit)
        assert count(small) == 2
        await answerable(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert rows(pilot) == [(3,), (4,)]
        assert count(small) == 4


async def test_a_transaction_that_nobody_answers_is_rolled_back(open_app, postgres):
    run_sql(postgres, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    async with open_app(postgres, settings=Settings(commit_wait_s=300)) as pilot:
        await open_query(pilot, "DELETE FROM t")
        await pilot.press("ctrl+r")
        await asked(pilot, Ask)
        await answerable(pilot)
        await pilot.press("y")
        question = await asked(pilot, AskCommit)
        question._until = 0.0
        await settle(pilot)
        assert said(pilot).endswith("rolled back")
        assert run_sql(postgres, "SELECT count(*) FROM t") == [(1,)]


async def test_a_write_that_is_refused_never_reaches_the_database(open_app, small):
    async with open_app(small) as pilot:
        await open_query(pilot, "DROP TABLE t")
        await pilot.press("ctrl+r")
        await asked(pilot, Ask)
        await answerable(pilot)
        await pilot.press("n")
        await settle(pilot)
        assert said(pilot) == "nothing was run"
        assert count(small) == 2


@pytest.mark.parametrize(
    "trick", ["DELETE FROM t", "PRAGMA user_version = 7", "VACUUM INTO '/tmp/never'", "COMMIT"]
)
async def test_a_read_only_connection_is_refused_by_the_database(open_app, small, trick):
    async with open_app(small, read_only=True) as pilot:
        await open_query(pilot, trick)
        await run(pilot)
        assert tab(pilot).query_one("#said", Static).has_class("-error")
        assert not isinstance(pilot.app.screen, Ask)
        assert count(small) == 2


async def test_a_function_that_writes_behind_a_select_is_asked_about(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE t (id int)",
        "CREATE FUNCTION sly() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (1) RETURNING id'",
    )
    async with open_app(postgres) as pilot:
        await open_query(pilot, "SELECT sly()")
        await pilot.press("ctrl+r")
        await asked(pilot, Ask)
        await answerable(pilot)
        await pilot.press("y")
        await asked(pilot, AskCommit)
        await answerable(pilot)
        await pilot.press("n")
        await settle(pilot)
        write(pilot, "SELECT count(*) FROM t")
        await run(pilot)
        assert rows(pilot) == [("0",)]


ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(1000)",
}


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_escape_stops_and_the_next_statement_runs(open_app, request, engine):
    target = request.getfixturevalue("small" if engine == "sqlite" else "postgres")
    async with open_app(target) as pilot:
        await open_query(pilot, ENDLESS[engine])
        await pilot.press("ctrl+r")
        lanes = (main(pilot).workspace.session.lane(Purpose.QUERY), tab(pilot)._own.lane)
        await until(pilot, lambda: any(lane.running_since is not None for lane in lanes))
        await pilot.press("escape")
        await settle(pilot)
        assert said(pilot).startswith("stopped")
        write(pilot, "SELECT 41 + 1")
        await run(pilot)
        assert [str(value) for (value,) in rows(pilot)] == ["42"]


async def test_what_a_closed_tab_ran_is_no_longer_said_to_run(open_app, small):
    async with open_app(small) as pilot:
        await open_query(pilot, ENDLESS["sqlite"])
        await pilot.press("ctrl+r")
        lanes = (main(pilot).workspace.session.lane(Purpose.QUERY), tab(pilot)._own.lane)
        await until(pilot, lambda: any(lane.running_since is not None for lane in lanes))
        await until(pilot, lambda: main(pilot).status._doing)
        await pilot.press("tab", "x")
        await until(pilot, lambda: len(main(pilot).tab_stack.tabs) == 1)
        await until(pilot, lambda: all(lane.running_since is None for lane in lanes))
        await until(pilot, lambda: not main(pilot).status._doing)


async def test_the_row_limit_is_said(open_app, small):
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    settings = Settings(query_rows=1_200)
    async with open_app(small, settings=settings) as pilot:
        await open_query(pilot, numbers)
        await run(pilot)
        assert said(pilot).startswith("first 1,200 rows")
        assert rows(pilot)[-1] == (1_200,)


async def test_the_byte_limit_is_said(open_app, small):
    fat = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT zeroblob(9999)"
    async with open_app(small, settings=Settings(query_mib=1)) as pilot:
        await open_query(pilot, f"{fat} FROM n")
        await run(pilot)
        assert said(pilot).startswith("first ")
        assert 50 < len(rows(pilot)) < 200


def earlier(pilot) -> list[str]:
    shown = tab(pilot).query_one(Earlier)
    return str(shown.content).splitlines() if shown.display else []


async def test_what_was_typed_is_one_key_away_and_a_new_query_is_empty(open_app, small):
    async with open_app(small) as pilot:
        await open_query(pilot)
        await pilot.press(*"select 'kept'")
        await settle(pilot)
        kept = next(paths.state_folder().glob("queries/*/1.sql"))
        assert kept.read_text() == "select 'kept'"
        assert kept.stat().st_mode & 0o077 == 0
        await pilot.press("!")
    async with open_app(small) as pilot:
        await open_query(pilot)
        assert tab(pilot).editor.text == ""
        assert earlier(pilot)[-1].endswith("ctrl+\\ takes one of 1 draft")
        await pilot.press("ctrl+backslash")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickDraft))
        await pilot.press("enter")
        await settle(pilot)
        assert tab(pilot).editor.text == "select 'kept'!"
    assert kept.read_text() == "select 'kept'!"


async def test_two_windows_never_write_to_one_text(open_app, small):
    async with open_app(small) as one:
        await open_query(one)
        async with open_app(small) as other:
            await open_query(other)
            await other.press(*"theirs")
        await one.press(*"ours")
    kept = paths.state_folder().glob("queries/*/*.sql")
    assert sorted(path.read_text() for path in kept) == ["ours", "theirs"]


async def test_a_query_that_says_nothing_leaves_nothing(open_app, small):
    async with open_app(small) as pilot:
        await open_query(pilot)
        await pilot.press("space")
    assert not list(paths.state_folder().glob("queries/*/*"))


async def test_where_there_are_no_rows_the_last_three_statements_are_shown(open_app, small):
    async with open_app(small) as pilot:
        await open_query(pilot)
        assert earlier(pilot) == []
        for text in ("SELECT 1", "SELECT 2", "SELECT 1", "SELECT 3", "SELECT 4"):
            write(pilot, text)
            await run(pilot)
        assert not tab(pilot).query_one(Earlier).display
        write(pilot, "SELECT nowhere")
        await run(pilot)
        shown = earlier(pilot)
        assert [line.split("  ")[-1] for line in shown[:3]] == [
            "SELECT nowhere",
            "SELECT 4",
            "SELECT 3",
        ]
        assert "failed" in shown[0]
        write(pilot, "SELECT 5")
        await run(pilot)
        assert not tab(pilot).query_one(Earlier).display


async def test_a_text_from_the_command_line_leaves_the_old_one_alone(open_app, small, tmp_path):
    async with open_app(small) as pilot:
        await open_query(pilot)
        await pilot.press(*"old")
    file = tmp_path / "q.sql"
    file.write_text("SELECT 7")
    async with open_app(small, query=f"@{file}") as pilot:
        await settle(pilot)
        assert tab(pilot).tab_title == "q.sql"
        assert tab(pilot).editor.text == "SELECT 7"
    kept = paths.state_folder().glob("queries/*/*.sql")
    assert sorted(path.read_text() for path in kept) == ["SELECT 7", "old"]


async def test_history_brings_a_statement_back(open_app, small):
    async with open_app(small) as pilot:
        await open_query(pilot, "SELECT 'first one'")
        await run(pilot)
        write(pilot, "SELECT 'other'")
        await run(pilot)
        write(pilot, "")
        await pilot.press("ctrl+l")
        await settle(pilot)
        await pilot.press(*"first", "enter")
        await settle(pilot)
        assert tab(pilot).editor.text == "SELECT 'first one'"


async def test_passwords_are_in_no_history(open_app, postgres):
    async with open_app(postgres) as pilot:
        await open_query(pilot, "CREATE ROLE someone PASSWORD 'hush'")
        await pilot.press("ctrl+r")
        await asked(pilot, Ask)
        await answerable(pilot)
        await pilot.press("y")
        await asked(pilot, AskCommit)
        await answerable(pilot)
        await pilot.press("n")
        await settle(pilot)
    kept = [p.read_bytes() for p in paths.state_folder().glob("history/*")]
    assert kept
    assert not any(b"hush" in text for text in kept)


async def test_save_and_open_a_file(open_app, small, tmp_path):
    file = tmp_path / "saved.sql"
    async with open_app(small) as pilot:
        await open_query(pilot, "SELECT 12")
        await pilot.press("ctrl+s", *str(file), "enter")
        await settle(pilot)
        assert file.read_text() == "SELECT 12"
        write(pilot, "")
        file.write_text("SELECT 13")
        await pilot.press("ctrl+o", "enter")
        await settle(pilot)
        assert tab(pilot).editor.text == "SELECT 13"


async def test_a_file_is_replaced_only_when_nobody_elses_text_is_lost(open_app, small, tmp_path):
    file = tmp_path / "theirs.sql"
    file.write_text("SELECT 'theirs'")
    async with open_app(small) as pilot:
        await open_query(pilot, "SELECT 12")
        await pilot.press("ctrl+s", *str(file), "enter")
        await asked(pilot, Ask)
        await answerable(pilot)
        await pilot.press("n")
        await settle(pilot)
        assert file.read_text() == "SELECT 'theirs'"
        await pilot.press("ctrl+s", *str(file), "enter")
        await asked(pilot, Ask)
        await answerable(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert file.read_text() == "SELECT 12"
        # From now on it is this tab's own, until somebody else changes it.
        write(pilot, "SELECT 13")
        await pilot.press("ctrl+s", "enter")
        await settle(pilot)
        assert file.read_text() == "SELECT 13"
        file.write_text("SELECT 'changed meanwhile'")
        await pilot.press("ctrl+s", "enter")
        await asked(pilot, Ask)
        await answerable(pilot)
        await pilot.press("n")
        await settle(pilot)
        assert file.read_text() == "SELECT 'changed meanwhile'"


async def test_at_eighty_columns_editor_and_rows_are_both_there(open_app, small):
    async with open_app(small, size=(80, 24)) as pilot:
        await open_query(pilot, "SELECT id, v FROM t")
        await run(pilot)
        assert tab(pilot).editor.size.height >= 4
        assert tab(pilot).grid.size.height >= 8
        assert len(rows(pilot)) == 2


async def test_hostile_values_and_names_stay_text(open_app, small):
    async with open_app(small) as pilot:
        await open_query(pilot, "SELECT char(27) || '[2J[red]' AS \"[bold]\x1b]0;x\x07\"")
        await run(pilot)
        await pilot.press("tab", "enter")
        await settle(pilot)
        shown = pilot.app.export_screenshot()
        assert "\x1b" not in shown
        assert "\x07" not in shown


def notices(postgres, volatility: str) -> None:
    run_sql(
        postgres,
        f"CREATE FUNCTION tell() RETURNS int LANGUAGE plpgsql {volatility} AS "
        "'BEGIN RAISE NOTICE ''by the way''; RETURN 1; END'",
    )


async def test_notices_are_shown(open_app, postgres):
    notices(postgres, "STABLE")
    async with open_app(postgres) as pilot:
        await open_query(pilot, "SELECT tell()")
        await run(pilot)
        assert said(pilot).endswith("NOTICE: by the way")
        write(pilot, "SELECT 1")
        await run(pilot)
        assert "NOTICE" not in said(pilot)


async def test_notices_of_what_was_asked_about_are_shown(open_app, postgres):
    notices(postgres, "VOLATILE")
    async with open_app(postgres) as pilot:
        await open_query(pilot, "SELECT tell()")
        await pilot.press("ctrl+r")
        for question in (Ask, AskCommit):
            await asked(pilot, question)
            await answerable(pilot)
            await pilot.press("y")
        await settle(pilot)
        assert said(pilot).endswith("NOTICE: by the way")


async def test_a_new_table_is_in_the_catalog_at_once(open_app, small):
    async with open_app(small) as pilot:
        await open_query(pilot, "CREATE TABLE brand_new (a)")
        await pilot.press("ctrl+r")
        await asked(pilot, Ask)
        await answerable(pilot)
        await pilot.press("y")
        await asked(pilot, AskCommit)
        await answerable(pilot)
        await pilot.press("y")
        await settle(pilot)
        names = [summary.ref.name for summary in main(pilot).workspace.summaries]
        assert "brand_new" in names

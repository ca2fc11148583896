"""What a person does with results: again, pinned, sorted, filtered, charted, watched, edited."""

import pytest

from studio.config.settings import Settings
from studio.ui.query.chart import ChartScreen
from studio.ui.query.notified import NotifiedLines
from studio.ui.query.results import ResultStrip
from studio.ui.query.results_pane import ResultHead
from studio.ui.query.script_question import AskScript
from studio.ui.rows.filter_bar import FilterBar
from studio.ui.rows.tab import BrowseTab
from studio.ui.widgets.ask import Ask, AskText
from tests.postgres import run_sql
from tests.scenes import answerable, settle
from tests.ui.test_query import asked, main, open_query, rows, run, said, tab, until, write

TABLES = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n NUMERIC)",
    "INSERT INTO t VALUES (1, 'b', 10), (2, 'a', 9), (3, NULL, 11)",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request):
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_file")(*TABLES)
    server = request.getfixturevalue("postgres")
    run_sql(server, *TABLES)
    return server


@pytest.fixture
def server(postgres):
    run_sql(postgres, *TABLES)
    return postgres


def ids(pilot):
    return [int(row[0]) for row in rows(pilot)]


def head(pilot):
    shown = tab(pilot).query_one(ResultHead)
    return str(shown.content) if shown.display else ""


def strip(pilot):
    shown = tab(pilot).query_one(ResultStrip)
    return str(shown.content) if shown.display else ""


async def in_rows(pilot, text, column=0):
    """Run it, and go into what came."""
    write(pilot, text)
    await run(pilot)
    tab(pilot).grid.focus()
    tab(pilot).grid.move_to(column=column)
    await settle(pilot)


async def keys(pilot, *pressed):
    await pilot.press(*pressed)
    await settle(pilot)


async def test_a_whole_result_is_sorted_and_filtered_here(open_app, place):
    async with open_app(place) as pilot:
        await open_query(pilot)
        await in_rows(pilot, "SELECT * FROM t ORDER BY id", column=2)
        assert head(pilot) == ""
        await keys(pilot, "s")
        assert ids(pilot) == [2, 1, 3]
        assert "sorted here" in head(pilot)
        await keys(pilot, "s")
        assert ids(pilot) == [3, 1, 2]
        await keys(pilot, "slash", *"n > 9", "enter")
        assert ids(pilot) == [3, 1]
        assert "2 of 3 rows, filtered and sorted here" in head(pilot)
        await keys(pilot, "F")
        assert ids(pilot) == [1, 2, 3]
        assert head(pilot) == ""
        await keys(pilot, "f")
        assert len(ids(pilot)) == 1


async def test_a_cut_result_is_sorted_and_filtered_by_the_database(open_app, place):
    async with open_app(place, settings=Settings(query_rows=2)) as pilot:
        await open_query(pilot)
        text = "SELECT id, id, v, n FROM t WHERE id < 90 -- all"
        await in_rows(pilot, text, column=3)
        assert head(pilot).startswith("first 2 of more · ran ")
        # Each is a run of its own: a key that comes while one runs is told so.
        await keys(pilot, "s")
        await keys(pilot, "s")
        assert ids(pilot) == [3, 1]
        assert "first 2 of more, sorted by the database" in head(pilot)
        await keys(pilot, "slash", *'"id (2)" = 2', "enter")
        assert ids(pilot) == [2]
        assert "1 row, filtered and sorted by the database" in head(pilot)
        await keys(pilot, "R")
        assert ids(pilot) == [2]
        await keys(pilot, "F")
        assert "first 2 of more" in head(pilot)


async def test_what_is_no_query_is_not_wrapped(open_app, server):
    async with open_app(server, settings=Settings(query_rows=2)) as pilot:
        await open_query(pilot)
        await in_rows(pilot, "SHOW ALL")
        before = rows(pilot)
        await keys(pilot, "s")
        assert "SHOW is no part of a query" in said(pilot)
        assert rows(pilot) == before


async def test_a_pinned_result_stays_beside_the_next(open_app, place):
    async with open_app(place) as pilot:
        await open_query(pilot)
        await in_rows(pilot, "SELECT id FROM t ORDER BY id")
        await keys(pilot, "P")
        assert "pin 1 rows 3" in strip(pilot)
        assert head(pilot).startswith("pinned · 3 rows")
        await in_rows(pilot, "SELECT id FROM t WHERE id = 2")
        assert ids(pilot) == [2]
        assert "rows 3 │ 1 rows 1" in strip(pilot)
        await keys(pilot, "left_square_bracket")
        assert ids(pilot) == [1, 2, 3]
        # Again: what is pinned stays, to be compared with what comes now.
        await keys(pilot, "R")
        assert ids(pilot) == [1, 2, 3]
        assert head(pilot) == ""
        assert "rows 3 │ 1 rows 1 │ 2 rows 3" in strip(pilot)
        await keys(pilot, "left_square_bracket", "left_square_bracket", "P")
        assert strip(pilot) == ""


async def test_what_writes_is_asked_about_before_it_runs_again(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot, "BEGIN")
        await run(pilot)
        await in_rows(pilot, "INSERT INTO t VALUES (9, 'x', 1) RETURNING id")
        await pilot.press("R")
        screen = await asked(pilot, Ask)
        assert "more than read" in screen._question
        await answerable(pilot)
        await keys(pilot, "n")
        assert tab(pilot)._own.held.changes.statements == 1
        await pilot.press("W")
        await settle(pilot)
        assert "never runs by itself" in said(pilot)


async def test_a_failure_when_it_runs_again_leaves_what_was_known(open_app, place):
    async with open_app(place) as pilot:
        await open_query(pilot)
        await in_rows(pilot, "SELECT id FROM t ORDER BY id")
        if isinstance(place, str):
            run_sql(place, "ALTER TABLE t RENAME TO gone")
            await keys(pilot, "R")
            assert "does not exist" in said(pilot)
            assert ids(pilot) == [1, 2, 3]


async def test_rows_of_one_table_are_opened_where_they_are_edited(open_app, place):
    async with open_app(place) as pilot:
        await open_query(pilot)
        await in_rows(pilot, "SELECT v, id FROM t WHERE id > 1 ORDER BY id")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(main(pilot).tab_stack.current, BrowseTab))
        shown = main(pilot).tab_stack.current
        await until(pilot, lambda: shown.rows.source is not None and shown.rows.source.height == 2)
        assert [int(shown.rows.source.row(i)[0]) for i in range(2)] == [2, 3]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SELECT v FROM t", "select id too"),
        ("SELECT count(*) FROM t", "no column by its own name"),
        ("SELECT a.id FROM t a JOIN t b ON a.id = b.id", "not the rows of one table"),
    ],
)
async def test_rows_that_are_not_of_one_table_with_its_key_are_not_edited(
    open_app, sqlite_file, text, why
):
    async with open_app(sqlite_file(*TABLES)) as pilot:
        await open_query(pilot)
        await in_rows(pilot, text)
        await pilot.press("e")
        await until(pilot, lambda: why in said(pilot))


async def test_a_name_means_what_it_means_in_the_session(open_app, server):
    run_sql(
        server,
        "CREATE SCHEMA other",
        "CREATE TABLE other.t (id int PRIMARY KEY)",
        "INSERT INTO other.t VALUES (7)",
        "CREATE TABLE days (day date PRIMARY KEY)",
        "INSERT INTO days VALUES ('2024-06-01')",
    )
    async with open_app(server) as pilot:
        await open_query(pilot)
        for text in ("SET search_path = other", "SET datestyle = 'SQL, DMY'"):
            write(pilot, text)
            await run(pilot)
        await in_rows(pilot, "SELECT day FROM public.days")
        await pilot.press("e")
        await until(pilot, lambda: "might name another row" in said(pilot))
        await in_rows(pilot, "SELECT id FROM t")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(main(pilot).tab_stack.current, BrowseTab))
        assert str(main(pilot).tab_stack.current.ref) == "other.t"


async def test_a_query_runs_again_by_itself_with_its_changes_marked(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot)
        await in_rows(pilot, "SELECT id, v FROM t ORDER BY id")
        await pilot.press("W")
        await asked(pilot, AskText)
        await pilot.press("ctrl+u", *"0.2", "enter")
        run_sql(
            server,
            "BEGIN",
            "UPDATE t SET v = 'B' WHERE id = 1",
            "DELETE FROM t WHERE id = 2",
            "INSERT INTO t VALUES (5, 'new', 1)",
            "COMMIT",
        )
        seen = set()

        def marked():
            source = tab(pilot).grid._source
            found = [(source.row(i)[0], source.sign(i)) for i in range(source.height)]
            seen.update(each for each in found if each[1])
            return seen >= {("1", "~"), ("2", "×"), ("5", "+")}

        await until(pilot, marked)
        await until(pilot, lambda: "nothing changed" in head(pilot))
        assert rows(pilot) == [("1", "B"), ("3", None), ("5", "new")]
        await keys(pilot, "escape")
        assert "stopped, W goes on" in head(pilot)
        assert not tab(pilot)._watch.is_on


async def test_every_line_tells_of_the_rows_that_are_there_while_they_are_watched(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot)
        await in_rows(pilot, "SELECT id FROM t ORDER BY id")
        await pilot.press("W")
        await asked(pilot, AskText)
        await pilot.press("ctrl+u", *"0.2", "enter")
        run_sql(server, "INSERT INTO t VALUES (4), (5)")
        await until(pilot, lambda: head(pilot).startswith("5 rows · "))
        assert "3 rows" not in said(pilot)
        # Pinned, it is what it is now; what is watched goes on beside it.
        await until(pilot, lambda: "nothing changed" in head(pilot))

        async def pinned():
            await pilot.press("P")
            return "pin " in strip(pilot)

        while not await pinned():
            await pilot.pause()
        run_sql(server, "DELETE FROM t WHERE id > 1")
        await until(pilot, lambda: head(pilot).startswith("1 row · "))
        assert "rows 5 │ 1 rows 1 " in strip(pilot)
        await keys(pilot, "escape", "left_square_bracket")
        assert ids(pilot) == [1, 2, 3, 4, 5]
        assert head(pilot).startswith("pinned · 5 rows")
        await pilot.press("W")
        assert "pinned" in said(pilot)
        assert not tab(pilot)._watch.is_on


async def test_no_filter_stands_above_rows_that_are_gone(open_app, place):
    async with open_app(place) as pilot:
        await open_query(pilot)
        await in_rows(pilot, "SELECT * FROM t", column=2)
        await keys(pilot, "slash", *"n > 9", "enter")
        assert tab(pilot).query_one(FilterBar).display
        write(pilot, "SELECT nonsense FROM t")
        await run(pilot)
        assert "nonsense" in said(pilot)
        assert not tab(pilot).query_one(FilterBar).display


async def test_a_watched_query_stops_when_its_tab_is_left(open_app, place):
    async with open_app(place) as pilot:
        await open_query(pilot)
        await in_rows(pilot, "SELECT id FROM t")
        await pilot.press("W")
        await asked(pilot, AskText)
        await pilot.press("ctrl+u", *"0.2", "enter")
        query = tab(pilot)
        main(pilot).tab_stack.action_pick(0)
        await until(pilot, lambda: not query._watch.is_on)


async def test_notifications_are_told_when_they_come(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot, "LISTEN news")
        await run(pilot)
        assert "1 LISTEN channel" in tab(pilot).standing.session
        run_sql(server, "SELECT pg_notify('news', E'hello \\x1b[31mred')")
        lines = tab(pilot).query_one(NotifiedLines)
        await until(pilot, lambda: lines.display)
        told = str(lines.content)
        assert "news  hello" in told
        assert "\x1b" not in told
        run_sql(server, "SELECT pg_notify('news', i::text) FROM generate_series(1, 300) i")
        await until(pilot, lambda: "  300  " in str(lines.content))
        assert "and 297 before" in str(lines.content)
        # What is told while a statement of one's own runs is told, too.
        write(pilot, "BEGIN; NOTIFY news, 'mine'; COMMIT")
        tab(pilot).action_run_all()
        await asked(pilot, AskScript)
        await answerable(pilot)
        await keys(pilot, "enter")
        await until(pilot, lambda: "mine" in str(lines.content))


async def test_the_end_of_a_session_that_listens_is_told(open_app, server):
    async with open_app(server) as pilot:
        await open_query(pilot, "LISTEN news")
        await run(pilot)
        run_sql(
            server,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE '%listen%' "
            "AND pid <> pg_backend_pid() OR query LIKE '%pg_my_temp_schema%' "
            "AND pid <> pg_backend_pid() OR query LIKE '%pg_settings%' AND pid <> pg_backend_pid()",
        )
        await until(pilot, lambda: "the connection was lost while idle" in said(pilot))
        assert "This statement was not run" in said(pilot)


async def test_a_result_is_drawn_and_copied(open_app, place):
    async with open_app(place, size=(80, 24)) as pilot:
        await open_query(pilot)
        await in_rows(pilot, "SELECT v, n FROM t ORDER BY id", column=1)
        await pilot.press("v")
        screen = await asked(pilot, ChartScreen)
        await settle(pilot)
        assert screen.lines[0].startswith("n ")
        assert any(line.lstrip().startswith("b ██") for line in screen.lines)
        await keys(pilot, "l")
        await keys(pilot, "y")
        await keys(pilot, "h")
        assert screen.lines[0].startswith("how often")
        await keys(pilot, "escape")
        await in_rows(pilot, "SELECT v FROM t")
        await pilot.press("v")
        await settle(pilot)
        assert not isinstance(pilot.app.screen, ChartScreen)

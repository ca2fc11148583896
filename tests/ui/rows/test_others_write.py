"""What others write meanwhile: nothing is claimed that is no longer known."""

import sqlite3
from contextlib import closing

import pytest
from textual.widgets import Static

from studio.ui.query.commit import AskCommit
from studio.ui.shell.catalog_lines import short_count
from studio.ui.widgets.ask import Ask
from tests.postgres import run_sql
from tests.scenes import answerable, settle
from tests.ui.test_browse import column, main, press, tab
from tests.ui.test_query import asked

SMALL = (
    "CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT)",
    "INSERT INTO t VALUES (1, 'one'), (2, 'two')",
)


def elsewhere(path, *statements):
    """Another program connects, writes, and goes."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


async def look(pilot):
    """The look at the files that comes every two seconds, now."""
    facts = main(pilot).facts
    await facts._look_again(facts._opened)
    await settle(pilot)


def title(pilot) -> str:
    return str(tab(pilot).query_one("#title", Static).render())


def counted(pilot) -> str:
    (summary,) = (s for s in main(pilot).tree_pane.summaries if s.ref.name == "t")
    return short_count(summary.row_estimate, exact=summary.exact)


def journal_mode(path, mode):
    elsewhere(path, f"PRAGMA journal_mode = {mode}")


@pytest.mark.parametrize("mode", ["wal", "delete"])
@pytest.mark.parametrize(
    "change", ["INSERT INTO t VALUES (3, 'three')", "UPDATE t SET note = 'other' WHERE id = 1"]
)
async def test_a_change_is_noticed_and_read_on_r(open_app, sqlite_file, mode, change):
    path = sqlite_file(*SMALL)
    journal_mode(path, mode)
    async with open_app(path, table="t") as pilot:
        await look(pilot)
        assert title(pilot).startswith("2 rows")
        assert "changed" not in title(pilot)
        assert tab(pilot).tab_place.startswith("row 1 of 2 ")
        assert counted(pilot) == "2"
        elsewhere(path, change)
        await look(pilot)
        assert title(pilot).startswith("~2 rows · database changed since: R")
        assert tab(pilot).tab_place.startswith("row 1 of ~2 ")
        assert counted(pilot) == "~2"
        await press(pilot, "R")
        await look(pilot)
        rows = 3 if "INSERT" in change else 2
        assert title(pilot).startswith(f"{rows} rows")
        assert "changed" not in title(pilot)
        assert len(column(pilot, "id")) == rows
        assert counted(pilot) == str(rows)


async def test_a_change_beside_a_live_program_is_noticed(open_app, sqlite_file):
    path = sqlite_file(*SMALL)
    with closing(sqlite3.connect(path, isolation_level=None)) as live:
        live.execute("INSERT INTO t VALUES (3, 'three')")
        async with open_app(path, table="t") as pilot:
            await look(pilot)
            assert title(pilot).startswith("3 rows")
            live.execute("PRAGMA wal_checkpoint")
            await look(pilot)
            assert "changed" not in title(pilot), "a checkpoint changes nothing"
            live.execute("DELETE FROM t WHERE id = 1")
            await look(pilot)
            assert title(pilot).startswith("~3 rows · database changed since: R")
            await press(pilot, "R")
            assert title(pilot).startswith("2 rows")
            live.execute("DELETE FROM t WHERE id = 2")
            await look(pilot)
            assert title(pilot).startswith("~2 rows · database changed since: R")


async def test_rows_of_a_private_copy_get_old_like_others(open_app, sqlite_file, tmp_path):
    path = sqlite_file(*SMALL)
    with closing(sqlite3.connect(path, isolation_level=None)) as live:
        live.execute("INSERT INTO t VALUES (3, 'three')")
        live.execute("BEGIN")
        live.execute("SELECT * FROM t").fetchall()
        # Without its -shm, the -wal is read through a copy.
        copied = tmp_path / "copied"
        copied.mkdir()
        for suffix in ("", "-wal"):
            (copied / f"app.db{suffix}").write_bytes((path.parent / f"app.db{suffix}").read_bytes())
    async with open_app(copied / "app.db", table="t") as pilot:
        assert "private copy" in main(pilot).top_line.facts
        assert title(pilot).startswith("3 rows")
        elsewhere(copied / "app.db", "DELETE FROM t WHERE id = 1")
        await look(pilot)
        assert title(pilot).startswith("~3 rows · database changed since: R")


async def test_what_one_applies_oneself_is_no_change_by_others(open_app, sqlite_file):
    path = sqlite_file(*SMALL)
    async with open_app(path, table="t") as pilot:
        await press(pilot, "right", "e", "text:!", "enter", "w", "enter")
        await look(pilot)
        assert column(pilot, "note")[0] == "one!"
        assert title(pilot).startswith("2 rows")
        assert "changed" not in title(pilot)
        # As the last connection, it moves the commit from the -wal into the file.
        session = main(pilot).workspace.session
        for lane in list(session._lanes.values()):
            await lane.close()
        assert not path.with_name("app.db-wal").exists()
        await look(pilot)
        assert "changed" not in title(pilot)
        assert counted(pilot) == "2"


async def test_reading_again_that_is_stopped_leaves_the_rows_old(open_app, sqlite_file):
    path = sqlite_file(*SMALL)
    async with open_app(path, table="t") as pilot:
        elsewhere(path, "INSERT INTO t VALUES (3, 'three')")
        await look(pilot)
        view = tab(pilot).rows
        async with view.lane._turn:
            view.refresh_rows()
            assert view.stop()
        await settle(pilot)
        assert view.freshness.is_old
        assert title(pilot).startswith("~2 rows · database changed since: R")


async def test_a_count_of_many_is_an_estimate_after_a_change(open_app, sqlite_file):
    many = "WITH RECURSIVE i(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM i WHERE n < 30000)"
    path = sqlite_file(SMALL[0], f"INSERT INTO t {many} SELECT n, 'x' FROM i")
    async with open_app(path, table="t") as pilot:
        await press(pilot, "C")
        assert title(pilot).startswith("30,000 rows")
        elsewhere(path, "DELETE FROM t WHERE id > 29000")
        await look(pilot)
        assert title(pilot).startswith("~30,000 rows · database changed since: R")
        await press(pilot, "R")
        assert title(pilot).startswith("~29,000 rows")
        assert "changed" not in title(pilot)
        await press(pilot, "C")
        assert title(pilot).startswith("29,000 rows")


async def test_a_filtered_count_is_counted_again_with_its_rows(open_app, sqlite_file):
    path = sqlite_file(*SMALL)
    async with open_app(path, table="t", where="note = two") as pilot:
        assert title(pilot).startswith("1 of 2 rows")
        elsewhere(path, "INSERT INTO t VALUES (3, 'two')")
        await look(pilot)
        assert title(pilot).startswith("~1 of ~2 rows · database changed since: R")
        await press(pilot, "R")
        assert title(pilot).startswith("2 of ")
        assert "changed" not in title(pilot)


async def test_nothing_is_drawn_where_nothing_changed(open_app, sqlite_file, monkeypatch):
    path = sqlite_file(*SMALL)
    async with open_app(path, table="t") as pilot:
        await look(pilot)
        drawn = []
        monkeypatch.setattr(pilot.app, "_display", lambda *what: drawn.append(what))
        await look(pilot)
        assert drawn == []


async def test_what_a_query_tab_commits_is_a_change(open_app, postgres):
    run_sql(postgres, "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)")
    async with open_app(postgres, table="t") as pilot:
        assert "2 rows" in title(pilot)
        await press(pilot, "T", "text:delete from t where id = 1")
        await pilot.press("ctrl+r")
        for question in (Ask, AskCommit):
            await asked(pilot, question)
            await answerable(pilot)
            await pilot.press("y")
        await settle(pilot)
        assert run_sql(postgres, "SELECT count(*) FROM t") == [(1,)]
        main(pilot).tab_stack.action_pick(0)
        await settle(pilot)
        assert "~2 rows · database changed since: R" in title(pilot)
        await press(pilot, "R")
        assert "1 row" in title(pilot)
        assert "changed" not in title(pilot)


async def test_rows_read_long_after_a_count_make_it_an_estimate(open_app, postgres, monkeypatch):
    run_sql(
        postgres,
        "CREATE TABLE t (id int PRIMARY KEY)",
        "INSERT INTO t SELECT generate_series(1, 5000)",
    )
    async with open_app(postgres, table="t") as pilot:
        await press(pilot, "C")
        assert "5,000 rows" in title(pilot)
        assert "~" not in title(pilot)
        await press(pilot, "pagedown")
        await press(pilot, "G")
        assert "~" not in title(pilot)
        view = tab(pilot).rows
        view.counter.counted_at -= 61
        await press(pilot, "g", "g")
        assert "~5,000 rows" in title(pilot)

"""A proof ends in a sentence on the screen, however it ends."""

import sqlite3
from contextlib import closing

import pytest

from studio.backends.base import Purpose
from studio.ui.plan import tab as plan_tab
from studio.ui.widgets.ask import Ask
from tests.postgres import run_sql
from tests.scenes import answerable, settle
from tests.ui.plan.test_plan import explained, headline
from tests.ui.test_query import main, until

FILTERED = "SELECT * FROM orders WHERE customer_id = 7"
SLOW = (
    f"{FILTERED} AND (WITH RECURSIVE g(i) AS "
    "(SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 30000000) SELECT count(*) FROM g) > 0"
)
"""Expected to be quick, so that an index is advised."""


@pytest.fixture
def shop(postgres):
    run_sql(
        postgres,
        "CREATE TABLE orders (id int PRIMARY KEY, customer_id int, tags int[])",
        "INSERT INTO orders SELECT i, i % 50, ARRAY[i % 900] FROM generate_series(1, 20000) i",
        "ANALYZE",
    )
    return postgres


async def asked(pilot, sql, answer="y"):
    """`v` on the plan of a statement, and an answer to the question."""
    tab = await explained(pilot, sql)
    assert tab.shown.hints
    await pilot.press("v")
    await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
    await answerable(pilot)
    await pilot.press(answer)
    return tab


RUNNING = (
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND state = 'active' AND query LIKE '%EXPLAIN%RECURSIVE%'"
)


def is_running(shop):
    return run_sql(shop, f"SELECT count(*) {RUNNING}") != [(0,)]


def indexes(shop):
    return run_sql(shop, "SELECT count(*) FROM pg_indexes WHERE tablename = 'orders'")


async def test_one_that_is_not_wanted(open_app, shop):
    async with open_app(shop) as pilot:
        await asked(pilot, FILTERED, "n")
        await settle(pilot)
        assert "Not tried: nothing was built" in headline(pilot)


async def test_one_that_is_stopped(open_app, shop):
    async with open_app(shop) as pilot:
        tab = await asked(pilot, SLOW)
        await until(pilot, lambda: tab._is_busy and is_running(shop))
        await pilot.press("escape")
        await until(pilot, lambda: "Stopped before anything was proved" in headline(pilot))
        await settle(pilot)
        assert not tab._is_busy
        lane = main(pilot).workspace.session.lane(Purpose.QUERY)
        assert (await lane.fetch("SELECT 1")).rows == (("1",),)
    assert indexes(shop) == [(1,)]


async def test_one_that_runs_out_of_time(open_app, shop, monkeypatch):
    real = plan_tab.prove
    monkeypatch.setattr(plan_tab, "prove", lambda s, sql, hints: real(s, sql, hints, 0.3))
    async with open_app(shop) as pilot:
        tab = await asked(pilot, SLOW)
        await until(pilot, lambda: "timeout" in headline(pilot))
        assert not tab._is_busy
    assert indexes(shop) == [(1,)]


async def test_one_that_is_not_allowed(open_app, shop, postgres_server):
    name = run_sql(shop, "SELECT current_database()")[0][0]
    run_sql(
        shop,
        "DROP ROLE IF EXISTS reader",
        "CREATE ROLE reader LOGIN",
        "GRANT SELECT ON orders TO reader",
    )
    try:
        async with open_app(postgres_server.url(name, "reader")) as pilot:
            tab = await asked(pilot, FILTERED)
            await until(pilot, lambda: "must be owner of table orders" in headline(pilot))
            assert not tab._is_busy
    finally:
        run_sql(shop, "DROP OWNED BY reader", "DROP ROLE reader")


async def test_one_that_loses_its_connection(open_app, shop):
    async with open_app(shop) as pilot:
        tab = await asked(pilot, SLOW)
        await until(pilot, lambda: tab._is_busy and is_running(shop))
        before = headline(pilot)
        run_sql(shop, f"SELECT pg_terminate_backend(pid) {RUNNING}")
        await until(pilot, lambda: not tab._is_busy)
        await until(pilot, lambda: headline(pilot) != before)
        assert "connection" in headline(pilot)
    assert indexes(shop) == [(1,)]


async def test_one_of_an_index_for_what_is_to_be_written_otherwise(open_app, shop):
    async with open_app(shop) as pilot:
        await asked(pilot, "SELECT * FROM orders WHERE 77 = ANY(tags)")
        await until(pilot, lambda: "did not help" in headline(pilot))
        assert "advises to write it otherwise, which was not tried" in headline(pilot)


async def test_none_where_the_index_serves_another_statement_only(open_app, tmp_path):
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE t(a INT, b INT);"
            "WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 3000)"
            "INSERT INTO t SELECT i, i FROM g"
        )
    async with open_app(path) as pilot:
        tab = await explained(pilot, "SELECT min(a), max(b) FROM t")
        told = []
        tab.notify = lambda text, **_: told.append(text)
        await pilot.press("v")
        await settle(pilot)
        assert told == [
            "its index serves the statement as it is advised: write it so, and explain that"
        ]

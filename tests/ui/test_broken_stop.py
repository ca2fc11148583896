"""Esc stops a slow filter, sort or count where it runs: soon, and the connection works on."""

import asyncio
from time import perf_counter

import pytest

from tests.postgres import run_sql
from tests.scenes import settle
from tests.ui.test_browse import column, press, tab

SOON_MS = 100


async def reading(pilot):
    """Until the pane waits for the database, and it has begun to work."""
    pane = tab(pilot).rows
    for _ in range(500):
        await asyncio.sleep(0.01)
        if pane.is_reading and pane.lane.running_since is not None:
            break
    assert pane.is_reading
    await asyncio.sleep(0.05)
    assert pane.is_reading, "too fast to be stopped"
    return pane


async def stopped_in(pane) -> float:
    """Milliseconds from the stop until the lane is free."""
    started = perf_counter()
    assert pane.stop()
    while pane.lane.running_since is not None:
        await asyncio.sleep(0.001)
    return (perf_counter() - started) * 1000


@pytest.mark.parametrize("keys", [("right", "s"), ("slash", *"v ~ nothing", "enter")])
async def test_a_slow_question_on_sqlite_is_stopped(open_app, sqlite_file, keys):
    path = sqlite_file(
        "CREATE TABLE base (id INTEGER PRIMARY KEY)",
        "INSERT INTO base VALUES (1), (2)",
        "CREATE VIEW t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 200000000) SELECT i AS id, hex(i) AS v FROM n",
    )
    async with open_app(path, table="t") as pilot:
        await pilot.press(*keys)
        assert await stopped_in(await reading(pilot)) < SOON_MS
        await settle(pilot)
        await press(pilot, "t", "text:base", "enter")
        assert column(pilot, "id") == [1, 2]


@pytest.mark.parametrize("keys", [("right", "s"), ("slash", *"v ~ nothing", "enter")])
async def test_a_slow_question_on_postgresql_is_stopped(open_app, postgres, keys):
    run_sql(
        postgres,
        "CREATE FUNCTION slow(i int) RETURNS text LANGUAGE plpgsql COST 1 AS "
        "'BEGIN IF i > 500 THEN PERFORM pg_sleep(0.02); END IF; RETURN i::text; END'",
        "CREATE TABLE base (id int PRIMARY KEY)",
        "INSERT INTO base SELECT generate_series(1, 2000)",
        "CREATE VIEW t AS SELECT id, slow(id) AS v FROM base",
    )
    async with open_app(postgres, table="t") as pilot:
        await pilot.press(*keys)
        assert await stopped_in(await reading(pilot)) < SOON_MS
        await settle(pilot)
        running = run_sql(
            postgres,
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
            "AND pid <> pg_backend_pid() AND datname = current_database()",
        )
        assert running == [(0,)]
        await press(pilot, "t", "text:base", "enter")
        assert column(pilot, "id")[0] == "1"

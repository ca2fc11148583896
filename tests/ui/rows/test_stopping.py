"""Esc stops a slow filter, sort or count where it runs, and the connection works on."""

import asyncio

import pytest

from tests.patience import IN_VAIN_S
from tests.postgres import run_sql
from tests.scenes import settle
from tests.ui.test_browse import column, press, tab


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


async def stopped(pane):
    """Stop it, until the lane is free."""
    assert pane.stop()
    async with asyncio.timeout(IN_VAIN_S):
        while pane.lane.running_since is not None:
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("keys", [("right", "s"), ("slash", *"v contains nothing", "enter")])
async def test_a_slow_question_on_sqlite_is_stopped(open_app, sqlite_file, keys):
    path = sqlite_file(
        "CREATE TABLE base (id INTEGER PRIMARY KEY)",
        "INSERT INTO base VALUES (1), (2)",
        "CREATE VIEW t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 200000000) SELECT i AS id, hex(i) AS v FROM n",
    )
    async with open_app(path, table="t") as pilot:
        await pilot.press(*keys)
        await stopped(await reading(pilot))
        await settle(pilot)
        await press(pilot, "t", "text:base", "enter")
        assert column(pilot, "id") == [1, 2]


@pytest.mark.parametrize("keys", [("right", "s"), ("slash", *"v contains nothing", "enter")])
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
        await stopped(await reading(pilot))
        await settle(pilot)
        running = run_sql(
            postgres,
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
            "AND pid <> pg_backend_pid() AND datname = current_database()",
        )
        assert running == [(0,)]
        await press(pilot, "t", "text:base", "enter")
        assert column(pilot, "id")[0] == "1"

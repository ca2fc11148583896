"""Going places in the rows, whatever is on its way when a key comes."""

import asyncio

from studio.ui.widgets.grid import Grid
from tests.patience import IN_VAIN_S
from tests.postgres import run_sql
from tests.scenes import settle
from tests.ui.test_browse import tab

MANY = "WITH RECURSIVE i(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM i WHERE n < 100000)"


async def to_the_end_in_bad_order(pilot):
    """The rows that come into sight are asked for, and the database is at it, when the end itself
    is asked for: the first is given up for the second, which is the same request.
    """
    view = tab(pilot).rows
    lane = view.lane
    last = view.window.height - 1
    async with lane._turn:
        view._rows_needed(Grid.NeedRows(view.grid, last - 20, last, 1))
        async with asyncio.timeout(IN_VAIN_S):
            while not view.is_reading:
                await asyncio.sleep(0)
        view._end_wanted()
        for _ in range(20):
            await asyncio.sleep(0)
    await settle(pilot)
    return view


async def test_the_end_is_read_though_the_same_rows_were_on_their_way(open_app, sqlite_file):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT)",
        f"INSERT INTO t {MANY} SELECT n, 'note ' || n FROM i",
    )
    async with open_app(path, table="t") as pilot:
        view = await to_the_end_in_bad_order(pilot)
        assert view.cell().value == 100_000
        assert view.window.row(view.window.height - 1) is not None


async def test_the_same_on_postgresql(open_app, postgres):
    run_sql(
        postgres,
        "CREATE TABLE t (id int PRIMARY KEY, note text)",
        "INSERT INTO t SELECT n, 'note ' || n FROM generate_series(1, 50000) n",
        "ANALYZE t",
    )
    async with open_app(postgres, table="t") as pilot:
        view = await to_the_end_in_bad_order(pilot)
        assert view.cell().value == "50000"


async def test_rows_that_were_stopped_before_they_were_begun_are_read_when_wanted(
    open_app, sqlite_file
):
    path = sqlite_file(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT)",
        f"INSERT INTO t {MANY} SELECT n, 'note ' || n FROM i",
    )
    async with open_app(path, table="t") as pilot:
        view = tab(pilot).rows
        view._end_wanted()
        assert view.is_reading
        assert view.stop()
        assert not view.is_reading
        await settle(pilot)
        assert view.cell().value == 1
        await pilot.press("G")
        await settle(pilot)
        assert view.cell().value == 100_000

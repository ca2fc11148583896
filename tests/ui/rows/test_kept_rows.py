"""How many rows a filter keeps, of how many."""

import asyncio

from studio.model.page import RowCount
from studio.rows import count as counting
from studio.ui.rows import row_counter
from tests.scenes import settle
from tests.ui.test_browse import press, tab

MADE = (
    "CREATE TABLE orders (id integer PRIMARY KEY, kind text)",
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000)"
    " INSERT INTO orders SELECT i, iif(i % 28 = 0, 'a', 'b') FROM c",
)


def title(pilot) -> str:
    return str(tab(pilot).query_one("#title").content)


async def test_a_filter_says_how_many_rows_of_how_many_it_keeps(open_app, sqlite_file):
    async with open_app(sqlite_file(*MADE), table="orders") as pilot:
        assert "20,000 rows" in title(pilot)
        await press(pilot, "slash", "text:kind = a", "enter")
        assert title(pilot).startswith("714 of 20,000 rows")
        await press(pilot, "F")
        assert title(pilot).startswith("20,000 rows")


async def test_until_they_are_counted_the_number_is_open(open_app, sqlite_file, monkeypatch):
    may_go_on = asyncio.Event()

    async def held(lane, table, filters, seconds):
        await may_go_on.wait()
        return await counting.count_within(lane, table, filters, seconds)

    monkeypatch.setattr(row_counter, "count_within", held)
    async with open_app(sqlite_file(*MADE), table="orders") as pilot:
        await pilot.press("slash", *"kind = a", "enter")
        while "of 20,000" not in title(pilot):
            await pilot.pause()
        assert title(pilot).startswith("… of 20,000 rows")
        may_go_on.set()
        await settle(pilot)
        assert title(pilot).startswith("714 of 20,000 rows")


async def test_what_was_not_counted_in_time_is_said_to_be_uncounted(
    open_app, sqlite_file, monkeypatch
):
    monkeypatch.setattr(row_counter, "_COUNT_S", 0.0)
    async with open_app(sqlite_file(*MADE), table="orders", where="kind = a") as pilot:
        assert title(pilot).startswith("uncounted of ")
        await press(pilot, "C")
        assert title(pilot).startswith("714 of ")


async def test_a_whole_that_is_smaller_than_its_part_is_not_told(open_app, sqlite_file):
    async with open_app(sqlite_file(*MADE), table="orders", where="kind = a") as pilot:
        assert tab(pilot).rows.size_text(RowCount(5, exact=True)) == "714 rows"

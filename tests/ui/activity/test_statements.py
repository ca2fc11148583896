"""The page of the statements a server spends its time on."""

import psycopg

from studio.ui.activity.statements_tab import StatementsTab
from studio.ui.plan.tab import PlanTab
from tests.scenes import settle


def lines(tab):
    return [tab._list.text_of(i).plain for i in range(tab._list.count)]


async def test_statements_are_sorted_and_explained(open_app, counting):
    async with open_app(counting, size=(80, 24)) as pilot:
        await pilot.press("g", "t")
        await settle(pilot)
        tab = pilot.app.query_one(StatementsTab)
        assert "3 statements counted, by time in all" in str(tab.query_one("#title").content)
        assert lines(tab)[0].split()[:3] == ["600.0", "ms", "60%"]
        assert lines(tab)[2].endswith("hidden")
        assert tab.tab_place == "statement 1 of 3"
        await pilot.press("s")
        await settle(pilot)
        assert lines(tab)[0].endswith("SELECT count(*) FROM t")
        await pilot.press("s", "s")
        await settle(pilot)
        await pilot.press("enter")
        await settle(pilot)
        plan = pilot.app.screen.tab_stack.current
        assert isinstance(plan, PlanTab)
        assert plan.sql == "SELECT * FROM t WHERE id = $1"
        assert plan.shown is not None


async def test_where_nothing_is_counted_the_page_says_what_would_help(open_app, postgres):
    async with open_app(postgres, size=(80, 24)) as pilot:
        await pilot.press("g", "t")
        await settle(pilot)
        tab = pilot.app.query_one(StatementsTab)
        assert "pg_stat_statements" in str(tab.query_one("#title").content)
        assert lines(tab) == []


async def test_what_was_read_stays_with_its_time_where_reading_again_fails(open_app, counting):
    async with open_app(counting, size=(120, 24)) as pilot:
        await pilot.press("g", "t")
        await settle(pilot)
        tab = pilot.app.query_one(StatementsTab)
        before = lines(tab)
        with psycopg.connect(counting, autocommit=True) as made:
            made.execute("DROP EXTENSION pg_stat_statements")
        await pilot.press("R")
        await settle(pilot)
        assert str(tab.query_one("#title").content).startswith("as of ")
        assert lines(tab) == before


async def test_a_file_counts_no_statements(open_app, sqlite_file):
    async with open_app(sqlite_file("CREATE TABLE a (b)")) as pilot:
        await pilot.press("g", "t")
        await settle(pilot)
        assert not pilot.app.query(StatementsTab)

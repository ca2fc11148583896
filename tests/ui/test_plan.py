"""The plan view, driven by keys, on real databases."""

import pytest

from studio.ui.screens.main import MainScreen
from studio.ui.tabs.plan import PlanTab
from tests.scenes import settle
from tests.ui.test_query import main, write

JOIN = (
    "SELECT u.name, count(*) FROM users u JOIN messages m ON m.author_id = u.id\n"
    "GROUP BY u.name ORDER BY 2 DESC"
)


def plan(pilot) -> PlanTab:
    shown = main(pilot).deck.current
    assert isinstance(shown, PlanTab)
    return shown


async def explained(pilot, sql: str) -> PlanTab:
    await pilot.press("T")
    await settle(pilot)
    write(pilot, sql)
    await pilot.press("ctrl+e")
    await settle(pilot)
    return plan(pilot)


async def test_a_plan_is_shown_then_measured(open_app, demo):
    async with open_app(demo) as pilot:
        tab = await explained(pilot, JOIN)
        assert tab.shown.actuals is None
        await pilot.press("ctrl+e")
        await settle(pilot)
        assert tab.shown.actuals.rows_returned > 0

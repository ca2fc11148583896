"""Every kind of statement through the plan view of PostgreSQL: nothing is different after it."""

import pytest

from studio.ui.widgets.ask import Ask
from tests.examples import examples
from tests.explain.test_run_postgresql import READS, SCHEMA, WRITES, contents
from tests.postgres import run_sql
from tests.scenes import answerable, settle
from tests.ui.plan.test_plan import explained, plan
from tests.ui.test_query import until

PARTS = 3
"""Each a database of its own: all at once takes a busy machine minutes. The gate takes every third
kind through the screen, and every kind below it (`tests/explain`).
"""


async def measured(pilot, sql: str, *, asks: bool) -> None:
    """Explain, then measure; a write is agreed to."""
    tab = await explained(pilot, sql)
    assert not tab.shown.analysis.plan.analyzed, sql
    await pilot.press("ctrl+e")
    if asks:
        await until(pilot, lambda: isinstance(pilot.app.screen, Ask))
        await answerable(pilot)
        await pilot.press("y")
    await settle(pilot)
    assert plan(pilot).shown.analysis.plan.analyzed, sql
    await pilot.press("x")
    await settle(pilot)


def test_there_are_statements_of_every_kind():
    assert len(READS) + len(WRITES) >= 25


@pytest.mark.parametrize("part", range(examples(PARTS)))
async def test_reads_and_writes_of_every_kind_leave_the_database_as_it_was(
    open_app, postgres, part
):
    run_sql(postgres, *SCHEMA)
    (name,) = run_sql(postgres, "SELECT current_database()")[0]
    for setting in ("min_parallel_table_scan_size", "parallel_setup_cost", "parallel_tuple_cost"):
        run_sql(postgres, f'ALTER DATABASE "{name}" SET {setting} = 0')
    before = contents(postgres)
    async with open_app(postgres) as pilot:
        for sql in READS[part::PARTS]:
            await measured(pilot, sql, asks=False)
        for sql in WRITES[part::PARTS]:
            await measured(pilot, sql, asks=True)
    assert contents(postgres) == before

"""How many rows there are: at once by estimate, exactly in the background."""

import asyncio

from studio.backends.halves import Absent, ask
from studio.backends.halves.counting import CLOSER_LOOK
from studio.db.fetching import fetch
from studio.db.lane import Lane
from studio.model.catalog import Table
from studio.model.errors import StatementFailed
from studio.model.page import Condition, RowCount
from studio.rows.asking import ask_filtered
from studio.rows.select import counted, filtered


async def estimate(
    lane: Lane, table: Table, filters: tuple[Condition, ...] = ()
) -> RowCount | None:
    """About how many rows `filters` keep, in milliseconds; None where the engine has no idea.

    Raises StudioError.
    """
    selection = filtered(table, filters, lane.backend) if filters else None
    return await ask_filtered(
        lane,
        table,
        filters,
        lambda connection: lane.backend.estimate(connection, table, selection),
    )


async def look_closer(lane: Lane, table: Table) -> RowCount | None:
    """A better estimate of all rows, where the engine has one: slower, and not on the lane.

    Raises StudioError.
    """
    closer = ask(lane.backend, CLOSER_LOOK)
    if isinstance(closer, Absent):
        return None
    look = await lane.run(lambda connection: closer(connection, table))
    return None if look is None else await asyncio.to_thread(look)


async def count(lane: Lane, table: Table, filters: tuple[Condition, ...] = ()) -> RowCount:
    """Exactly how many rows `filters` keep: may read the whole table, so it belongs on the WATCH
    lane. Cancel the task to stop it inside the database. Raises StudioError.
    """
    statement = counted(table, filters, lane.backend)
    answer = await ask_filtered(
        lane, table, filters, lambda connection: fetch(connection, statement)
    )
    return RowCount(number(answer.rows[0][0]), exact=True, source="count")


async def count_within(
    lane: Lane, table: Table, filters: tuple[Condition, ...], seconds: float
) -> RowCount | None:
    """The same, unless it takes longer; then it was stopped inside the database, and None."""
    try:
        async with asyncio.timeout(seconds):
            return await count(lane, table, filters)
    except TimeoutError:
        return None


def number(value: object) -> int:
    """A count as drivers hand it over: a number, or its text."""
    try:
        return int(str(value))
    except ValueError as error:
        raise StatementFailed(f"the database counted {value!r} rows") from error

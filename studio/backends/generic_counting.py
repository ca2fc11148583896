"""Counting rows where no engine-independent estimate exists."""

from time import perf_counter

from sqlalchemy import ColumnElement, Connection, func, literal_column, select
from sqlalchemy import table as sql_table

from studio.backends.base import identifier
from studio.model.page import RowCount
from studio.model.relation import TableRef

_FIRST_STEP = 20_000
_MOST = 10**10
_QUICK_S = 0.02
"""A step that took no longer may be followed by one ten times as long."""


def count_quickly(connection: Connection, ref: TableRef) -> RowCount | None:
    """How many rows a table has; None when counting them would take more than a blink.

    Counts up to a limit, and again up to ten times as many while that is fast: columnar engines
    count billions at once, others stop after the first step.
    """
    schema = None if ref.schema is None else identifier(ref.schema)
    one: ColumnElement[int] = literal_column("1")
    rows = select(one).select_from(sql_table(identifier(ref.name), schema=schema))
    limit = _FIRST_STEP
    while limit < _MOST:
        started = perf_counter()
        bounded = rows.limit(limit + 1).subquery()
        found = int(connection.execute(select(func.count()).select_from(bounded)).scalar_one())
        if found <= limit:
            return RowCount(found, exact=True, source="count")
        if perf_counter() - started > _QUICK_S:
            return None
        limit *= 10
    return None

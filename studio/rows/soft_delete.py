"""Rows that were marked as deleted, and are still there: which column says so, by its name."""

import re

from studio.model.catalog import Column, ColumnKind, Table
from studio.model.page import Condition, Filter, Not, Operator

_WHEN = re.compile(r"(?:deleted|removed|trashed|discarded)_(?:at|on|date|time)")
"""Set when the row was deleted, NULL until then."""
_WHETHER = re.compile(r"(?:is_)?(?:deleted|removed|trashed|discarded)")
_TIMES = {
    *(ColumnKind.TIMESTAMP, ColumnKind.DATE, ColumnKind.INTEGER, ColumnKind.TEXT),
    *(ColumnKind.ANY, ColumnKind.REAL, ColumnKind.DECIMAL),
}
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def without_deleted(table: Table) -> Condition | None:
    """Keeps the rows of a table that are not marked as deleted; None: no column says so."""
    for column in table.columns:
        name = _HUMPS.sub("_", column.name).lower()
        if column.hidden:
            continue
        if _WHEN.fullmatch(name) and column.nullable and column.kind in _TIMES:
            return Filter(column.name, Operator.IS_NULL)
        if _WHETHER.fullmatch(name) and column.kind is ColumnKind.BOOLEAN:
            return _not_true(column)
    return None


def _not_true(column: Column) -> Condition:
    # What is NULL was not deleted either.
    return Not(Filter(column.name, Operator.EQUAL, value=True))

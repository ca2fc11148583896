"""How many rows the relations have that could be shown first, where an outline does not tell."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from studio.backends.base import Backend
from studio.model.page import RowCount
from studio.model.relation import TableRef, TableSummary
from studio.rows.first_rows.choice import is_telling

_MOST_COUNTED = 400
"""The first rows wait for it: some 40 µs a table."""


def sized(
    connection: Connection, backend: Backend, summaries: Sequence[TableSummary]
) -> tuple[TableSummary, ...]:
    """The same relations with the sizes that choosing one of them takes."""
    count = backend.row_counter()
    if count is None:
        return tuple(summaries)
    plain = [summary for summary in summaries if summary.kind.is_plain]
    # Where there are too many, those that are not about things go without.
    plain.sort(key=is_telling, reverse=True)
    return counted(summaries, count(connection, [one.ref for one in plain[:_MOST_COUNTED]]))


def counted(
    summaries: Sequence[TableSummary], known: Mapping[TableRef, RowCount]
) -> tuple[TableSummary, ...]:
    """The same relations with the row counts that are known now."""
    return tuple(_with_count(summary, known.get(summary.ref)) for summary in summaries)


def _with_count(summary: TableSummary, known: RowCount | None) -> TableSummary:
    if known is None:
        return summary
    return summary._replace(row_estimate=known.rows, exact=known.exact)

"""Which of a table's rows can be exported from its grid, in words."""

from collections.abc import Callable
from typing import TextIO

from studio.backends.target import Purpose
from studio.db.session import Session
from studio.export.tables import Exported, export_table
from studio.model.catalog import Table
from studio.model.page import AllOf, AnyOf, Condition, Filter, Operator
from studio.model.words import plural
from studio.rows.whole import WantedRows, reads_at_once
from studio.ui.rows.exporting import ExportScope, Write
from studio.ui.rows.place import count_words, size_words
from studio.ui.rows.view import RowsView

_MOST_MARKED = 200
"""Rows that one statement names one by one."""


def scopes(rows: RowsView, table: Table) -> list[ExportScope]:
    """What is in sight first: the rows as the grid is filtered and sorted, then those that are
    marked, then the whole table.
    """
    session, asked = rows.workspace.session, rows.question
    found: list[ExportScope] = []
    window = rows.window
    known = window.count.rows if window is not None and window.count is not None else None
    whole = rows.workspace.row_count(table.ref)
    if asked.filters or asked.order:
        words = size_words(count_words(window)) or "the rows"
        how = [
            *(["that the filter keeps"] if asked.filters else []),
            *(["in the order of the grid"] if asked.order else []),
        ]
        wanted = WantedRows(table, asked.filters, asked.order)
        found.append(ExportScope(f"{words} {', '.join(how)}", _write(session, wanted), known))
    if marked := _marked(rows, table):
        wanted = WantedRows(table, (AnyOf(marked),), asked.order)
        words = f"{plural(len(marked), 'marked row')}"
        found.append(ExportScope(words, _write(session, wanted), len(marked)))
    about = "" if whole is None else f", {'' if whole.exact else '~'}{whole.rows:,}"
    every = ExportScope(
        f"all rows{about}", _write(session, WantedRows(table)), whole.rows if whole else None
    )
    return [*found, every]


def note(rows: RowsView, table: Table) -> str:
    """What a person should know before."""
    notes = []
    if rows.workspace.staging.has(table.ref):
        notes.append("What is staged is not in it: the file has the rows of the database.")
    if not reads_at_once(rows.workspace.session.lane(Purpose.BROWSE), table):
        notes.append("Read in chunks, each of its own moment, so that no checkpoint waits.")
    return "\n".join(notes)


def _marked(rows: RowsView, table: Table) -> tuple[Condition, ...]:
    """The marked rows by what names them; none where a filter cannot say it."""
    if not set(table.identity) <= set(table.column_names) or not table.has_identity:
        return ()
    seen = [one.seen for one in rows.editing.marked() if one.seen is not None]
    if len(seen) > _MOST_MARKED:
        return ()
    return tuple(
        AllOf(
            tuple(
                Filter(name, Operator.EQUAL, value)
                for name, value in zip(table.identity, row.identity, strict=True)
            )
        )
        for row in seen
    )


def _write(session: Session, wanted: WantedRows) -> Write:
    async def write(form: str, out: TextIO, tell: Callable[[int], None]) -> Exported:
        # A lane of its own: a query tab does not wait for it.
        lane = session.extra_lane(Purpose.QUERY)
        try:
            return await export_table(session, wanted, form, out, tell, lane)
        finally:
            await lane.close()

    return write

"""About how many rows each of many tables has: what the catalog pane shows beside their names."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.model.page import RowCount
from studio.model.relation import TableRef

_FEW = 200
"""Up to so many rows are counted: a few leaf pages at most of what a table this small has."""
_ROWIDS = ("rowid", "_rowid_", "oid")
_LEAST_CELL_BYTES = 6


def row_counts(connection: Connection, refs: Sequence[TableRef]) -> Mapping[TableRef, RowCount]:
    """Small tables counted, large ones by the span of their rowids; some 40 µs a table.

    A table that cannot be read, or whose rowids say nothing, is left out.
    """
    quoted = connection.dialect.identifier_preparer.quote_identifier
    most = _most_rows(connection)
    found: dict[TableRef, RowCount] = {}
    for ref in refs:
        name = ".".join(quoted(part) for part in (ref.schema, ref.name) if part is not None)
        try:
            known = _few(connection, name) or _span(connection, ref, name, most)
        except DBAPIError as error:
            # A table that is damaged, or gone meanwhile, only has no number; a stop is a stop.
            if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                raise
            continue
        if known is not None:
            found[ref] = known
    return found


def _few(connection: Connection, name: str) -> RowCount | None:
    rows = connection.exec_driver_sql(
        f"SELECT count(*) FROM (SELECT 1 FROM {name} LIMIT {_FEW + 1})"
    ).scalar_one()
    return RowCount(int(rows), exact=True, source="count") if rows <= _FEW else None


def _span(connection: Connection, ref: TableRef, name: str, most: int) -> RowCount | None:
    columns = connection.exec_driver_sql(
        "SELECT lower(name) FROM pragma_table_xinfo(?, ?)", (ref.name, ref.schema or "main")
    )
    taken = {row[0] for row in columns}
    rowid = next((alias for alias in _ROWIDS if alias not in taken), None)
    if rowid is None:
        return None
    # Two subqueries: asked for both at once, SQLite scans the table. Unquoted: where a table has
    # no rowid, a quoted name would be taken for a text.
    first, last = connection.exec_driver_sql(
        f"SELECT (SELECT min({rowid}) FROM {name}), (SELECT max({rowid}) FROM {name})"
    ).one()
    if not (isinstance(first, int) and isinstance(last, int)):
        return None
    span = last - first + 1
    return RowCount(span, exact=False, source="rowid span") if span <= most else None


def _most_rows(connection: Connection) -> int:
    """More rows than fit in the file are not there, whatever the rowids say."""
    pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    page_bytes = int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
    return pages * page_bytes // _LEAST_CELL_BYTES

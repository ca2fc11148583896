"""About how many rows, without reading them."""

from sqlalchemy import ColumnClause, Connection, func, select
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table

from studio.backends.base import identifier
from studio.model.catalog import IdentityKind, Table, TableKind
from studio.model.page import RowCount

_COUNTED = 20_000
"""Up to so many rows are counted: about a millisecond."""
_LEAST_CELL_BYTES = 6
"""A row takes at least this much of a leaf page: more rows than fit in the file are not there."""


def estimate(connection: Connection, table: Table) -> RowCount | None:
    """The number of rows, counted when they are few; by the rowid's span when they are many."""
    if table.kind in {TableKind.VIEW, TableKind.VIRTUAL}:
        return None
    target = sql_table(identifier(table.ref.name), schema=_schema(table))
    few = select(func.count()).select_from(
        select(sql_column("1", is_literal=True)).select_from(target).limit(_COUNTED + 1).subquery()
    )
    rows = int(connection.execute(few).scalar_one())
    if rows <= _COUNTED:
        return RowCount(rows, exact=True, source="count")
    return _by_span(connection, table) or _by_analyze(connection, table)


def _by_span(connection: Connection, table: Table) -> RowCount | None:
    numbered = any(column.identity for column in table.columns)
    if table.identity_kind is not IdentityKind.ROWID and not numbered:
        return None
    target = sql_table(identifier(table.ref.name), schema=_schema(table))
    rowid: ColumnClause[int] = sql_column(identifier(table.identity[0]))
    # Two subqueries: asked for both at once, SQLite scans the table.
    ends = select(
        select(func.max(rowid)).select_from(target).scalar_subquery(),
        select(func.min(rowid)).select_from(target).scalar_subquery(),
    )
    last, first = connection.execute(ends).one()
    if last is None or first is None:
        return None
    pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    page_bytes = int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
    span = int(last) - int(first) + 1
    if span > pages * page_bytes // _LEAST_CELL_BYTES:
        return None
    return RowCount(span, exact=False, source="rowid span")


def _by_analyze(connection: Connection, table: Table) -> RowCount | None:
    known = connection.exec_driver_sql(
        "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'"
    ).first()
    if known is None:
        return None
    row = connection.exec_driver_sql(
        "SELECT stat FROM sqlite_stat1 WHERE tbl = ? ORDER BY idx LIMIT 1", (table.ref.name,)
    ).first()
    first = str(row[0]).split(" ", 1)[0] if row else ""
    return RowCount(int(first), exact=False, source="sqlite_stat1") if first.isdigit() else None


def _schema(table: Table) -> str | None:
    return None if table.ref.schema is None else identifier(table.ref.schema)

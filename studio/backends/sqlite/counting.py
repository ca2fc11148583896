"""About how many rows, without reading them."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import ColumnClause, Connection, TableClause, func, select
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table

from studio.backends.base import identifier
from studio.backends.sqlite import helper
from studio.model.catalog import IdentityKind, Table, TableKind
from studio.model.errors import ConnectFailed
from studio.model.page import RowCount

_COUNTED = 20_000
"""Up to so many rows are counted: about a millisecond."""
_LEAST_CELL_BYTES = 6
"""A row takes at least this much of a leaf page: more rows than fit in the file are not there."""
_PLACES, _NEIGHBOURS = 24, 20
"""Where rowids are looked at for gaps, and how many each time: under a millisecond."""
_LOOSE = 1.1
"""How much farther than their number rowids may reach and still count as dense."""


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
    ends = _ends(connection, table)
    if ends is None:
        return None
    pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    page_bytes = int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
    span = ends[1] - ends[0] + 1
    if span > pages * page_bytes // _LEAST_CELL_BYTES:
        return None
    return RowCount(span, exact=False, source="rowid span")


def _numbered(table: Table) -> tuple[ColumnClause[int], TableClause]:
    """The column that is the rowid, and the table it is in."""
    target = sql_table(identifier(table.ref.name), schema=_schema(table))
    return sql_column(identifier(table.identity[0])), target


def _ends(connection: Connection, table: Table) -> tuple[int, int] | None:
    """The first and the last rowid; None where rows have none."""
    numbered = any(column.identity for column in table.columns)
    if table.identity_kind is not IdentityKind.ROWID and not numbered:
        return None
    rowid, target = _numbered(table)
    # Two subqueries: asked for both at once, SQLite scans the table.
    both = select(
        select(func.min(rowid)).select_from(target).scalar_subquery(),
        select(func.max(rowid)).select_from(target).scalar_subquery(),
    )
    first, last = connection.execute(both).one()
    return None if first is None or last is None else (int(first), int(last))


def closer_look(connection: Connection, table: Table) -> Callable[[], RowCount | None] | None:
    """A sample of the table's leaves, for a thread; None where the span of dense rowids is exact
    enough, or there is no file to look into.
    """
    if table.kind in {TableKind.VIEW, TableKind.VIRTUAL} or _is_dense(connection, table):
        return None
    files = connection.exec_driver_sql("PRAGMA database_list").all()
    path = next((str(file) for _, name, file in files if name == "main"), "")
    root = connection.exec_driver_sql(
        "SELECT rootpage FROM sqlite_master WHERE type = 'table' AND name = ?", (table.ref.name,)
    ).scalar()
    if not path or not root:
        return None
    return lambda: _by_leaves(Path(path), int(root))


def _by_leaves(path: Path, root: int) -> RowCount | None:
    try:
        rows = helper.rows_in(path, root)
    except ConnectFailed:
        # Only a number is missing.
        return None
    return None if rows is None else RowCount(rows, exact=False, source="sampled leaves")


def _is_dense(connection: Connection, table: Table) -> bool:
    """Whether rowids follow one another wherever one looks."""
    ends = _ends(connection, table)
    if ends is None:
        return False
    first, last, rowid, target = *ends, *_numbered(table)
    for step in range(_PLACES):
        start = first + (last - first) * step // _PLACES
        after = select(rowid).select_from(target).where(rowid >= start).order_by(rowid)
        seen = [int(n) for (n,) in connection.execute(after.limit(_NEIGHBOURS))]
        if not seen or seen[-1] - start >= len(seen) * _LOOSE:
            return False
    return True


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

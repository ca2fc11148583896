"""About how many rows: from statistics, or from the planner. Milliseconds, never a scan."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.exc import DBAPIError

from studio.backends.postgresql import catalog
from studio.backends.postgresql.ddl import quoted
from studio.backends.postgresql.queries import Record, ask
from studio.model.catalog import Table
from studio.model.page import RowCount

_FEW_PAGES = 64
"""Half a megabyte is counted in a millisecond or two: no need to guess."""


def estimate(
    connection: Connection, table: Table, selection: Select[Any] | None
) -> RowCount | None:
    """Rows of `table`, or of `selection`; None when the planner cannot say (no permission)."""
    try:
        if selection is not None:
            return _planned(connection, selection)
        return _from_statistics(connection, table)
    except DBAPIError as error:
        if getattr(error, "connection_invalidated", False):
            raise
        return None


def _from_statistics(connection: Connection, table: Table) -> RowCount | None:
    leaves = ask(connection, "estimate", oid=catalog.oid(connection, table.ref))
    stored = [leaf for leaf in leaves if leaf["pages_now"] is not None]
    others = [leaf for leaf in leaves if leaf["kind"] not in {"p", "r", "m", "t"}]
    inherited = any(leaf["kind"] == "r" and leaf["has_children"] == "t" for leaf in leaves)
    if others or inherited or not stored:
        return _planned_whole(connection, table)
    if all(leaf["pages_now"] == "0" for leaf in stored):
        # No page, no row. The planner would assume ten pages.
        return RowCount(0, exact=True, source="no pages")
    if len(leaves) == 1 and int(stored[0]["pages_now"] or 0) <= _FEW_PAGES:
        return _counted(connection, table)
    densities = [_scaled(leaf) for leaf in stored]
    if any(rows is None for rows in densities):
        return _planned_whole(connection, table)
    return RowCount(round(sum(rows or 0 for rows in densities)), exact=False, source="reltuples")


def _scaled(leaf: Record) -> float | None:
    tuples, pages = float(leaf["tuples"] or -1), int(leaf["pages"] or 0)
    pages_now = int(leaf["pages_now"] or 0)
    if pages_now == 0:
        return 0.0
    if tuples < 0 or pages == 0:
        return None
    return tuples / pages * pages_now


def _counted(connection: Connection, table: Table) -> RowCount:
    counted = connection.exec_driver_sql(f"SELECT count(*) FROM {_name(table)}").scalar()
    return RowCount(int(str(counted)), exact=True, source="count")


def _name(table: Table) -> str:
    return quoted(*(part for part in (table.ref.schema, table.ref.name) if part is not None))


def _planned_whole(connection: Connection, table: Table) -> RowCount | None:
    return _explained(connection, f"SELECT 1 FROM {_name(table)}", None)


def _planned(connection: Connection, selection: Select[Any]) -> RowCount | None:
    compiled = selection.compile(
        dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
    )
    return _explained(connection, str(compiled), compiled.params)


def _explained(
    connection: Connection, sql: str, parameters: Mapping[str, object] | None
) -> RowCount | None:
    result = connection.exec_driver_sql(
        f"EXPLAIN (FORMAT JSON) {sql}", None if parameters is None else dict(parameters)
    )
    text = result.scalar()
    if not isinstance(text, str):
        return None
    (plan,) = json.loads(text)
    return RowCount(int(plan["Plan"]["Plan Rows"]), exact=False, source="EXPLAIN")

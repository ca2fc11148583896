"""Counting the rows a statement changes, table by table: its own, cascades', triggers'."""

import sqlite3
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.backends.halves.following import Following
from studio.backends.sqlite import catalog
from studio.model.catalog import TableRef

_COUNTS = "studio row counts"
_WRITES = {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
_COUNTABLE = (
    "SELECT schema, name FROM pragma_table_list"
    " WHERE type = 'table' AND schema <> 'temp' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
)


def watch(connection: Connection, refs: Sequence[TableRef]) -> None:
    """Temporary triggers, gone with the rollback or the connection: the only count SQLite gives
    per table.
    """
    connection.exec_driver_sql(
        f'CREATE TEMP TABLE "{_COUNTS}" (place INTEGER PRIMARY KEY, rows INTEGER NOT NULL)'
    )
    for place, ref in enumerate(refs):
        connection.exec_driver_sql(f'INSERT INTO temp."{_COUNTS}" VALUES ({place:d}, 0)')
        for event in ("INSERT", "UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f'CREATE TEMP TRIGGER "studio counts {place:d} {event}" AFTER {event}'
                f" ON {_quoted(ref)} BEGIN"
                f' UPDATE "{_COUNTS}" SET rows = rows + 1 WHERE place = {place:d}; END'
            )


def watched(connection: Connection, refs: Sequence[TableRef]) -> dict[TableRef, int]:
    """What the triggers counted; tables without any left out."""
    found = connection.exec_driver_sql(
        f'SELECT place, rows FROM temp."{_COUNTS}" WHERE rows > 0 ORDER BY place'
    )
    return {refs[int(place)]: int(rows) for place, rows in found.fetchall()}


def follow(connection: Connection, statement: str) -> Following:
    """Begin counting, where the statement may change more than the rows SQLite counts itself."""
    before = catalog.schema_version(connection)
    refs = _beyond_its_count(connection, statement)
    if refs:
        watch(connection, refs)

    def rows() -> Mapping[TableRef, int]:
        return watched(connection, refs) if refs else {}

    return Following(before, rows)


def _beyond_its_count(connection: Connection, statement: str) -> tuple[TableRef, ...]:
    """Tables it may write, by SQLite's own compiler; none where its own count tells all."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        return ()
    written: set[tuple[str, str, str | None]] = set()

    def note(
        action: int, first: str | None, _second: str | None, place: str | None, source: str | None
    ) -> int:
        if action in _WRITES:
            written.add((place or "main", first or "", source))
        return sqlite3.SQLITE_OK

    raw.set_authorizer(note)
    try:
        connection.exec_driver_sql(f"EXPLAIN {statement}").fetchall()
    except DBAPIError as error:
        if not raw.in_transaction:
            # Interrupted: SQLite undid the transaction with it, and would keep what comes now.
            raise
        # Without values for its parameters it was compiled all the same.
        if not isinstance(error.orig, sqlite3.ProgrammingError):
            # Running it tells what is wrong with it.
            return ()
    finally:
        raw.set_authorizer(None)
    if len({name for _, name, _ in written}) < 2 and not any(source for *_, source in written):  # noqa: PLR2004 one table is counted by SQLite
        return ()
    plain = {tuple(row) for row in connection.exec_driver_sql(_COUNTABLE).fetchall()}
    places = sorted({(place, name) for place, name, _ in written} & plain)
    return tuple(TableRef(None if place == "main" else place, name) for place, name in places)


def _quoted(ref: TableRef) -> str:
    schema, name = (ref.schema or "main").replace('"', '""'), ref.name.replace('"', '""')
    return f'"{schema}"."{name}"'

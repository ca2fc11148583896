"""Triggers and views, with the text that made them."""

from collections.abc import Sequence

from sqlalchemy import Connection

from studio.backends.sqlite.tables import table_ref
from studio.model.errors import StatementFailed
from studio.model.stored import StoredObject

_LISTED = """
    SELECT 'main', type, name, tbl_name FROM main.sqlite_master WHERE type IN ('trigger', 'view')
    UNION ALL
    SELECT 'temp', type, name, tbl_name FROM temp.sqlite_master WHERE type IN ('trigger', 'view')
    ORDER BY 2, 3
"""
_SOURCE = 'SELECT sql FROM "{schema}".sqlite_master WHERE type = ? AND name = ?'


class SQLiteObjects:
    """The half `stored_objects`."""

    def listed(self, connection: Connection) -> Sequence[StoredObject]:
        """Of main and temp."""
        return [
            StoredObject(
                kind, table_ref(schema, name), f"on {table}" if kind == "trigger" else "", schema
            )
            for schema, kind, name, table in _rows(connection, _LISTED)
        ]

    def source(self, connection: Connection, found: StoredObject) -> str:
        """As it was typed."""
        schema = "temp" if found.key == "temp" else "main"
        for (sql,) in _rows(connection, _SOURCE.format(schema=schema), found.kind, found.ref.name):
            return str(sql or "")
        raise StatementFailed(f"{found.kind} {found.ref} was dropped a moment ago")


def _rows(connection: Connection, sql: str, *parameters: object) -> list[tuple[str, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(sql, parameters)]

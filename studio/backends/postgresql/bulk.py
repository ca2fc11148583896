"""Rows by COPY."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import psycopg
from psycopg import sql
from sqlalchemy import Connection

from studio.backends.halves.bulk import Buffer
from studio.backends.postgresql.receiving import received
from studio.model.catalog import Column, ColumnKind, Table
from studio.model.page import Value

_TYPES = {
    ColumnKind.INTEGER: "bigint",
    ColumnKind.DECIMAL: "numeric",
    ColumnKind.REAL: "double precision",
    ColumnKind.BOOLEAN: "boolean",
    ColumnKind.JSON: "jsonb",
    ColumnKind.BYTES: "bytea",
}
_READ = "COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT csv)"


class PostgreSQLBulk:
    """COPY out, COPY in."""

    long_reads: ClassVar[bool] = True

    def csv(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        begin: Callable[[], Callable[[Buffer], object]],
        tell: Callable[[int], object],
    ) -> int | None:
        """See halves.bulk. A single column is left out: COPY quotes a lone `\\.` there, and no
        encoding but UTF-8 is what a file says.
        """
        driver = connection.connection.driver_connection
        # The one connection a server allows may be one that is waited for elsewhere.
        if not isinstance(driver, psycopg.Connection) or len(columns) < 2:  # noqa: PLR2004 one
            return None
        if driver.info.parameter_status("server_encoding") == "SQL_ASCII":
            return None
        statement = sql.SQL(_READ).format(columns=_names(columns), table=_table(table))
        return received(driver, statement, begin, tell)

    def pieces(self, table: Table, columns: Sequence[str]) -> None:
        """None: COPY is faster."""
        del table, columns

    def insert(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        rows: Sequence[Sequence[Value]],
    ) -> None:
        """See halves.bulk. Where policies watch the rows, COPY is refused: INSERT then."""
        driver = _driver(connection)
        with driver.cursor() as cursor:
            if table.row_security or not columns:
                values = sql.SQL(", ").join([sql.Placeholder()] * len(columns))
                cursor.executemany(
                    sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
                        _table(table), _names(columns), values
                    ),
                    [tuple(row) for row in rows],
                )
                return
            into = sql.SQL("COPY {} ({}) FROM STDIN").format(_table(table), _names(columns))
            with cursor.copy(into) as copy:
                for row in rows:
                    copy.write_row(tuple(row))

    def read(self, text: str, column: Column) -> Value:
        """The server reads a type's text itself."""
        del column
        if "\0" in text:
            raise ValueError("PostgreSQL stores no zero byte in text")
        return text

    def type_name(self, kind: ColumnKind) -> str:
        """See halves.bulk."""
        return _TYPES.get(kind, "text")


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(driver)
    return driver


def _names(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _table(table: Table) -> sql.Identifier:
    return sql.Identifier(*(part for part in table.ref if part is not None))

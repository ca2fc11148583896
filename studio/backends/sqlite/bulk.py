"""Rows into a file, a statement run many times."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from sqlalchemy import Connection

from studio.backends.halves.bulk import Buffer
from studio.backends.sqlite.editing import SQLiteEditing
from studio.backends.sqlite.joining import RowidPieces, can_join, quoted, relation
from studio.model.catalog import Column, ColumnKind, Table
from studio.model.errors import StatementFailed
from studio.model.page import Value

_TYPES = {
    ColumnKind.INTEGER: "INTEGER",
    ColumnKind.DECIMAL: "NUMERIC",
    ColumnKind.REAL: "REAL",
    ColumnKind.BOOLEAN: "BOOLEAN",
    ColumnKind.BYTES: "BLOB",
}
_PLAIN = {int, float, bytes, bool, type(None)}
_INFINITE = {"inf": float("inf"), "-inf": float("-inf")}
_HEX = "\\x"


class SQLiteBulk:
    """Reads in chunks, so that no checkpoint waits."""

    long_reads: ClassVar[bool] = False

    def csv(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        begin: Callable[[], Callable[[Buffer], object]],
        tell: Callable[[int], object],
    ) -> None:
        """Never: SQLite has no such thing."""
        del connection, table, columns, begin, tell

    def pieces(self, table: Table, columns: Sequence[str]) -> RowidPieces | None:
        """Of tables whose rows have a rowid."""
        return RowidPieces(table, columns) if can_join(table, columns) else None

    def insert(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        rows: Sequence[Sequence[Value]],
    ) -> None:
        """See halves.bulk."""
        nouns = [table.column(name) for name in columns]
        # One statement for each way the values come: nearly always there is one way.
        ways: dict[tuple[str, ...], list[tuple[object, ...]]] = {}
        for row in rows:
            pairs = [_bound(value, noun) for value, noun in zip(row, nouns, strict=True)]
            way = tuple(expression for expression, _ in pairs)
            ways.setdefault(way, []).append(tuple(value for _, value in pairs))
        into = f"INSERT INTO {relation(table)} ({', '.join(map(quoted, columns))})"
        for way, values in ways.items():
            statement = f"{into} VALUES ({', '.join(way)})"
            try:
                connection.exec_driver_sql(statement, values)
            except OverflowError as error:
                raise StatementFailed(f"a number does not fit: {error}", statement) from error

    def read(self, text: str, column: Column) -> Value:
        """As text; the column's affinity makes a number of it. Bytes and infinities have no text
        that an affinity reads.
        """
        if column.kind is ColumnKind.BYTES and text.startswith(_HEX):
            try:
                return bytes.fromhex(text.removeprefix(_HEX))
            except ValueError:
                return text
        return _INFINITE.get(text, text) if column.kind.is_number else text

    def type_name(self, kind: ColumnKind) -> str:
        """See halves.bulk."""
        return _TYPES.get(kind, "TEXT")


def _bound(value: Value, column: Column) -> tuple[str, object]:
    """The expression that carries a value, and what is bound in it."""
    if type(value) in _PLAIN:
        return "?", value
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return "CAST(? AS TEXT)", value.encode("utf-8", "surrogateescape")
        return "?", value
    return "?", SQLiteEditing().slot(value, column).value

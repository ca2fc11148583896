"""INSERT statements, to keep and replay: values as their engine writes them. studio runs none."""

from collections.abc import Sequence
from typing import TextIO

from studio.export.header import Header
from studio.export.writing import LineWriter, Row
from studio.model.page import Value
from studio.model.relation import TableRef


class Writer(LineWriter):
    """One statement a row."""

    def __init__(self, out: TextIO, header: Header) -> None:
        """There is nothing before the first."""
        super().__init__(out, header)
        self._into = into(header)

    def _line(self, row: Row) -> str:
        return f"{self._into} {values(self._header, row)};"


def statement(header: Header, row: Sequence[Value]) -> str:
    """One row's whole statement."""
    return f"{into(header)} {values(header, row)};"


def into(header: Header) -> str:
    """`INSERT INTO "t" ("a", "b")`, and what must stand before VALUES."""
    table = dotted(header.table)
    says = f" {header.before_values}" if header.before_values else ""
    return f"INSERT INTO {table} ({', '.join(map(quoted, header.columns))}){says}"


def values(header: Header, row: Sequence[Value]) -> str:
    """`VALUES (1, 'x')`."""
    return f"VALUES ({', '.join(map(header.literal, row))})"


def dotted(table: TableRef) -> str:
    """A table's name as SQL."""
    return ".".join(quoted(part) for part in table if part is not None)


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'

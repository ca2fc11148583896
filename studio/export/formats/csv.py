"""Comma-separated values (RFC 4180): NULL is nothing, an empty text is two quotes."""

from collections.abc import Sequence

from studio.export.text import csv_line, csv_lines
from studio.export.writing import LineWriter, Row


class Writer(LineWriter):
    """Names, then rows."""

    def _head(self) -> Sequence[str]:
        return (csv_line(self._header.columns),)

    def _lines(self, rows: Sequence[Row]) -> Sequence[str]:
        return csv_lines(rows)

    def _line(self, row: Row) -> str:
        return csv_line(row)

"""Aligned columns for people."""

import sys
from collections.abc import Sequence
from itertools import chain
from typing import TextIO

from studio.export.header import Header
from studio.export.printable import printable
from studio.export.text import as_text
from studio.export.writing import Row
from studio.model.catalog import ColumnKind
from studio.model.page import Value
from studio.model.words import plural

_MEASURED = 1000
"""Rows a table's widths are taken from; later rows may be wider."""
_WIDEST = 60


class Writer:
    """Aligned columns for people; values that would break a line are shown in one."""

    def __init__(self, out: TextIO, header: Header) -> None:
        """Writes nothing before the widths are known."""
        self._out = out
        self._columns = header.columns
        self._kinds = header.kinds
        self._held: list[Row] = []
        self._widths: list[int] = []
        self._count = 0

    def write(self, rows: Sequence[Row]) -> None:
        """Some more rows."""
        self._count += len(rows)
        if self._widths:
            self._put(rows)
            return
        self._held.extend(rows)
        if len(self._held) >= _MEASURED:
            self._begin()

    def end(self) -> None:
        """There are no more; how many they were is said on stderr."""
        if not self._widths:
            self._begin()
        sys.stderr.write(f"({plural(self._count, 'row')})\n")
        self._out.flush()

    def _begin(self) -> None:
        shown = chain([self._columns], self._held)
        cells = [[_cell(value) for value in row] for row in shown]
        self._widths = [max(map(len, column)) for column in zip(*cells, strict=True)] or [0]
        self._put([self._columns])
        self._out.write("  ".join("─" * width for width in self._widths) + "\n")
        self._put(self._held)
        self._held = []

    def _put(self, rows: Sequence[Row]) -> None:
        for row in rows:
            cells = zip(row, self._widths, self._kinds, strict=False)
            parts = (_aligned(value, width, kind) for value, width, kind in cells)
            self._out.write("  ".join(parts).rstrip() + "\n")


def _cell(value: Value) -> str:
    text = printable("NULL" if value is None else as_text(value))
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _aligned(value: Value, width: int, kind: ColumnKind) -> str:
    is_number = kind.is_number or (isinstance(value, int | float) and kind is ColumnKind.ANY)
    return _cell(value).rjust(width) if is_number else _cell(value).ljust(width)

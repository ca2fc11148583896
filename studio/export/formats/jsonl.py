"""One JSON object per row, one row a line."""

from collections.abc import Sequence
from typing import TextIO

from studio.export.header import Header
from studio.export.json_text import JsonObjects
from studio.export.writing import Row


class Writer:
    """Rows as lines."""

    def __init__(self, out: TextIO, header: Header) -> None:
        """There is nothing before the first."""
        self._out = out
        self._objects = JsonObjects(header)

    def write(self, rows: Sequence[Row]) -> None:
        """Some more rows."""
        self._out.writelines(f"{self._objects.text(row)}\n" for row in rows)

    def end(self) -> None:
        """There are no more."""
        self._out.flush()

"""One JSON array of objects, one row a line."""

from collections.abc import Sequence
from typing import TextIO

from studio.export.header import Header
from studio.export.json_text import JsonObjects
from studio.export.writing import Row


class Writer:
    """Rows between brackets."""

    def __init__(self, out: TextIO, header: Header) -> None:
        """The bracket waits for the first row."""
        self._out = out
        self._objects = JsonObjects(header)
        self._before = "[\n"

    def write(self, rows: Sequence[Row]) -> None:
        """Some more rows."""
        for row in rows:
            self._out.write(self._before + self._objects.text(row))
            self._before = ",\n"

    def end(self) -> None:
        """There are no more."""
        self._out.write("[]\n" if self._before == "[\n" else "\n]\n")
        self._out.flush()

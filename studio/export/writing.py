"""What a format is: takes rows in order, writes each at once."""

from collections.abc import Callable, Sequence
from typing import Protocol, TextIO

from studio.export.header import Header
from studio.export.printable import printable
from studio.model.page import Value

Row = Sequence[Value]


class RowWriter(Protocol):
    """Takes rows in order, then `end` once."""

    def write(self, rows: Sequence[Row]) -> None:
        """Some more rows."""

    def end(self) -> None:
        """There are no more."""


class Lines:
    """Formats that are one line per row."""

    def __init__(self, out: TextIO, header: Header) -> None:
        """Writes what stands before the first row."""
        self._out = out
        self._header = header
        self._clean: Callable[[str], str] = _for_terminal if out.isatty() else str
        self._put(*self._head())

    def write(self, rows: Sequence[Row]) -> None:
        """Some more rows."""
        self._put(*map(self._line, rows))

    def end(self) -> None:
        """There are no more."""
        self._out.flush()

    def _put(self, *lines: str) -> None:
        self._out.writelines(f"{self._clean(line)}\n" for line in lines)

    def _head(self) -> Sequence[str]:
        return ()

    def _line(self, row: Row) -> str:
        raise NotImplementedError


def _for_terminal(line: str) -> str:
    return printable(line, lines=True)

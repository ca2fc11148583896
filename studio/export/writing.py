"""What a format is: takes rows in order, writes each at once."""

from collections.abc import Callable, Iterable, Sequence
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


class LineWriter:
    """Formats that are one line per row."""

    def __init__(self, out: TextIO, header: Header) -> None:
        """Writes what stands before the first row."""
        self._out = out
        self._header = header
        self._clean: Callable[[str], str] | None = _for_terminal if out.isatty() else None
        self._put(*self._head())

    def write(self, rows: Sequence[Row]) -> None:
        """Some more rows."""
        self._put(*self._lines(rows))

    def end(self) -> None:
        """There are no more."""
        self._out.flush()

    def _put(self, *lines: str) -> None:
        shown = lines if self._clean is None else map(self._clean, lines)
        if lines:
            self._out.write("\n".join((*shown, "")))

    def _head(self) -> Sequence[str]:
        return ()

    def _lines(self, rows: Sequence[Row]) -> Iterable[str]:
        """Some rows at once, where that is faster than one by one."""
        return map(self._line, rows)

    def _line(self, row: Row) -> str:
        raise NotImplementedError


def _for_terminal(line: str) -> str:
    return printable(line, lines=True)

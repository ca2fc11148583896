"""Rows as scripts and people read them: one writer per format, chunk by chunk."""

import json
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import Protocol, TextIO

from studio.cli.output import printable
from studio.model.catalog import ColumnKind
from studio.model.errors import ConfigInvalid
from studio.model.page import Shortened, Value
from studio.sqltext.cursor import sources
from studio.sqltext.syntax import GENERIC

Row = tuple[Value, ...]
_MEASURED = 1000
"""Rows a table's widths are taken from; later rows may be wider."""
_WIDEST = 60


class RowWriter(Protocol):
    """Takes rows in order, then `end` once."""

    def write(self, rows: Sequence[Row]) -> None:
        """Some more rows."""

    def end(self) -> None:
        """There are no more."""


@contextmanager
def destination(path: Path | None) -> Iterator[TextIO]:
    """Where rows go: stdout, or a file that appears under its name only when it is whole."""
    if path is None:
        yield sys.stdout
        return
    path = path.resolve()  # a link stays, and what it names is replaced
    if path.is_dir():
        raise ConfigInvalid(f"{path} is a folder: name a file inside it")
    with _direct(path) if path.exists() and not path.is_file() else _whole(path) as file:
        yield file


@contextmanager
def _direct(path: Path) -> Iterator[TextIO]:
    """A pipe or a device: to be written to, never to be replaced by a file."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise _unwritable(path, error) from error


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:200]}.")
    except OSError as error:
        raise _unwritable(path, error) from error
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        draft.chmod(_mode(path))
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise _unwritable(path, error) from error
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    """The permissions of the file that is there, or of any file newly made here."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _unwritable(path: Path, error: OSError) -> ConfigInvalid:
    if not path.parent.is_dir():
        return ConfigInvalid(f"there is no folder {path.parent}: make it, or name another file")
    return ConfigInvalid(f"{path} cannot be written: {error.strerror or error}")


def row_writer(
    form: str, out: TextIO, columns: tuple[str, ...], kinds: Sequence[ColumnKind], sql: str
) -> RowWriter:
    """The writer for one answer; `sql` names the table that `insert` writes for."""
    padded = (*kinds, *(ColumnKind.ANY,) * (len(columns) - len(kinds)))
    return _WRITERS[form](out, columns, padded, sql)


def _text(value: Value) -> str:
    if isinstance(value, Shortened):
        value = value.head
    if value is None:
        return ""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    # TEXT that is not UTF-8 carries its bytes as surrogates, which no output can hold.
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class _Lines:
    """Formats that are one line per row."""

    def __init__(
        self, out: TextIO, columns: tuple[str, ...], kinds: Sequence[ColumnKind], sql: str
    ) -> None:
        self._out = out
        self._columns = columns
        self._kinds = kinds
        self._sql = sql
        self._clean: Callable[[str], str] = _for_terminal if out.isatty() else str
        self._put(*self._head())

    def write(self, rows: Sequence[Row]) -> None:
        self._put(*map(self._line, rows))

    def end(self) -> None:
        self._out.flush()

    def _put(self, *lines: str) -> None:
        self._out.writelines(f"{self._clean(line)}\n" for line in lines)

    def _head(self) -> Iterator[str]:
        return iter(())

    def _line(self, row: Row) -> str:
        raise NotImplementedError


def _for_terminal(line: str) -> str:
    return printable(line, lines=True)


class _Csv(_Lines):
    """RFC 4180; NULL is nothing, an empty text is two quotes."""

    def _head(self) -> Iterator[str]:
        yield ",".join(map(_csv, self._columns))

    def _line(self, row: Row) -> str:
        return ",".join(map(_csv, row))


def _csv(value: Value) -> str:
    text = _text(value)
    if value is not None and (not text or any(sign in text for sign in ',"\n\r')):
        return '"' + text.replace('"', '""') + '"'
    return text


class _Tsv(_Lines):
    r"""As PostgreSQL's COPY: `\N` is NULL, tabs and line ends are escaped."""

    def _head(self) -> Iterator[str]:
        yield "\t".join(map(_tsv, self._columns))

    def _line(self, row: Row) -> str:
        return "\t".join(map(_tsv, row))


def _tsv(value: Value) -> str:
    if value is None:
        return "\\N"
    escapes = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
    return _text(value).translate(escapes)


class _JsonLines(_Lines):
    """One object per row."""

    def _line(self, row: Row) -> str:
        cells = zip(unique(self._columns), row, self._kinds, strict=True)
        return json.dumps({name: _json(v, kind) for name, v, kind in cells}, ensure_ascii=False)


class _Json(_JsonLines):
    """One array of objects."""

    _first = True

    def _head(self) -> Iterator[str]:
        yield "["

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._out.write(("" if self._first else ",\n") + self._clean(self._line(row)))
            self._first = False

    def end(self) -> None:
        self._out.write("]\n" if self._first else "\n]\n")
        super().end()


_NUMBERS = {ColumnKind.INTEGER, ColumnKind.REAL, ColumnKind.DECIMAL}


def _json(value: Value, kind: ColumnKind) -> object:
    """A JSON value; text the engine gave for a number becomes one only where nothing is lost."""
    if isinstance(value, bytes):
        return {"$type": "bytes", "hex": value.hex()}
    if isinstance(value, str) and kind is ColumnKind.BOOLEAN:
        return {"t": True, "f": False}.get(value, value)
    if isinstance(value, str) and kind in _NUMBERS:
        return _number(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else str(value)
    return _text(value)


def _number(text: str) -> object:
    for make in (int, float):
        try:
            number = make(text)
        except ValueError:
            continue
        return number if str(number) == text else text
    return text


def unique(names: Sequence[str]) -> list[str]:
    """Names that are all different: a second `id` is `id_2`."""
    seen: dict[str, None] = {}
    for name in names:
        candidate, number = name, 1
        while candidate in seen:
            number += 1
            candidate = f"{name}_{number}"
        seen[candidate] = None
    return list(seen)


class _Markdown(_Lines):
    """A table as GitHub draws it."""

    def _head(self) -> Iterator[str]:
        yield self._line(self._columns)
        rules = ("---:" if kind.is_number else "---" for kind in self._kinds)
        yield f"| {' | '.join(rules)} |"

    def _line(self, row: Row) -> str:
        cells = (printable(_text(v)).replace("\\", "\\\\").replace("|", "\\|") for v in row)
        return f"| {' | '.join(cells)} |"


class _Insert(_Lines):
    """INSERT statements, to read or keep."""

    @cached_property
    def _into(self) -> str:
        found = [source.name for source in sources(self._sql, GENERIC) if source.name]
        names = ", ".join(_quoted(name, '"') for name in self._columns)
        table = _quoted(found[0] if found else "rows", '"')
        return f"INSERT INTO {table} ({names})"

    def _line(self, row: Row) -> str:
        values = ", ".join(_literal(v, k) for v, k in zip(row, self._kinds, strict=True))
        return f"{self._into} VALUES ({values});"


def _quoted(text: str, sign: str) -> str:
    return sign + text.replace(sign, sign * 2) + sign


def _literal(value: Value, kind: ColumnKind) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, int | float) and not isinstance(value, bool):
        # Bare, inf and nan would be names of columns.
        return f"'{value!r}'" if isinstance(value, float) and not isfinite(value) else repr(value)
    if isinstance(value, str) and kind in _NUMBERS and not isinstance(_number(value), str):
        return value
    return _quoted(_text(value), "'")


class _Table:
    """Aligned columns for people; values that would break a line are shown in one."""

    def __init__(
        self, out: TextIO, columns: tuple[str, ...], kinds: Sequence[ColumnKind], sql: str
    ) -> None:
        del sql
        self._out = out
        self._columns = columns
        self._kinds = kinds
        self._held: list[Row] = []
        self._widths: list[int] = []
        self._count = 0

    def write(self, rows: Sequence[Row]) -> None:
        self._count += len(rows)
        if self._widths:
            self._put(rows)
            return
        self._held.extend(rows)
        if len(self._held) >= _MEASURED:
            self._begin()

    def end(self) -> None:
        if not self._widths:
            self._begin()
        print(f"({self._count:,} row{'' if self._count == 1 else 's'})", file=sys.stderr)
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
    text = printable("NULL" if value is None else _text(value))
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _aligned(value: Value, width: int, kind: ColumnKind) -> str:
    is_number = kind.is_number or (isinstance(value, int | float) and kind is ColumnKind.ANY)
    return _cell(value).rjust(width) if is_number else _cell(value).ljust(width)


_WRITERS: dict[str, Callable[[TextIO, tuple[str, ...], Sequence[ColumnKind], str], RowWriter]] = {
    "table": _Table,
    "csv": _Csv,
    "tsv": _Tsv,
    "json": _Json,
    "jsonl": _JsonLines,
    "markdown": _Markdown,
    "insert": _Insert,
}
FORMATS = tuple(_WRITERS)

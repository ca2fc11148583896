"""Parquet: columns of one type each, which a value that is of another is not pressed into."""

from collections.abc import Callable, Sequence
from typing import Any, TextIO

from studio.config.extras import extra
from studio.export.header import Header
from studio.export.json_text import unique
from studio.export.text import as_text
from studio.export.writing import Row
from studio.model.catalog import ColumnKind
from studio.model.errors import ConfigInvalid
from studio.model.page import Value

_INT64 = range(-(2**63), 2**63)
_TRUTH = {"t": True, "true": True, "f": False, "false": False}
_GROUP_ROWS, _GROUP_BYTES = 50_000, 8 * 2**20
"""A group of rows is written when it is so large: so much is held."""
_OBJECT = 40
"""Bytes of a value besides what is in it."""


class Writer:
    """Groups of rows; every column may hold NULL."""

    def __init__(self, out: TextIO, header: Header) -> None:
        """Raises ConfigInvalid: no pyarrow, or a terminal."""
        if out.isatty():
            raise ConfigInvalid("Parquet is no text for a terminal: name a file with --output")
        self._arrow = extra("pyarrow", "parquet", "Parquet")
        parquet = extra("pyarrow.parquet", "parquet", "Parquet")
        self._header = header
        kinds = header.declared or header.kinds
        self._readers = [_READERS.get(kind, as_text) for kind in kinds]
        names = unique(header.columns)
        types = [self._type(kind) for kind in kinds]
        self._schema = self._arrow.schema(list(zip(names, types, strict=True)))
        out.flush()
        self._sink = self._arrow.PythonFile(_Kept(out), mode="w")
        self._file = parquet.ParquetWriter(self._sink, self._schema)
        self._columns: list[list[object]] = [[] for _ in names]
        self._bytes = 0

    def _type(self, kind: ColumnKind) -> Any:  # noqa: ANN401 - pyarrow is not always there
        made = {
            ColumnKind.INTEGER: self._arrow.int64,
            ColumnKind.REAL: self._arrow.float64,
            ColumnKind.BOOLEAN: self._arrow.bool_,
            ColumnKind.BYTES: self._arrow.binary,
        }
        return made.get(kind, self._arrow.string)()

    def write(self, rows: Sequence[Row]) -> None:
        """Some more rows. Raises ConfigInvalid for a value of another type than its column's."""
        for row in rows:
            for place, value in enumerate(row):
                self._columns[place].append(self._read(place, value))
                self._bytes += _OBJECT + (len(value) if isinstance(value, str | bytes) else 0)
            if self._bytes >= _GROUP_BYTES or len(self._columns[0]) >= _GROUP_ROWS:
                self._put()

    def _read(self, place: int, value: Value) -> object:
        if value is None:
            return None
        try:
            return self._readers[place](value)
        except ValueError as error:
            name = self._header.columns[place]
            kind = (self._header.declared or self._header.kinds)[place].value
            raise ConfigInvalid(
                f"{name} holds {as_text(value)[:40]!r}, which is no {kind}: a column of Parquet"
                " has one type, JSONL keeps each value's own"
            ) from error

    def _put(self) -> None:
        if self._columns and self._columns[0]:
            batch = self._arrow.record_batch(self._columns, schema=self._schema)
            self._file.write_batch(batch)
        self._columns = [[] for _ in self._columns]
        self._bytes = 0

    def end(self) -> None:
        """There are no more."""
        self._put()
        self._file.close()


class _Kept:
    """The bytes of a text file, which whoever opened it closes."""

    closed = False

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, raw: bytes) -> int:
        """Some more of them. A writer that was given up still wants to end a file that is gone."""
        return len(raw) if self._out.closed else self._out.buffer.write(raw)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Not ours to close."""


def _whole(value: Value) -> int:
    if isinstance(value, int | str) and int(value) in _INT64:
        return int(value)
    raise ValueError(value)


def _real(value: Value) -> float:
    if isinstance(value, float | str):
        return float(value)
    raise ValueError(value)


def _truth(value: Value) -> bool:
    found = _TRUTH.get(value) if isinstance(value, str) else value
    if isinstance(found, int) and found in {0, 1}:
        return bool(found)
    raise ValueError(value)


def _bytes(value: Value) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str) and value.startswith("\\x"):
        return bytes.fromhex(value[2:])
    raise ValueError(value)


_READERS: dict[ColumnKind, Callable[[Value], object]] = {
    ColumnKind.INTEGER: _whole,
    ColumnKind.REAL: _real,
    ColumnKind.BOOLEAN: _truth,
    ColumnKind.BYTES: _bytes,
}
"""Other kinds are the text they have in CSV: of a decimal, each digit."""

"""A SQLite database of one table, without keys: rows to be asked about elsewhere."""

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from math import isnan
from pathlib import Path
from tempfile import mkdtemp
from typing import TextIO
from weakref import finalize

from studio.export.header import Header
from studio.export.text import as_text, is_utf8
from studio.export.writing import Row
from studio.model.catalog import ColumnKind
from studio.model.errors import ConfigInvalid
from studio.model.page import Value

_INT64 = range(-(2**63), 2**63)
_TRUTH = {"t": 1, "true": 1, "f": 0, "false": 0}


class Writer:
    """One table, called as the one the rows are of."""

    def __init__(self, out: TextIO, header: Header) -> None:
        """Raises ConfigInvalid for a terminal."""
        if out.isatty():
            raise ConfigInvalid("a database is no text for a terminal: name a file with --output")
        self._out = out
        self._readers = [_READERS.get(kind, _kept) for kind in header.kinds]
        folder = mkdtemp(prefix="studio-")
        self._draft = Path(folder) / "draft.db"
        self._connection = sqlite3.connect(
            self._draft, isolation_level=None, check_same_thread=False
        )
        self._end = finalize(self, _removed, folder, self._connection)
        # Nobody else knows the file, and half of one is thrown away.
        self._connection.execute("PRAGMA journal_mode=OFF")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._table = _quoted(header.table.name)
        columns = ", ".join(
            f"{_quoted(name)}{_TYPES.get(kind, ' TEXT')}"
            for name, kind in zip(_names(header.columns), header.kinds, strict=True)
        )
        self._connection.execute(f"CREATE TABLE {self._table} ({columns})")
        self._connection.execute("BEGIN")

    def write(self, rows: Sequence[Row]) -> None:
        """Some more rows. Raises ConfigInvalid for a number of more than 64 bits."""
        for row in rows:
            pairs = [
                ("?", None) if value is None else _bound(read(value))
                for read, value in zip(self._readers, row, strict=True)
            ]
            way = ", ".join(expression for expression, _ in pairs)
            self._connection.execute(
                f"INSERT INTO {self._table} VALUES ({way})", [value for _, value in pairs]
            )

    def end(self) -> None:
        """There are no more."""
        self._connection.execute("COMMIT")
        self._connection.close()
        self._out.flush()
        with self._draft.open("rb") as draft:
            shutil.copyfileobj(draft, self._out.buffer)
        self._out.flush()
        self._end()


def _removed(folder: str, connection: sqlite3.Connection) -> None:
    """What is left of it, whole or given up."""
    connection.close()
    shutil.rmtree(folder, ignore_errors=True)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _names(columns: Sequence[str]) -> list[str]:
    """All different, also but for their case: to SQLite those are one."""
    seen: dict[str, str] = {}
    for name in columns:
        candidate, number = name, 1
        while candidate.casefold() in seen:
            number += 1
            candidate = f"{name}_{number}"
        seen[candidate.casefold()] = candidate
    return list(seen.values())


def _bound(value: Value) -> tuple[str, Value]:
    """The expression that carries a value, and what is bound in it."""
    if isinstance(value, str) and not is_utf8(value):
        return "CAST(? AS TEXT)", value.encode("utf-8", "surrogateescape")
    return "?", value


def _kept(value: Value) -> Value:
    """In its own class, where SQLite has that; NaN it would take for NULL."""
    if isinstance(value, int) and value not in _INT64:
        raise ConfigInvalid(f"{value} has more than the 64 bits of SQLite's numbers: use csv")
    if isinstance(value, float) and isnan(value):
        return as_text(value)
    return value if isinstance(value, int | float | str | bytes) else as_text(value)


def _whole(value: Value) -> Value:
    return _kept(int(value) if isinstance(value, str) else value)


def _real(value: Value) -> Value:
    return _kept(float(value) if isinstance(value, str) else value)


def _truth(value: Value) -> Value:
    return _TRUTH.get(value, value) if isinstance(value, str) else _kept(value)


def _bytes(value: Value) -> Value:
    is_hex = isinstance(value, str) and value.startswith("\\x")
    return bytes.fromhex(str(value)[2:]) if is_hex else _kept(value)


_READERS: dict[ColumnKind, Callable[[Value], Value]] = {
    ColumnKind.INTEGER: _whole,
    ColumnKind.REAL: _real,
    ColumnKind.BOOLEAN: _truth,
    ColumnKind.BYTES: _bytes,
}
_TYPES = {
    ColumnKind.ANY: "",
    ColumnKind.INTEGER: " INTEGER",
    ColumnKind.REAL: " REAL",
    ColumnKind.BOOLEAN: " BOOLEAN",
    ColumnKind.BYTES: " BLOB",
}
"""None where values have a class each: it stays. Of a decimal, each digit stays: as text."""

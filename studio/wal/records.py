"""The values of a record (SQLite file format, §2.1)."""

import struct

from studio.wal.btree import varint
from studio.wal.states import UnreadableDatabase

Stored = int | float | str | bytes | None
_ENCODINGS = {1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}
_NUMBER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_REAL, _ZERO, _ONE, _FIRST_BYTES = 7, 8, 9, 12
MOST_COLUMNS = 32_767


def decode(record: bytes, encoding: int) -> tuple[Stored, ...]:
    """Its values. Raises Unreadable where they do not fit in it.

    Text that is not in the database's encoding keeps its bytes as lone surrogates.
    """
    end, place = varint(record, 0)
    if end > len(record):
        raise UnreadableDatabase("a record's header is longer than the record")
    values: list[Stored] = []
    at = end
    while place < end:
        kind, place = varint(record, place)
        value, at = _value(record, at, kind, encoding)
        values.append(value)
        if len(values) > MOST_COLUMNS:
            raise UnreadableDatabase("a record has more columns than SQLite can have")
    return tuple(values)


def _value(record: bytes, at: int, kind: int, encoding: int) -> tuple[Stored, int]:
    if kind == 0:
        return None, at
    if kind in {_ZERO, _ONE}:
        return kind - _ZERO, at
    if kind in {10, 11}:
        raise UnreadableDatabase("a record has a kind of value that SQLite does not write")
    size = _NUMBER_BYTES.get(kind) or (8 if kind == _REAL else (kind - _FIRST_BYTES) // 2)
    data = record[at : at + size]
    if len(data) < size:
        raise UnreadableDatabase("a record is shorter than its values")
    if kind in _NUMBER_BYTES:
        return int.from_bytes(data, "big", signed=True), at + size
    if kind == _REAL:
        (real,) = struct.unpack(">d", data)
        # SQLite reads a NaN as NULL.
        return (None if real != real else real), at + size  # noqa: PLR0124
    if kind % 2 == 0:
        return data, at + size
    return text(data, encoding), at + size


def text(data: bytes, encoding: int) -> str:
    """Text in the database's encoding; what is not keeps its bytes as lone surrogates."""
    if encoding == 1:
        return data.decode("utf-8", "surrogateescape")
    # An odd last byte is no character: SQLite leaves it out too.
    return data[: len(data) // 2 * 2].decode(_ENCODINGS[encoding], "surrogatepass")

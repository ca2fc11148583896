"""Deleted rows whose bytes are still there: on free pages, and in the unused parts of leaves.

SQLite overwrites the first four bytes of a cell it frees, unless it was the topmost one; pages that
become free keep what they held (neither with `secure_delete`). What is found may be incomplete, of
an older version, or of another table of the same form: it is for reading, never written back.
Tables WITHOUT ROWID are left out: their pages look like an index's.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field, replace
from itertools import islice
from typing import Any

from studio.wal.btree import LEAF_TABLE, Page, cells, leaves, parse_page, signed, varint
from studio.wal.changes import packed_row, unpacked_row
from studio.wal.records import Stored, decode
from studio.wal.schema import read_schema
from studio.wal.states import State, UnreadableDatabase
from studio.wal.tables import Row, TableLayout, declared, rows
from studio.wal.trees import GuardedState

MOST_PAGES = 5_000
"""Leaves and free pages that are looked through."""
_MOST_FOUND = 10_000
_MOST_TRIED = 2_000
"""Readings of one freed block."""
_LOST = 4
_MOST_BEFORE = 7
"""Bytes of a rowid that may be left before the head of a record."""
_LONG_HEAD = 127
_BLOB = 12
_WORD = re.compile(rb"(?:[^\x00-\x1f\x7f]\x00?){3}")
"""Three characters, in any of the encodings."""
_Reading = tuple[int | None, bytes, int]
"""Rowid, record, and where the next cell begins."""


@dataclass(frozen=True, slots=True)
class Remain:
    """A row that can still be read, or what is left of it."""

    rowid: int | None
    """None where its bytes were overwritten."""
    row: Row
    page: int
    is_free_page: bool
    """Else in an unused part of a page of the table."""
    is_older: bool
    """There is a row of that rowid: this is what it was."""


@dataclass(frozen=True, slots=True)
class Remains:
    """What was found, by table; a page that is free may have been any's of that form."""

    tables: dict[str, tuple[Remain, ...]]
    pages: int
    """Pages that were looked through."""
    is_whole: bool
    """Whether that was all of them."""


@dataclass(frozen=True, slots=True)
class _Found:
    rowid: int | None
    values: tuple[Stored, ...]
    page: int


@dataclass
class _Table:
    """One table, what it holds and what is found of it."""

    declared: TableLayout
    count: int
    """Columns that are stored."""
    live: dict[int, int] = field(default_factory=dict)
    """Its rows: rowid → hash of the stored values."""
    slack: list[_Found] = field(default_factory=list)
    free: list[_Found] = field(default_factory=list)


def remains(state: State) -> Remains:
    """Look through the state. Raises Unreadable where it has no schema that can be read."""
    side = GuardedState(state)
    usable, encoding = state.header.usable, state.header.encoding
    tables = [
        _Table(known, len(known.columns) - len(known.virtual))
        for entry in read_schema(side, state.header)
        if entry.kind == "table" and entry.root > 1 and not entry.name.startswith("sqlite_")
        if (known := declared(entry)).understood and not known.without_rowid
    ]
    looked = 0
    for table in tables:
        try:
            pages = leaves(side, table.declared.entry.root, MOST_PAGES - looked)
            for number, page in pages:
                looked += 1
                _keep_live(table, page, usable, encoding)
                for rowid, record in _unused(page, usable, table.count):
                    table.slack += _decoded(rowid, record, number, encoding, table.count)
        except UnreadableDatabase:
            # What lies behind a damaged page is not found.
            continue
    for number in islice(sorted(state.free_leaves()), max(0, MOST_PAGES - looked)):
        looked += 1
        freed = parse_page(state.read(number), number)
        if freed is not None and freed.kind == LEAF_TABLE:
            _take_free(tables, freed, number, usable, encoding)
    told = {table.declared.entry.name: tuple(_told(table)) for table in tables}
    return Remains({name: found for name, found in told.items() if found}, looked,
                   looked < MOST_PAGES)  # fmt: skip


def _keep_live(table: _Table, page: Page, usable: int, encoding: int) -> None:
    for cell in cells(page, usable):
        if cell.rowid is not None:
            whole = not cell.overflow
            table.live[cell.rowid] = _sum(decode(cell.local, encoding)) if whole else 0


def _sum(values: tuple[Stored, ...]) -> int:
    return hash(tuple((type(value), value) for value in values))


def _take_free(tables: list[_Table], page: Page, number: int, usable: int, encoding: int) -> None:
    """The cells of a free page, for the first table of that form."""
    for table in tables:
        found: list[_Found] = []
        try:
            for cell in cells(page, usable):
                if not cell.overflow:
                    found += _decoded(cell.rowid, cell.local, number, encoding, table.count)
        except UnreadableDatabase:
            continue
        if found:
            table.free += found
            return


def _decoded(
    rowid: int | None, record: bytes, page: int, encoding: int, count: int
) -> Iterator[_Found]:
    """A record, if it is one of so many columns."""
    try:
        values = decode(record, encoding)
    except (UnreadableDatabase, UnicodeDecodeError):
        return
    if len(values) == count and not any(_is_odd(value) for value in values):
        yield _Found(rowid, values, page)


def _is_odd(value: Stored) -> bool:
    """Whether it is text that no program would have written."""
    return isinstance(value, str) and any(
        (char < " " and char not in "\t\n\r") or "\ud800" <= char <= "\udfff" for char in value
    )


def _told(table: _Table) -> Iterator[Remain]:
    """What was found, each row once, without what is a row of the table now."""
    seen, now = set[tuple[int | None, int]](), set(table.live.values())
    for found, is_free in ((table.slack, False), (table.free, True)):
        for number, one in enumerate(found[:_MOST_FOUND], 1):
            key = (one.rowid, _sum(one.values))
            is_now = table.live.get(one.rowid) == key[1] if one.rowid is not None else key[1] in now
            if key in seen or is_now:
                continue
            seen.add(key)
            synthetic = one.rowid if one.rowid is not None else -number
            row = rows(table.declared, {(synthetic,): one.values})[(synthetic,)]
            if one.rowid is None:
                row = _without_rowid(row, synthetic)
            is_older = one.rowid is not None and one.rowid in table.live
            yield Remain(one.rowid, row, one.page, is_free, is_older)


def _without_rowid(row: Row, synthetic: int) -> Row:
    return {name: None if value == synthetic else value for name, value in row.items()}


# -- the unused parts of a leaf --------------------------------------------------------------------


def _unused(page: Page, usable: int, count: int) -> Iterator[tuple[int | None, bytes]]:
    """Records of `count` columns between the pointers and the cells, and in freed blocks."""
    data = page.data
    # Page 1 is the schema's: no table's leaf has the file's header before its own.
    content = int.from_bytes(data[5:7], "big") or len(data)
    at, end = 8 + 2 * len(page.places), min(content, usable)
    is_zeroed = _is_zeroed(data[at:end])
    while at < end - _LOST:
        if (found := _intact(data, at, end, count)) is not None:
            rowid, record, at = found
            yield rowid, record
            continue
        # It was a block for a moment: its first bytes say how long it is.
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        pieces = list(_pieces(data, at, at + size, count)) if _LOST < size <= end - at else []
        yield from _told_apart(pieces, is_zeroed=is_zeroed)
        at += size if pieces else 1
    blocks = tuple(_blocks(data, usable))
    is_zeroed = _is_zeroed(b"".join(data[start + _LOST : stop] for start, stop in blocks))
    for start, stop in blocks:
        yield from _told_apart(_pieces(data, start, stop, count), is_zeroed=is_zeroed)


def _is_zeroed(data: bytes) -> bool:
    """Whether most of it is zeros, as where `secure_delete` overwrites what is freed."""
    return 2 * data.count(0) >= len(data)


def _told_apart(
    pieces: Iterable[tuple[int | None, bytes]], *, is_zeroed: bool
) -> Iterator[tuple[int | None, bytes]]:
    """Those that are more than zeros and the heads of older blocks among them: in zeroed space a
    record without its head must have a word in it.
    """
    for rowid, record in pieces:
        end, kinds = varint(record, 0)
        is_said = bool(_WORD.search(record, end)) if is_zeroed else any(record[kinds:])
        if rowid is not None or is_said:
            yield rowid, record


def _blocks(data: bytes, usable: int) -> Iterator[tuple[int, int]]:
    """The chain of freed blocks; ends where it makes no sense."""
    at, last = int.from_bytes(data[1:3], "big"), 0
    while last < at <= usable - _LOST:
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if size < _LOST or at + size > usable:
            return
        yield at, at + size
        last, at = at, int.from_bytes(data[at : at + 2], "big")


def _pieces(data: bytes, start: int, stop: int, count: int) -> Iterator[tuple[int | None, bytes]]:
    """The cells a block was made of: neighbours that were freed are one block."""
    tried = 0
    waiting: list[tuple[int, tuple[tuple[int | None, bytes], ...]]] = [(start, ())]
    while waiting and tried < _MOST_TRIED:
        at, found = waiting.pop()
        if at == stop:
            yield from found
            return
        tried += 1
        for rowid, record, following in _readings(data, at, stop, count):
            waiting.append((following, (*found, (rowid, record))))


def _readings(data: bytes, at: int, stop: int, count: int) -> Iterator[_Reading]:
    """What a cell that begins there may be; the likeliest last."""
    for lost in (1, 0):
        yield from _headless(data, at + _LOST, stop, count, lost)
    for head_at in range(at + _LOST, at + _LOST + _MOST_BEFORE):
        types = _types(data, head_at + 1, count, stop)
        if types is not None and data[head_at] == types[0] - head_at:
            end = sum(types)
            yield None, data[head_at:end], end
    whole = _intact(data, at, stop, count)
    if whole is not None:
        yield whole


def _headless(data: bytes, at: int, stop: int, count: int, lost: int) -> Iterator[_Reading]:
    """A record whose kinds begin there, all but the first `lost`: that of a rowid's own column,
    which is stored as NULL. Only that it fits its block exactly says that it is one.
    """
    types = _types(data, at, count - lost, stop)
    if types is None:
        return
    kinds, end = b"\0" * lost + data[at : types[0]], sum(types)
    if len(kinds) < _LONG_HEAD:
        yield None, bytes([1 + len(kinds)]) + kinds + data[types[0] : end], end


def _types(data: bytes, at: int, count: int, stop: int) -> tuple[int, int] | None:
    """Where so many kinds of values end, and how long the values are; None where it is none."""
    body = 0
    try:
        for _ in range(count):
            kind, at = varint(data, at)
            if kind in {10, 11}:
                return None
            body += (0, 1, 2, 3, 4, 6, 8, 8, 0, 0)[kind] if kind < _BLOB else (kind - _BLOB) // 2
            if at + body > stop:
                return None
    except UnreadableDatabase:
        return None
    return at, body


def _intact(data: bytes, at: int, stop: int, count: int) -> _Reading | None:
    """A whole cell that begins there, and where it ends."""
    try:
        size, place = varint(data, at)
        if not count < size <= stop - place:
            return None
        rowid, place = varint(data, place)
        head, types = varint(data, place)
    except UnreadableDatabase:
        return None
    found = _types(data, types, count, stop)
    if found is None or found[0] - place != head or found[0] + found[1] - place != size:
        return None
    return signed(rowid), data[place : place + size], place + size


# -- as JSON ---------------------------------------------------------------------------------------


def packed(found: Remains) -> dict[str, Any]:
    """The remains as JSON that `unpacked` reads."""
    tables = {
        name: [[*astuple(replace(one, row={})), packed_row(one.row)] for one in rows]
        for name, rows in found.tables.items()
    }
    return {"tables": tables, "pages": found.pages, "is_whole": found.is_whole}


def unpacked(raw: dict[str, Any]) -> Remains:
    """What `packed` wrote."""
    tables = {
        name: tuple(
            Remain(rowid, unpacked_row(row) or {}, page, is_free, is_older)
            for rowid, _, page, is_free, is_older, row in rows
        )
        for name, rows in raw["tables"].items()
    }
    return Remains(tables, raw["pages"], raw["is_whole"])

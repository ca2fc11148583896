"""A damaged database made anew: what can still be read of it, in a new file.

The statements of the damaged file make the tables of the new one, under an authorizer that lets
them do nothing else. A row that does not fit the table it was in stands in a table of its own.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from studio.wal.salvage import Salvage, Saved
from studio.wal.schema import SchemaEntry
from studio.wal.states import State
from studio.wal.steady import Seen, steadily
from studio.wal.tables import Key, Row, TableLayout, bound, declared, marks, quoted, rows

Told = Callable[[int, int], None]
_BATCH = 500
_ENCODINGS = {1: "UTF-8", 2: "UTF-16le", 3: "UTF-16be"}
_SEQUENCE = "sqlite_sequence"
_MOST_FIELDS = 1_900
"""Columns of a row that is kept apart."""
_SETTINGS = (
    "PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA trusted_schema=OFF",
    "PRAGMA foreign_keys=OFF", "PRAGMA ignore_check_constraints=ON",
)  # fmt: skip
_MAKES = frozenset(
    {
        sqlite3.SQLITE_CREATE_TABLE, sqlite3.SQLITE_CREATE_INDEX, sqlite3.SQLITE_CREATE_VIEW,
        sqlite3.SQLITE_CREATE_TRIGGER, sqlite3.SQLITE_REINDEX, sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_READ,
    }
)  # fmt: skip
_WRITES = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE})


def salvage(path: Path, output: Path, told: Told) -> dict[str, Any]:
    """Write what can be read of the newest state of `path` to `output`, a file that is ours alone.

    `told` hears pages as bytes. Raises OSError, and Unreadable where there is no first page.
    """
    return steadily(path, partial(_salvaged, output=output, told=told))


@dataclass
class _Made:
    """The new file, and what became of the rows."""

    connection: sqlite3.Connection
    counts: dict[str, int] = field(default_factory=dict)
    apart: int = 0
    apart_name: str = "lost_and_found"
    apart_fields: int = -1
    """Columns it has; -1: it is not there."""
    not_made: list[str] = field(default_factory=list)

    def run(self, entry: SchemaEntry) -> bool:
        """Have SQLite run the statement that made something; whether it could."""
        self.connection.set_authorizer(_only_makes)
        try:
            self.connection.execute(entry.sql)
        except (sqlite3.Error, sqlite3.Warning, UnicodeError) as error:
            self.not_made.append(f"{entry.kind} {entry.name}: {error}")
            return False
        finally:
            self.connection.set_authorizer(None)
        return True

    def keep_apart(self, table: str, saved: Iterable[Saved]) -> None:
        """Rows that fit in no table."""
        for one in saved:
            values = one.values[:_MOST_FIELDS]
            if self.apart_fields < 0:
                self.connection.execute(
                    f'CREATE TABLE {quoted(self.apart_name)} ("table", "page", "rowid of row")'
                )
                self.apart_fields = 0
            for number in range(self.apart_fields + 1, len(values) + 1):
                self.connection.execute(
                    f'ALTER TABLE {quoted(self.apart_name)} ADD COLUMN "column {number}"'
                )
                self.apart_fields = number
            missing = (None,) * (self.apart_fields - len(values))
            row = (table or None, one.page, one.rowid, *values, *missing)
            self.connection.execute(
                f"INSERT INTO {quoted(self.apart_name)} VALUES ({marks(row)})",
                list(map(bound, row)),
            )
            self.apart += 1


def _only_makes(action: int, name: str | None, *_: str | None) -> int:
    """Nothing of a statement may do more than stand in the schema."""
    if action in _MAKES or (action in _WRITES and str(name).lower().startswith("sqlite_")):
        return sqlite3.SQLITE_OK
    # Within a view or a trigger it is only parsed: what makes a table of a query is not.
    return sqlite3.SQLITE_DENY


def _salvaged(seen: Seen, output: Path, told: Told) -> dict[str, Any]:
    history, _ = seen
    state = history.state(history.frames.mx_frame)
    header, found = state.header, Salvage(state, history.pages_there(state))
    schema = found.schema()
    output.unlink(missing_ok=True)
    with closing(sqlite3.connect(output, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size={header.page_size}")
        connection.execute(f"PRAGMA encoding='{_ENCODINGS[header.encoding]}'")
        for setting in _SETTINGS:
            connection.execute(setting)
        made = _Made(connection)
        names = {entry.name.lower() for entry in schema}
        while made.apart_name in names:
            made.apart_name += "_"
        connection.execute("BEGIN")
        for entry in _tables(schema):
            for taken in _fill(made, entry, found):
                del taken
                told(found.looked_at * header.page_size, len(found.pages) * header.page_size)
        made.keep_apart("", found.orphans())
        _finish(made, schema, state)
        connection.execute("COMMIT")
    return {
        "tables": made.counts,
        "apart": made.apart,
        "apart_name": made.apart_name if made.apart else "",
        "damaged_pages": len(found.damaged),
        "unreadable_rows": found.unreadable,
        "not_made": made.not_made,
        "bytes": output.stat().st_size,
    }


def _tables(schema: tuple[SchemaEntry, ...]) -> Iterator[SchemaEntry]:
    """Those with rows of their own; SQLite's own come from what else is made."""
    for entry in schema:
        is_own = not entry.name.lower().startswith("sqlite_") or entry.name == _SEQUENCE
        if entry.kind == "table" and entry.root > 1 and is_own:
            yield entry


def _fill(made: _Made, entry: SchemaEntry, found: Salvage) -> Iterator[int]:
    """Make a table and put its rows there; after each batch the rows so far."""
    saved, table = found.records(entry.root), declared(entry)
    if entry.name == _SEQUENCE:
        _keep_sequence(made.connection, saved)
        return
    if not table.understood:
        made.not_made.append(f"{entry.kind} {entry.name}: its statement cannot be read")
    is_there = table.understood and made.run(entry)
    if is_there:
        made.counts[entry.name] = 0
    while batch := list(islice(saved, _BATCH)):
        if is_there:
            stored = _store(made.connection, table, batch)
            made.counts[entry.name] += len(stored)
            batch = [one for one in batch if id(one) not in stored]
        made.keep_apart(entry.name, batch)
        yield made.counts.get(entry.name, 0)


def _store(
    connection: sqlite3.Connection, table: TableLayout, batch: list[Saved]
) -> frozenset[int]:
    """Which of them the table took."""
    by_key: dict[Key, Saved] = {}
    for one in batch:
        key = one.values[: len(table.key)] if table.without_rowid else (one.rowid,)
        is_whole = (one.rowid is None) is table.without_rowid and None not in key
        if is_whole and key not in by_key and one.values:
            by_key[key] = one
    names, alias = _insertable(connection, table)
    read = rows(table, {key: one.values for key, one in by_key.items()})
    return frozenset(
        id(by_key[key])
        for key, row in read.items()
        if row.keys() >= set(names) and _inserted(connection, table, names, alias, key, row)
    )


def _insertable(
    connection: sqlite3.Connection, table: TableLayout
) -> tuple[tuple[str, ...], str | None]:
    """The columns that take a value, and the name of the rowid where it has one to itself."""
    columns = connection.execute(
        "SELECT name, hidden FROM pragma_table_xinfo(?)", [table.entry.name]
    ).fetchall()
    taken = {name.lower() for name, _ in columns}
    free = (alias for alias in ("rowid", "_rowid_", "oid") if alias not in taken)
    names = tuple(name for name, hidden in columns if not hidden)
    return names, None if table.without_rowid else next(free, None)


def _inserted(
    connection: sqlite3.Connection,
    table: TableLayout,
    names: tuple[str, ...],
    alias: str | None,
    key: Key,
    row: Row,
) -> bool:
    into = ", ".join([*([alias] if alias else []), *map(quoted, names)])
    values = [*(key if alias else ()), *(row[name] for name in names)]
    try:
        done = connection.execute(
            f"INSERT OR IGNORE INTO {quoted(table.entry.name)} ({into}) VALUES ({marks(values)})",
            list(map(bound, values)),
        )
    except (sqlite3.Error, OverflowError):
        return False
    return done.rowcount == 1


def _keep_sequence(connection: sqlite3.Connection, saved: Iterable[Saved]) -> None:
    """How far numbers were given; there is a table for them once one was made that counts."""
    for one in saved:
        match one.values:
            case str(name), int(last):
                with suppress(sqlite3.Error):
                    connection.execute(f"DELETE FROM {_SEQUENCE} WHERE name = ?", [name])
                    connection.execute(f"INSERT INTO {_SEQUENCE} VALUES (?, ?)", [name, last])


def _finish(made: _Made, schema: tuple[SchemaEntry, ...], state: State) -> None:
    """Indexes, views and triggers; virtual tables, whose rows are in tables of their own."""
    for kind in ("index", "view", "trigger"):
        for entry in schema:
            if entry.kind == kind and entry.sql:
                made.run(entry)
    virtual = [entry for entry in schema if entry.kind == "table" and not entry.root]
    if virtual:
        made.connection.execute("PRAGMA writable_schema=ON")
    for entry in virtual:
        made.connection.execute(
            "INSERT INTO sqlite_schema VALUES ('table', ?, ?, 0, ?)",
            [bound(entry.name), bound(entry.name), bound(entry.sql)],
        )
    first = state.read(1)
    for name, place in (("user_version", 60), ("application_id", 68)):
        number = int.from_bytes(first[place : place + 4], "big", signed=True)
        made.connection.execute(f"PRAGMA {name}={number}")

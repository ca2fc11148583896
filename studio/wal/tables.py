"""Records → rows, read by SQLite itself in memory, by the table's own CREATE statement.

The statement is put where SQLite keeps its schema, and parsed as SQLite parses any schema: nothing
of it is run. The records are put below it, so names, defaults of added columns, real numbers kept
as whole ones and generated columns are what SQL would have answered.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from studio.wal.records import Stored
from studio.wal.schema import SchemaEntry

Key = tuple[Stored, ...]
Row = dict[str, Stored]
_LONGEST = 1 << 28
_LONGEST_PATTERN = 1_000
_MOST_FIELDS = 2_000
"""SQLite's own limit of columns."""
_VIRTUAL = 2
_SETTINGS = ("PRAGMA trusted_schema=OFF", "PRAGMA writable_schema=ON")


@dataclass(frozen=True, slots=True)
class TableLayout:
    """What a CREATE TABLE says, as far as rows need it."""

    entry: SchemaEntry
    columns: tuple[str, ...]
    """In the order of SELECT *."""
    virtual: frozenset[str]
    """Generated and not stored."""
    key: tuple[str, ...]
    """Of a WITHOUT ROWID table, in the order of storage; else empty."""
    understood: bool = True
    """False where this SQLite cannot parse the statement: then columns have numbers for names."""

    @property
    def without_rowid(self) -> bool:
        """Whether its key is in the records."""
        return bool(self.key)


def declared(entry: SchemaEntry) -> TableLayout:
    """Read a table's statement."""
    try:
        with closing(_memory()) as connection:
            connection.execute("CREATE TABLE d (c)")
            _swap(connection, entry)
            return _described(connection, entry)
    except (sqlite3.Error, UnicodeError):
        return TableLayout(entry, (), frozenset(), (), understood=False)


def rows(table: TableLayout, records: Mapping[Key, Sequence[Stored]]) -> dict[Key, Row]:
    """Each record as its row, by the same keys."""
    by_length: dict[int, dict[Key, Sequence[Stored]]] = {}
    for key, record in records.items():
        by_length.setdefault(min(len(record), _MOST_FIELDS), {})[key] = record
    found: dict[Key, Row] = {}
    for length, group in by_length.items():
        found |= _read(table, length, group) if table.understood and length else _numbered(group)
    return found


def _numbered(group: Mapping[Key, Sequence[Stored]]) -> dict[Key, Row]:
    return {
        key: {f"column {number}": value for number, value in enumerate(record, 1)}
        for key, record in group.items()
    }


def _read(table: TableLayout, length: int, group: Mapping[Key, Sequence[Stored]]) -> dict[Key, Row]:
    stored = tuple(name for name in table.columns if name not in table.virtual)
    for columns in dict.fromkeys((table.columns, stored)):
        try:
            with closing(_memory()) as connection:
                _fill(connection, table, length, group)
                _swap(connection, table.entry)
                return _matched(table, group, _selected(connection, table, columns))
        except (sqlite3.Error, UnicodeError):
            # A generated column may call a function that only its program has.
            continue
    return _numbered(group)


def _matched(
    table: TableLayout, group: Mapping[Key, Sequence[Stored]], found: Iterator[Row]
) -> dict[Key, Row]:
    """The rows by the keys of their records: a scan comes in the order of rowids."""
    if not table.without_rowid:
        return dict(zip(sorted(group, key=_rowid), found, strict=True))
    by_key = {tuple(row[name] for name in table.key): row for row in found}
    return {key: by_key[key] for key in group}


def _rowid(key: Key) -> int:
    (rowid,) = key
    return rowid if isinstance(rowid, int) else 0


def _fill(
    connection: sqlite3.Connection,
    table: TableLayout,
    length: int,
    group: Mapping[Key, Sequence[Stored]],
) -> None:
    """Put the records where the table's statement will be read above them."""
    names = [f"c{number}" for number in range(length)]
    end = ""
    if table.without_rowid:
        names_of_key = ", ".join(names[: len(table.key)])
        end = f", PRIMARY KEY ({names_of_key})) WITHOUT ROWID"
    connection.execute(f"CREATE TABLE d ({', '.join(names)}{end or ')'}")
    into = names if table.without_rowid else ["rowid", *names]
    connection.execute("BEGIN")
    for key, record in group.items():
        values = record[:length] if table.without_rowid else [*key, *record[:length]]
        connection.execute(
            f"INSERT INTO d ({', '.join(into)}) VALUES ({marks(values)})",
            [bound(value) for value in values],
        )
    connection.execute("COMMIT")


def marks(values: Sequence[Stored]) -> str:
    """The places in a statement where `bound` values go."""
    return ", ".join("CAST(? AS TEXT)" if _is_odd(value) else "?" for value in values)


def _is_odd(value: Stored) -> bool:
    """Whether it is text that is not in the database's encoding."""
    return isinstance(value, str) and not value.isascii() and _surrogates(value)


def _surrogates(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def bound(value: Stored) -> Stored:
    """A value as it is given to SQLite: text that is not in the encoding as its bytes."""
    if isinstance(value, str) and _is_odd(value):
        try:
            return value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return value.encode("utf-8", "surrogatepass")
    return value


def _selected(
    connection: sqlite3.Connection, table: TableLayout, columns: tuple[str, ...]
) -> Iterator[Row]:
    names = ", ".join(quoted(name) for name in columns)
    cursor = connection.execute(f"SELECT {names} FROM {quoted(table.entry.name)} NOT INDEXED")
    for row in cursor:
        yield dict(zip(columns, row, strict=True))


def _described(connection: sqlite3.Connection, entry: SchemaEntry) -> TableLayout:
    columns: list[str] = []
    virtual = set[str]()
    for _, name, *_, hidden in connection.execute(
        "SELECT * FROM pragma_table_xinfo(?)", [entry.name]
    ):
        columns.append(name)
        if hidden == _VIRTUAL:
            virtual.add(name)
    (without_rowid,) = connection.execute(
        "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", [entry.name]
    ).fetchone()
    key: tuple[str, ...] = ()
    if without_rowid:
        key = tuple(
            name
            for (name,) in connection.execute(
                "SELECT x.name FROM pragma_index_list(?) AS i, pragma_index_xinfo(i.name) AS x "
                "WHERE i.origin = 'pk' AND x.key ORDER BY x.seqno",
                [entry.name],
            )
        )
    return TableLayout(entry, tuple(columns), frozenset(virtual), key)


def _memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, _LONGEST_PATTERN)
    for setting in _SETTINGS:
        connection.execute(setting)
    return connection


def _swap(connection: sqlite3.Connection, entry: SchemaEntry) -> None:
    """Have SQLite parse the statement as the one of the only table. Raises sqlite3.Error."""
    connection.execute(
        "UPDATE sqlite_schema SET name = ?, tbl_name = ?, sql = ?",
        [entry.name, entry.name, entry.sql],
    )
    connection.execute("PRAGMA writable_schema=RESET")


def quoted(name: str) -> str:
    """A name in a statement."""
    return '"' + name.replace('"', '""') + '"'

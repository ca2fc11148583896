"""Random databases in WAL mode, with SQL's own answer after every commit."""

import os
import random
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Row]
ENCODINGS = ("UTF-8", "UTF-16le", "UTF-16be")


@dataclass(frozen=True)
class Truth:
    """What SQL said after one commit."""

    tables: dict[str, Rows]
    pages: dict[int, str]
    """Page → `table:orders`, from dbstat."""


@dataclass(frozen=True)
class Shape:
    """What kind of database."""

    seed: int
    page_size: int = 1024
    encoding: str = "UTF-8"
    auto_vacuum: int = 0
    commits: int = 12
    checkpoints: bool = False


@dataclass(frozen=True)
class Made:
    """A copy of the files, and what was in them."""

    path: Path
    truths: list[Truth]
    """The first is the state before the WAL's first commit."""


def make(shape: Shape, folder: Path) -> Made:
    """Write a database with random commits, and copy it while it is open."""
    rng = random.Random(shape.seed)
    live = folder / f"live-{shape.seed}"
    live.mkdir()
    path = live / "app.db"
    connection = _connect(path)
    for pragma in (
        f"page_size={shape.page_size}", f"encoding='{shape.encoding}'",
        f"auto_vacuum={shape.auto_vacuum}", "journal_mode=wal", "wal_autocheckpoint=0",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")
    # SQL's own random() would be another in each run.
    connection.create_function("chance", 1, rng.randrange)
    _begin(connection)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    reader = _connect(path)
    truths, seen = [_truth(connection)], 0
    # Open as long as the connection: closing it would drop SQLite's locks.
    with Path(f"{path}-shm").open("rb", buffering=0) as shm:
        for _ in range(shape.commits):
            with suppress(sqlite3.OperationalError, sqlite3.IntegrityError):
                _transaction(rng, connection)
            committed = int.from_bytes(os.pread(shm.fileno(), 4, 16), sys.byteorder)
            if committed != seen:
                truths.append(_truth(connection))
                seen = committed
            if shape.checkpoints:
                _hold_back(rng, connection, reader)
    made = folder / f"made-{shape.seed}"
    shutil.copytree(live, made)
    connection.close()
    reader.close()
    return Made(made / "app.db", truths)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    connection.execute("PRAGMA cache_size=8")
    return connection


def _begin(connection: sqlite3.Connection) -> None:
    connection.executescript(
        """
        CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, weight REAL, note);
        CREATE INDEX people_by_name ON people (name);
        CREATE TABLE words (word TEXT PRIMARY KEY, lang TEXT, n) WITHOUT ROWID;
        CREATE TABLE pairs (a INT, text TEXT, b INT, PRIMARY KEY (b, a)) WITHOUT ROWID;
        CREATE TABLE loose (rowid TEXT, x, kind AS (typeof(x)), kept AS (length(x)) STORED);
        """
    )


def _hold_back(rng: random.Random, connection: sqlite3.Connection, reader: Any) -> None:
    """A reader that stands in the way of a checkpoint, sometimes."""
    choice = rng.random()
    if choice < 0.2 and not reader.in_transaction:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    elif choice < 0.4 and reader.in_transaction:
        # Never a full checkpoint: the next commit would begin a new round of the WAL.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def _transaction(rng: random.Random, connection: sqlite3.Connection) -> None:
    if rng.random() < 0.04:
        connection.execute("VACUUM")
        return
    connection.execute("BEGIN")
    try:
        for _ in range(rng.randint(1, 4)):
            rng.choice(_CHANGES)(rng, connection)
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise


def _value(rng: random.Random) -> Any:
    return rng.choice(
        (
            None, 0, 1, -1, rng.randrange(-(2**63), 2**63), 2.0, rng.random() * 10**12, -0.5,
            "", "word", "été \U0001f600", "x" * rng.randrange(3000), b"\0\xff",
            rng.randbytes(rng.randrange(40)), rng.randbytes(rng.randrange(6000)), 127, 32768, 2**40,
        )
    )  # fmt: skip


def _insert(rng: random.Random, connection: sqlite3.Connection) -> None:
    for _ in range(rng.choice((1, 1, 3, 30))):
        connection.execute(
            "INSERT INTO people (id, name, weight, note) VALUES (?, ?, ?, ?)",
            (rng.choice((None, None, rng.randrange(10**6))), f"n{rng.random()}",
             rng.choice((1, 2.5, None, 10**15)), _value(rng)),
        )  # fmt: skip


def _insert_other(rng: random.Random, connection: sqlite3.Connection) -> None:
    for _ in range(rng.choice((1, 4, 20))):
        connection.execute(
            "INSERT OR REPLACE INTO words VALUES (?, ?, ?)",
            (f"w{rng.randrange(60)}" + "y" * rng.choice((0, 0, 900)), "de", _value(rng)),
        )
        connection.execute(
            "INSERT OR REPLACE INTO pairs VALUES (?, ?, ?)",
            (rng.randrange(9), f"{_value(rng)!r}"[:99], rng.randrange(99)),
        )
        connection.execute("INSERT INTO loose (rowid, x) VALUES ('r', ?)", (_value(rng),))


def _update(rng: random.Random, connection: sqlite3.Connection) -> None:
    table, column = rng.choice(
        (
            ("people", "note"),
            ("people", "weight"),
            ("words", "n"),
            ("pairs", "text"),
            ("loose", "x"),
        )
    )
    value = rng.choice((1, 7)) if column == "weight" else _value(rng)
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE chance(3) = 0", (value,))


def _delete(rng: random.Random, connection: sqlite3.Connection) -> None:
    table = rng.choice(("people", "words", "pairs", "loose"))
    where = rng.choice(("chance(2)", "chance(5) = 0", "true", "chance(3)"))
    connection.execute(f"DELETE FROM {table} WHERE {where}")


def _design(rng: random.Random, connection: sqlite3.Connection) -> None:
    number = rng.randrange(5)
    connection.execute(
        rng.choice(
            (
                f"CREATE TABLE more{number} (x PRIMARY KEY, y DEFAULT 'd')",
                f"INSERT INTO more{number} VALUES (chance(999999), zeroblob(700)), (1, 'a')",
                f"DROP TABLE more{number}",
                f"ALTER TABLE people ADD COLUMN added{number} REAL DEFAULT 5",
                f"ALTER TABLE words ADD COLUMN added{number} TEXT DEFAULT 'none'",
                f"ALTER TABLE people RENAME COLUMN added{number} TO named{number}",
                f"ALTER TABLE people DROP COLUMN added{number}",
                f"CREATE INDEX by_note{number} ON people (note, id)",
                f"DROP INDEX by_note{number}",
                f"CREATE VIEW seen{number} AS SELECT 1",
                "PRAGMA incremental_vacuum(3)",
            )
        )
    ).fetchall()


_CHANGES: tuple[Callable[[random.Random, sqlite3.Connection], None], ...] = (
    _insert, _insert, _insert_other, _update, _update, _delete, _design,
)  # fmt: skip


def _truth(connection: sqlite3.Connection) -> Truth:
    tables = {}
    for name, wr in connection.execute(
        "SELECT name, wr FROM pragma_table_list WHERE type = 'table' AND schema = 'main' "
        "AND name NOT LIKE 'sqlite%'"
    ).fetchall():
        tables[name] = _rows(connection, name, without_rowid=bool(wr))
    kinds = dict(connection.execute("SELECT name, type FROM sqlite_schema").fetchall())
    pages = {}
    for name, kind, page in connection.execute("SELECT name, pagetype, pageno FROM dbstat"):
        owner = "schema" if name == "sqlite_schema" else f"{kinds.get(name, 'table')}:{name}"
        pages[page] = f"{owner} (overflow)" if kind == "overflow" else owner
    return Truth(tables, pages)


def _rows(connection: sqlite3.Connection, name: str, *, without_rowid: bool) -> Rows:
    columns = connection.execute(f'PRAGMA table_xinfo("{name}")').fetchall()
    keys = [column[1] for column in sorted(columns, key=lambda column: column[5]) if column[5]]
    if without_rowid:
        cursor = connection.execute(f'SELECT * FROM "{name}"')
        names = [one[0] for one in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
        return {tuple(row[key] for key in keys): row for row in rows}
    cursor = connection.execute(f'SELECT _rowid_, * FROM "{name}"')
    names = [one[0] for one in cursor.description][1:]
    return {(row[0],): dict(zip(names, row[1:], strict=True)) for row in cursor}

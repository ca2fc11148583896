"""Building the demo database: a WAL-mode SQLite file that looks like a real application's."""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from studio.demo.draft import draft_of
from studio.demo.migrations import MIGRATIONS
from studio.demo.project import record_applied, write_project
from studio.demo.rows import DemoRows, Row, RowTotals

DEFAULT_ROWS = 210_000
FILE = "demo.db"

Progress = Callable[[str, float], None]
"""Called with a table's name and the share of all rows written so far, 0 to 1."""


def build(folder: Path, rows: int, progress: Progress) -> Path:
    """Write the demo database and its project into `folder`; the database's path.

    The file appears only when it is whole: it is built beside and renamed. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_project(folder)
    with draft_of(folder / FILE) as draft:
        _fill(draft, rows, progress)
        for leftover in (f"{FILE}-wal", f"{FILE}-shm"):
            (folder / leftover).unlink(missing_ok=True)
        return draft.replace(folder / FILE)


def _fill(path: Path, rows: int, progress: Progress) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # Nothing is lost when the power goes: the draft is not the demo yet.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for migration in MIGRATIONS:
            for statement in migration.statements if migration.is_applied else ():
                connection.execute(statement)
        record_applied(connection)
        _insert_all(connection, DemoRows(RowTotals.of(rows)), progress)
        connection.execute(
            "INSERT INTO conversations_search (conversations_search) VALUES ('rebuild')"
        )
        connection.execute("COMMIT")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _insert_all(connection: sqlite3.Connection, demo: DemoRows, progress: Progress) -> None:
    sizes = demo.sizes
    tables: tuple[tuple[str, int, Iterable[Row], int], ...] = (
        ("users", 9, demo.users(), sizes.users),
        ("sessions", 7, demo.sessions(), sizes.sessions),
        ("projects", 7, demo.projects(), sizes.projects),
        ("project_members", 4, demo.members(), 0),
        ("channels", 4, demo.channels(), sizes.channels),
        ("agents", 6, demo.agents(), 0),
        ("conversations", 6, demo.conversations(), sizes.conversations),
        ("messages", 10, demo.messages(), sizes.messages),
        ("artifacts (id, message_id, kind, title, content, preview, created_at)", 7,
         demo.artifacts(), sizes.artifacts),
        ("notifications", 6, demo.notifications(), sizes.notifications),
        ("activity_log", 6, demo.activity(), sizes.activity),
    )  # fmt: skip
    total = sum(count for _, _, _, count in tables)
    done = 0
    for table, width, rows, count in tables:
        progress(table.split()[0], done / total)
        marks = ", ".join("?" * width)
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        done += count
    progress("indexes", 1.0)

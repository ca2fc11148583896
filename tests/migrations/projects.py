"""Small projects written for one rule each, with their databases."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from studio.cli.migration_notes import said
from studio.migrations.board import load_board
from studio.migrations.reader import connect
from studio.model.migration import Board, MigrationStatus


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def database(path: Path, ddl: str, *rows: Iterable[object], table: str = "") -> Path:
    """A SQLite file; `rows` go into the table `ddl` makes first, or into `table`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(ddl)
        name = table or connection.execute("SELECT name FROM sqlite_schema").fetchone()[0]
        for row in rows:
            values = tuple(row)
            marks = ", ".join("?" for _ in values)
            connection.execute(f'INSERT INTO "{name}" VALUES ({marks})', values)
    return path


def states(folder: Path | None, target: str | Path | None = None) -> dict[str, str]:
    board = board_of(folder, target)
    assert not board.unreachable, board.unreachable
    return {e.id: e.state.value for p in board.projects for e in p.entries}


def board_of(folder: Path | None, target: str | Path | None = None) -> Board:
    return load_board(folder, connect, database=str(target) if target else None)


def notes_of(status: MigrationStatus) -> list[str]:
    """The notes in the words of the command."""
    return [said(note) for note in status.notes]

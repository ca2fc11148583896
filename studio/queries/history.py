"""What ran on one connection: a private SQLite file below the state folder, without secrets.

Two studios may write at once. A file that is broken, locked or not studio's stops nobody's work:
`fault` says why nothing is kept, and the file is left as it is.
"""

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

from studio.config import paths
from studio.config.statements import folder_of
from studio.sqltext.secrets import without_secrets
from studio.sqltext.syntax import Syntax

T = TypeVar("T")
MOST_KEPT = 2_000
"""Runs without a star; with one, they stay until they are deleted."""
MOST_BYTES = 4_000_000
"""Of the statements of these."""
_LONGEST = 100_000
"""Characters; longer statements are loads of data, not questions to ask again."""
_TRIM_EVERY = 50
STOPPED = "stopped"
"""The `error` of a run that a person ended."""
_WAITS_S = 2.0
"""For another studio's write."""
_OURS = 0x53544448
"""SQLite's `application_id`, by which the file is known for studio's."""
_MADE = """
CREATE TABLE ran (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, sql TEXT NOT NULL, ms REAL NOT NULL,
  row_count INTEGER NOT NULL, error TEXT NOT NULL, tab TEXT NOT NULL,
  is_cut INTEGER NOT NULL, starred INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX ran_sql ON ran (sql);
"""
_GROWN = ("ALTER TABLE ran ADD COLUMN undone INTEGER NOT NULL DEFAULT 0",)
"""What the file got since it was made first; its `user_version` counts these."""
_ADD = """
INSERT INTO ran (at, sql, ms, row_count, error, tab, is_cut, undone, starred)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, EXISTS (SELECT 1 FROM ran WHERE sql = ? AND starred))
"""
_LIST = """
SELECT at, sql, ms, row_count, error, tab, is_cut, undone, starred, max(id) FROM ran
GROUP BY sql ORDER BY max(id) DESC LIMIT ?
"""
# The newest stay, as far as their count and their bytes allow.
_TRIM = """
DELETE FROM ran WHERE id IN (
  SELECT id FROM (
    SELECT id, row_number() OVER newest AS number,
      sum(length(CAST(sql AS BLOB))) OVER newest AS bytes
    FROM ran WHERE NOT starred WINDOW newest AS (ORDER BY id DESC)
  ) WHERE number > ? OR bytes > ?
)
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """One statement that ran."""

    at: str
    """ISO 8601, UTC."""
    sql: str
    ms: float
    rows: int
    """Returned or changed; -1 where nobody said."""
    error: str = ""
    tab: str = ""
    """The title of the tab it ran in."""
    is_cut: bool = False
    """A secret in it was left out: it does not run as it stands."""
    is_starred: bool = False
    is_undone: bool = False
    """It changed rows, and was rolled back at once: nobody said that they should be kept."""


class StatementHistory:
    """Everything here may block, and may be called from any thread."""

    def __init__(self, connection: str, syntax: Syntax, *, keeps: bool = True) -> None:
        """`connection`: its address without secrets; `keeps`: whether what runs is written."""
        self._path = paths.state_folder() / "history" / f"{folder_of(connection)}.db"
        self._syntax = syntax
        self.keeps = keeps
        self._turn = Lock()
        self._since_trim = _TRIM_EVERY
        self.fault = ""
        """Why the last call came to nothing; empty: it did not."""

    def add_all(self, ran: Sequence[Ran]) -> None:
        """Keep them in their order, without their secrets."""
        lines = [self._line(one) for one in ran if len(one.sql) <= _LONGEST]
        if not (self.keeps and lines):
            return

        def add(file: sqlite3.Connection) -> None:
            file.executemany(_ADD, lines)
            self._since_trim += len(lines)
            if self._since_trim >= _TRIM_EVERY:
                file.execute(_TRIM, (MOST_KEPT, MOST_BYTES))
                self._since_trim = 0

        self._do(add)

    def entries(self, most: int = MOST_KEPT) -> tuple[Ran, ...]:
        """Each statement once, as it ran last, the newest first."""
        if not self._path.exists():
            return ()

        def read(file: sqlite3.Connection) -> tuple[Ran, ...]:
            found = file.execute(_LIST, (most,))
            return tuple(
                Ran(at, sql, ms, rows, error, tab, bool(is_cut), bool(starred), bool(undone))
                for at, sql, ms, rows, error, tab, is_cut, undone, starred, _ in found
            )

        return self._do(read) or ()

    def star(self, sql: str, *, on: bool) -> None:
        """Keep a statement whatever becomes of the others, or no longer."""
        self._do(lambda f: f.execute("UPDATE ran SET starred = ? WHERE sql = ?", (on, sql)))

    def delete(self, sql: str) -> None:
        """Forget all runs of a statement; its text is overwritten in the file."""
        self._do(lambda f: f.execute("DELETE FROM ran WHERE sql = ?", (sql,)))

    def _line(self, ran: Ran) -> tuple[str | float | bool, ...]:
        # Half a character, which no file takes, is kept as a question mark.
        whole = ran.sql.encode("utf-8", "replace").decode()
        sql = without_secrets(whole, self._syntax)
        is_cut = sql != whole
        # What a database says of a secret may be the secret.
        error = ran.error and ("failed" if is_cut else ran.error)
        error = without_secrets(error, self._syntax).encode("utf-8", "replace").decode()
        return ran.at, sql, ran.ms, ran.rows, error, ran.tab, is_cut, ran.is_undone, sql

    def _do(self, do: Callable[[sqlite3.Connection], T]) -> T | None:
        """In a transaction of its own; None where there is no history to be had."""
        with self._turn:
            try:
                with closing(self._open()) as file, file:
                    done = do(file)
            except (OSError, sqlite3.Error) as error:
                self.fault = f"the history {self._path} cannot be used: {error}"
                return None
            self.fault = ""
            return done

    def _open(self) -> sqlite3.Connection:
        """Raises OSError, sqlite3.Error."""
        folder = self._path.parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # SQLite would make it as readable as the umask lets it, and its journal like it.
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        file = sqlite3.connect(self._path, timeout=_WAITS_S, isolation_level="IMMEDIATE")
        try:
            file.execute("PRAGMA secure_delete=ON")
            self._make(file)
        except BaseException:
            file.close()
            raise
        return file

    def _make(self, file: sqlite3.Connection) -> None:
        (known,) = file.execute("PRAGMA application_id").fetchone()
        (grown,) = file.execute("PRAGMA user_version").fetchone()
        if known == _OURS and grown >= len(_GROWN):
            return
        file.execute("BEGIN IMMEDIATE")
        (known,) = file.execute("PRAGMA application_id").fetchone()
        (tables,) = file.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if known != _OURS:
            if known or tables:
                raise sqlite3.DatabaseError("it is another program's database")
            for statement in filter(str.strip, _MADE.split(";")):
                file.execute(statement)
            file.execute(f"PRAGMA application_id={_OURS}")
        (grown,) = file.execute("PRAGMA user_version").fetchone()
        for statement in _GROWN[grown:]:
            file.execute(statement)
        file.execute(f"PRAGMA user_version={max(grown, len(_GROWN))}")
        file.commit()

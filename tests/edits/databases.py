"""A database on either engine: studio on one side, somebody else's connection on the other."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.adapt import AdaptersMap

from studio.backends.postgresql.dialect import TEXT_ADAPTERS
from studio.db.session import Session
from studio.db.url import parse
from studio.edits.applying.apply import apply_changes
from studio.edits.applying.undo import journal_of, undo
from studio.edits.journal.journal import EditJournal
from studio.model.apply_report import ApplyReport
from studio.model.change import Change
from studio.model.page import Value

Row = tuple[object, ...]


class Database:
    """One engine. Values are what a page of that engine shows."""

    engine: str

    def __init__(self, target: str) -> None:
        self.target = target

    def run(self, *statements: str, values: Sequence[object] = ()) -> list[Row]:
        """Statements of somebody else, each on its own; the last one's rows."""
        raise NotImplementedError

    def value(self, plain: object) -> Value:
        """A plain int or str as a page shows it."""
        raise NotImplementedError

    def row(self, **plain: object) -> dict[str, Value]:
        return {name: self.value(one) for name, one in plain.items()}

    def close(self) -> None:
        raise NotImplementedError

    async def apply(
        self, *changes: Change, trial: bool = False, journal: EditJournal | None = None
    ) -> ApplyReport:
        """What `studio apply` does, with a journal."""
        session = await Session.open(parse(self.target))
        try:
            kept = journal if journal is not None or trial else await journal_of(session)
            return await apply_changes(session, changes, trial=trial, journal=kept)
        finally:
            await session.close()

    async def undo(self, number: int | None) -> ApplyReport:
        session = await Session.open(parse(self.target))
        try:
            journal = await journal_of(session)
            entry = journal.entry(number) if number is not None else journal.last_undoable()
            assert entry is not None
            return await undo(session, journal, entry)
        finally:
            await session.close()


class SQLiteDatabase(Database):
    engine = "sqlite"

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.writer = sqlite3.connect(target, isolation_level=None, check_same_thread=False)
        self.writer.execute("PRAGMA journal_mode=WAL")
        self.writer.execute("PRAGMA foreign_keys=ON")
        self.writer.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")

    def run(self, *statements: str, values: Sequence[object] = ()) -> list[Row]:
        rows: list[Row] = []
        for statement in statements:
            rows = self.writer.execute(statement, values).fetchall()
        return rows

    def value(self, plain: Any) -> Value:
        return int(plain) if isinstance(plain, bool) else plain

    def close(self) -> None:
        self.writer.close()


class PostgresDatabase(Database):
    engine = "postgresql"

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.writer = psycopg.connect(target, autocommit=True, context=AdaptersMap(TEXT_ADAPTERS))
        self.writer.execute("SET client_min_messages = error")

    def run(self, *statements: str, values: Sequence[object] = ()) -> list[Row]:
        rows: list[Row] = []
        for statement in statements:
            cursor = self.writer.execute(statement.encode(), tuple(values) or None)
            rows = cursor.fetchall() if cursor.description else []
        return rows

    def value(self, plain: object) -> Value:
        if plain is None:
            return None
        if isinstance(plain, bool):
            return "t" if plain else "f"
        return str(plain)

    def close(self) -> None:
        self.writer.close()


def wait(work: Any) -> Any:
    """Run one coroutine to its end."""
    return asyncio.run(work)

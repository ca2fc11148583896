"""Running what a person wrote: reads streamed behind the read-only walls, writes asked about."""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from studio.backends.base import Purpose
from studio.db.fetching import Fetched
from studio.db.lane import Lane
from studio.db.notices import listening
from studio.db.session import Session
from studio.db.statements import SYNTAXES, passes_read_only, read, syntax_of
from studio.model.errors import ReadOnly, Refused, StatementFailed
from studio.sqltext.classify import Classification, StatementKind, classify
from studio.ui.result_source import ResultRows

READ_ONLY_CODES = frozenset({"25006", "SQLITE_READONLY"})
"""How the engines refuse a write that nobody saw in the statement's text."""
_PAINT_S = 0.05
_MOST_NOTICES = 100


@dataclass(slots=True)
class Result:
    """What one statement gave so far."""

    rows: ResultRows
    columns: tuple[str, ...] = ()
    type_codes: tuple[object, ...] = ()
    row_count: int = -1
    """Rows a write touched; -1 when nobody said."""
    elapsed_ms: float = 0.0
    outcome: str = ""
    """committed, rolled back, or nothing for a read."""
    notices: tuple[str, ...] = ()
    """What the server said besides, oldest first."""


class Person(Protocol):
    """Who is asked, and shown what comes."""

    async def may_write(self, statement: str, facts: Classification) -> bool:
        """Whether to run a statement that writes."""

    async def may_commit(self, result: Result, facts: Classification) -> bool:
        """Whether to keep what it did; asked while the transaction is open."""

    def began(self, result: Result) -> None:
        """The first rows, or the count, are here."""

    def grew(self, result: Result) -> None:
        """More rows are here; called at most every 50 ms, and at the end."""


class QueryRunner:
    """Runs one statement at a time in one session."""

    def __init__(self, session: Session, person: Person, most_rows: int, most_bytes: int) -> None:
        self._session = session
        self._person = person
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self.syntax = syntax_of(session.backend.name)
        self._heard: list[str] = []

    async def run(self, text: str) -> Result:
        """Run one statement to its end or its limit. Raises StudioError; cancelled, it stops."""
        self._heard = []
        result = await self._run(text)
        result.notices = tuple(self._heard)
        return result

    def _hear(self, notice: str) -> None:
        if len(self._heard) < _MOST_NOTICES:
            self._heard.append(notice)

    async def _run(self, text: str) -> Result:
        facts = classify(text, self.syntax)
        if not self._session.opening.writable:
            self._refuse_beyond(text)
            return await self._read(text)
        if facts.kind is StatementKind.TRANSACTION:
            raise Refused(
                f"{facts.keyword} is not for this place: every statement that writes is a "
                "transaction of its own here, and asks before it commits"
            )
        if facts.kind is StatementKind.READ and not passes_read_only(text, self.syntax):
            try:
                return await self._read(text)
            except (ReadOnly, StatementFailed) as error:
                # A function behind a SELECT wanted to write: the question of every write.
                if isinstance(error, StatementFailed) and error.code not in READ_ONLY_CODES:
                    raise
        return await self._write(text, facts)

    def _refuse_beyond(self, text: str) -> None:
        if keyword := passes_read_only(text, self.syntax):
            why = self._session.opening.not_writable_because or "this connection is read-only"
            raise ReadOnly(f"{keyword} could act beyond what the database refuses: {why}")

    def _result(self) -> Result:
        return Result(ResultRows(self._most_rows, self._most_bytes))

    async def _read(self, text: str) -> Result:
        result = self._result()
        started = perf_counter()
        lane = self._session.lane(Purpose.QUERY)
        deaf = await listening(lane, self._hear)
        try:
            await self._stream(lane, text, result)
        finally:
            deaf()
        result.elapsed_ms = (perf_counter() - started) * 1000
        self._person.grew(result)
        return result

    async def _stream(self, lane: Lane, text: str, result: Result) -> None:
        started = painted = perf_counter()
        async with aclosing(read(lane, text, self.syntax)) as chunks:
            async for chunk in chunks:
                is_first = not result.columns
                goes_on = self._take(result, chunk)
                now = perf_counter()
                result.elapsed_ms = (now - started) * 1000
                if is_first:
                    self._person.began(result)
                elif now - painted >= _PAINT_S:
                    self._person.grew(result)
                    painted = perf_counter()
                if not goes_on:
                    break

    def _take(self, result: Result, chunk: Fetched) -> bool:
        if not result.columns:
            result.columns, result.type_codes = chunk.columns, chunk.type_codes
        if not chunk.columns:
            result.row_count = chunk.row_count
        return result.rows.extend(chunk.rows)

    async def _write(self, text: str, facts: Classification) -> Result:
        if not await self._person.may_write(text, facts):
            raise Refused("nothing was run")
        known = self._session.backend.name in SYNTAXES
        lane = self._session.lane(Purpose.EDIT if known else Purpose.QUERY)
        try:
            await listening(lane, self._hear)
            if facts.outside_transaction:
                result = self._whole(await lane.fetch(text))
                result.outcome = "done"
                self._person.began(result)
                return result
            return await self._in_transaction(lane, text, facts)
        finally:
            # With the connection go its handlers, and on SQLite the right to write.
            await _to_its_end(lane.close())

    async def _in_transaction(self, lane: Lane, text: str, facts: Classification) -> Result:
        async with lane.transaction() as transaction:
            result = self._whole(await transaction.fetch(text))
            self._person.began(result)
            if await self._person.may_commit(result, facts):
                result.outcome = "committed"
            else:
                result.outcome = "rolled back"
                await transaction.rollback()
        return result

    def _whole(self, fetched: Fetched) -> Result:
        result = self._result()
        self._take(result, fetched)
        result.row_count = fetched.row_count
        result.elapsed_ms = fetched.elapsed_ms
        return result


async def _to_its_end(work: Coroutine[object, object, None]) -> None:
    """A cancel meanwhile comes too late to be heard: what ran has ended, and is told."""
    running, task = asyncio.ensure_future(work), asyncio.current_task()
    while not running.done():
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            if task is not None:
                task.uncancel()

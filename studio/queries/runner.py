"""Running statements: reads streamed behind the read-only walls, writes asked about or allowed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from enum import Enum, auto
from time import perf_counter
from typing import Protocol

from studio.backends.base import Purpose
from studio.backends.halves import offers
from studio.backends.halves.editing import EDITING
from studio.backends.halves.syntax import syntax_of
from studio.db.compiling import understood
from studio.db.fetching import Fetched
from studio.db.lane import Lane
from studio.db.notices import listening
from studio.db.session import Session
from studio.db.statements import passes_read_only, read, refuse_beyond_read_only
from studio.db.too_late import to_its_end
from studio.db.transaction import Transaction
from studio.model.errors import ConnectFailed, ReadOnly, Refused, StatementFailed
from studio.queries.delivery import Delivery
from studio.queries.limits import Limits
from studio.queries.query import Query
from studio.queries.result import Person, Result, Sink
from studio.queries.writing import AskedWrite
from studio.sqltext.classify import StatementKind

READ_ONLY_CODES = frozenset({"25006", "SQLITE_READONLY"})
"""How the engines refuse a write that nobody saw in the statement's text."""
_READ_ONLY = "this connection is read-only"
_MOST_NOTICES = 100


class Permission(Enum):
    """What may be done without asking anybody."""

    READ = auto()
    """Only what a read-only transaction holds."""
    WRITE = auto()
    """Whatever the session can do, all of it in one transaction."""


class Own(Protocol):
    """A session of a person's own, in which statements find what earlier ones left."""

    @property
    def lane(self) -> Lane:
        """Its connection."""

    @property
    def reads(self) -> bool:
        """Whether what only reads runs in it too."""

    async def rest(self) -> None:
        """Close it while a person thinks, unless something in it would be lost."""


class Runner:
    """Runs statements in one session, one at a time; their rows go to one sink."""

    def __init__(
        self,
        session: Session,
        sink: Sink,
        may: Person | Permission,
        limits: Limits | None = None,
        way_out: str = "",
        own: Own | None = None,
    ) -> None:
        """A person is asked about every write, each a transaction of its own; `way_out` says what
        can be done about a refusal; `own` is a session to run in, in place of the lanes of all.
        """
        self._session = session
        self._sink = sink
        self._may = may
        self._limits = limits or Limits()
        self._way_out = way_out or session.opening.not_writable_because or _READ_ONLY
        self._syntax = syntax_of(session.backend)
        self._own = own
        self._heard: list[str] = []
        self.unsaid: list[str] = []
        """What the server said besides, of statements that did not come to their `end`."""
        self._running: Query | None = None

    async def run(self, queries: Sequence[Query]) -> tuple[Result, ...]:
        """Run them in order, each to its end or its limits. Raises StudioError; cancelled, it
        stops, and nothing is kept of what was not told as committed.

        A StatementFailed whose `sql` is a query's text has its place in that text.
        """
        try:
            if self._may is Permission.WRITE:
                return await self._at_once(queries)
            return tuple([await self._one(query) for query in queries])
        except StatementFailed as error:
            running = self._running
            if running is not None and running.bound is not None:
                error.position = running.place(error.position, error.sql, self._syntax)
                error.sql = running.text
            error.sql = error.sql or ("" if running is None else running.text)
            raise
        except TimeoutError:
            # A driver's own was translated.
            raise StatementFailed(
                f"stopped after {self._limits.timeout_s or 0:g} s", code="timeout"
            ) from None

    async def _one(self, query: Query) -> Result:
        self._begin(query)
        if isinstance(self._may, Permission) or not self._session.opening.writable:
            refuse_beyond_read_only(query.text, self._syntax, self._way_out)
            result = await self._read(query, self._way_out)
        else:
            result = await self._read_or_ask(query, self._may)
        result = replace(result, notices=tuple(self._heard))
        self._sink.end(result)
        self.unsaid.clear()
        return result

    def _begin(self, query: Query) -> None:
        self._running, self._heard = query, []

    def _hear(self, notice: str) -> None:
        if len(self._heard) < _MOST_NOTICES:
            self._heard.append(notice)
            self.unsaid.append(notice)

    # -- reading ---------------------------------------------------------------------------------

    async def _read(self, query: Query, way_out: str = "") -> Result:
        delivery = Delivery(query, self._sink, self._limits)
        started = perf_counter()
        lane = self._reading
        await self._reach(lane)
        async with self._timeout:
            deaf = await listening(lane, self._hear)
            try:
                answer = read(lane, query.text, self._syntax, query.bound, way_out=way_out)
                async with aclosing(answer) as chunks:
                    async for chunk in chunks:
                        if not delivery.take(chunk, _since(started)):
                            break
            finally:
                deaf()
        return replace(delivery.result, elapsed_ms=_since(started))

    @property
    def _reading(self) -> Lane:
        own = self._own
        return own.lane if own is not None and own.reads else self._session.lane(Purpose.QUERY)

    @property
    def _timeout(self) -> asyncio.Timeout:
        return asyncio.timeout(self._limits.timeout_s)

    async def _reach(self, lane: Lane) -> None:
        """Connect, in the time of a statement. Raises ConnectFailed."""
        if lane.is_open:
            return
        try:
            async with self._timeout:
                await lane.open()
        except TimeoutError as error:
            seconds = f"{self._limits.timeout_s or 0:g} s"
            target = self._session.opening.target
            raise ConnectFailed(f"{target} did not answer within {seconds}") from error

    async def _read_or_ask(self, query: Query, person: Person) -> Result:
        facts = query.facts
        if facts.kind is StatementKind.TRANSACTION:
            raise Refused(
                f"{facts.keyword} is not for this place: every statement that writes is a "
                "transaction of its own here, and asks before it commits"
            )
        if facts.kind is StatementKind.READ and not passes_read_only(query.text, self._syntax):
            try:
                return await self._read(query)
            except (ReadOnly, StatementFailed) as error:
                # A function behind a SELECT wanted to write: the question of every write.
                if isinstance(error, StatementFailed) and error.code not in READ_ONLY_CODES:
                    raise
        if query.bound is None:
            await understood(self._reading, query.text)
        if not await person.may_write(query):
            raise Refused("nothing was run")
        async with self._writing() as lane:
            if facts.outside_transaction:
                return replace(self._give(query, await lane.fetch(query.sent)), outcome="done")
            rest = lane.close if self._own is None else self._own.rest
            patience_s = self._limits.patience_s
            asked = AskedWrite(self._session, person, self._give, patience_s, rest)
            return await asked.run(lane, query, self._syntax)

    # -- writing ---------------------------------------------------------------------------------

    async def _at_once(self, queries: Sequence[Query]) -> tuple[Result, ...]:
        """Without a question: all of them, or none."""
        async with self._writing() as lane:
            if len(queries) == 1 and queries[0].facts.outside_transaction:
                answers, outcome = [await self._fetched(queries[0], lane)], "done"
            else:
                async with lane.transaction() as transaction:
                    answers = [await self._fetched(query, transaction) for query in queries]
                outcome = "committed"
            # Deferred triggers speak at COMMIT.
            answers[-1] = (answers[-1][0], tuple(self._heard))
        self.unsaid.clear()
        results = []
        # Not before COMMIT: no lock waits for who reads it, and nothing is told that is not kept.
        for query, (fetched, notices) in zip(queries, answers, strict=True):
            result = replace(self._give(query, fetched), outcome=outcome, notices=notices)
            self._sink.end(result)
            results.append(result)
        return tuple(results)

    async def _fetched(
        self, query: Query, place: Lane | Transaction
    ) -> tuple[Fetched, tuple[str, ...]]:
        """Its whole answer, and what the server said besides."""
        self._begin(query)
        async with self._timeout:
            fetched = await place.fetch(query.sent)
        return fetched, tuple(self._heard)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Lane]:
        """The session's lane for writes, closed afterwards; a person's own stays."""
        if self._own is not None:
            await self._reach(self._own.lane)
            deaf = await listening(self._own.lane, self._hear)
            try:
                yield self._own.lane
            finally:
                deaf()
            return
        known = offers(self._session.backend, EDITING)
        lane = self._session.lane(Purpose.EDIT if known else Purpose.QUERY)
        try:
            await self._reach(lane)
            await listening(lane, self._hear)
            yield lane
        finally:
            # With the connection go its handlers, and on SQLite the right to write.
            await to_its_end(lane.close())

    def _give(self, query: Query, fetched: Fetched) -> Result:
        return Delivery(query, self._sink, self._limits).whole(fetched)


def _since(started: float) -> float:
    return (perf_counter() - started) * 1000

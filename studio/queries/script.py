"""Scripts: one statement at a time in one session, each with its own outcome."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from time import perf_counter

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.backends.halves.running import (
    Notification,
    Running,
    Sent,
    SentStatement,
    TransactionNow,
    Trouble,
)
from studio.db.fetching import Fetched
from studio.db.lane import CHUNK_ROWS, Lane
from studio.db.notices import listening
from studio.db.statements import passes_read_only, wall
from studio.db.transaction import InTurn
from studio.model.errors import ConnectionLost, StatementFailed, StudioError
from studio.model.page import Value
from studio.queries.delivery import Delivery
from studio.queries.how import Misread, RunMode, refuse
from studio.queries.limits import Limits
from studio.queries.outcome import Became, ScriptSink, StepFailure, StepOutcome
from studio.queries.query import Query, Values
from studio.queries.result import Result
from studio.sqltext import keywords
from studio.sqltext.classify import Classification, StatementKind, classify
from studio.sqltext.script import Script, ScriptStep
from studio.sqltext.syntax import Syntax

_NET = "_studio_net"
"""A savepoint's name that nobody types."""
_MOST_NOTICES = 1000
_BEGIN_FIRST = "It changes something: say BEGIN first"
_WITHOUT_BLOCK = frozenset({"SET", "SHOW", "RESET", "VACUUM", "PRAGMA", "ATTACH", "DETACH"})
"""In manual mode these begin nothing: what they do would go with a ROLLBACK, or be refused."""
_ONLY_IN_BLOCK = frozenset({"SET", "SAVEPOINT"})
"""What SET LOCAL says, and a savepoint, need one."""


_Ended = tuple[int, str, TransactionNow]
"""Rows changed, the engine's word, and what is open then."""


@dataclass(frozen=True, slots=True)
class _First:
    """What one hop to the connection brings: all, of most statements."""

    answering: SentStatement
    rows: Sequence[tuple[Value, ...]]
    ended: _Ended | None


class ScriptRunner:
    """Runs scripts on a lane of a person's own; what they leave there stays."""

    def __init__(
        self,
        lane: Lane,
        running: Running,
        syntax: Syntax,
        sink: ScriptSink,
        limits: Limits | None = None,
    ) -> None:
        self._lane = lane
        self._running = running
        self._syntax = syntax
        self._sink = sink
        self._limits = limits or Limits()
        self._heard: list[str] = []
        self.outcomes: list[StepOutcome] = []
        """Of the script that runs, or ran last, as far as they are told."""
        self._has_net = False
        self.on_notified: Callable[[Sequence[Notification]], None] | None = None
        """Called with what came to the session by itself, after each statement it came with."""

    def done(self) -> int:
        """How many steps of the script that runs have come to their end."""
        return len(self.outcomes)

    async def run(self, script: Script, values: Values, how: RunMode) -> tuple[StepOutcome, ...]:
        """Run it, as far as `how` lets it come. Raises Refused before anything ran, ConnectFailed;
        cancelled, it stops the statement, and what ran stays what it is.
        """
        refuse(script, self._syntax, how)
        outcomes = self.outcomes = []
        deaf = await listening(self._lane, self._hear)
        try:
            if how.single:
                await self._lane.once(lambda c: self._running.begin(c, reads=False))
            failure: StepFailure | None = None
            for step in script.steps:
                outcomes.append(await self._step(script, step, values, how, failure))
                failure = outcomes[-1].failure or failure
                self._sink.told(outcomes[-1])
                await self._tell_notified()
            if (how.single or how.keeps) and (
                last := await self._ended(script, outcomes)
            ) is not None:
                outcomes.append(last)
                self._sink.told(last)
            await self._tell_notified()
        finally:
            deaf()
        return tuple(outcomes)

    async def _tell_notified(self) -> None:
        if self.on_notified is None or not self._lane.is_open:
            return
        if came := await self._lane.once(self._running.notified):
            self.on_notified(came)

    async def _step(
        self,
        script: Script,
        step: ScriptStep,
        values: Values,
        how: RunMode,
        before: StepFailure | None,
    ) -> StepOutcome:
        """`before`: the last failure so far."""
        if before is not None and self._is_over(how, before):
            return StepOutcome(step, Became.SKIPPED)
        if step.psql is not None:
            now = await self._lane.once(self._running.transaction)
            return StepOutcome(step, Became.NOT_SQL, transaction=now)
        self._heard = []
        facts = classify(step.text, self._syntax_of(step))
        reads = facts.kind is StatementKind.READ and facts.keyword in keywords.QUERIES
        if how.at_change and facts.kind is StatementKind.READ and await self._is_idle(step):
            how = replace(how, read_only=_BEGIN_FIRST)
        sent = Sent(step.text, values, step.data, reads, alone=how.read_only is not None)
        try:
            await self._refuse_misread(script, step)
            done = await self._done(step, sent, facts, how)
        except StudioError as error:
            done = await self._failed(script, step, sent, error)
        notices = tuple(self._heard)
        return replace(done, result=replace(done.result, notices=notices))

    def _syntax_of(self, step: ScriptStep) -> Syntax:
        return replace(self._syntax, backslash_escapes=step.reads_backslashes)

    async def _refuse_misread(self, script: Script, step: ScriptStep) -> None:
        """Raises Misread where the session reads strings otherwise than the script was read: what
        stands inside of one would run.
        """
        if "\\" not in step.text:
            return
        now = await self._lane.once(self._running.reads_backslashes)
        if script.is_read_otherwise(step, backslashes=now):
            raise Misread(now)

    async def _is_idle(self, step: ScriptStep) -> bool:
        """Whether a read begins nothing here, and nothing in it acts beyond a read."""
        if passes_read_only(step.text, self._syntax_of(step)):
            return False
        return await self._lane.once(self._running.transaction) is TransactionNow.NONE

    def _is_over(self, how: RunMode, last: StepFailure) -> bool:
        if not how.goes_on or isinstance(last.error, ConnectionLost | Misread):
            return True
        # An error of SQLite's may have ended the transaction: what follows would be kept alone.
        return how.single and any(
            each.failure is not None and each.transaction is TransactionNow.NONE
            for each in self.outcomes
        )

    def _hear(self, notice: str) -> None:
        if len(self._heard) < _MOST_NOTICES:
            self._heard.append(notice)

    # -- one statement ---------------------------------------------------------------------------

    async def _done(
        self, step: ScriptStep, sent: Sent, facts: Classification, how: RunMode
    ) -> StepOutcome:
        """Raises StudioError."""
        started = perf_counter()
        try:
            async with asyncio.timeout(self._limits.timeout_s), self._place(sent, how) as run:
                answering, result, ended = await self._answer(step, sent, facts, how, run)
        except TimeoutError:
            # A driver's own was translated.
            raise StatementFailed(
                f"stopped after {self._limits.timeout_s or 0:g} s", sent.text, code="timeout"
            ) from None
        count, command, now = ended
        return StepOutcome(
            step,
            _became(answering),
            replace(result, elapsed_ms=_since(started)),
            count,
            command,
            # A read's own walls are gone again.
            transaction=now if how.read_only is None else TransactionNow.NONE,
        )

    async def _answer(
        self, step: ScriptStep, sent: Sent, facts: Classification, how: RunMode, run: InTurn
    ) -> tuple[SentStatement, Result, _Ended]:
        """What a statement gives, given on as it comes; left early, it is stopped."""
        started, sent_ones = perf_counter(), list[SentStatement]()
        await self._sink.before(Query(step.text, facts), run)
        try:
            came = await run(lambda c: self._first(c, sent, facts, how, sent_ones))
            result = Result()
            if came.answering.columns is not None:
                delivery = Delivery(Query(step.text, facts), self._sink, self._limits)
                await self._flow(delivery, came, run)
                result = replace(delivery.result, elapsed_ms=_since(started))
            ended = came.ended
            if ended is None:
                ended = await run(lambda c: self._end(c, came.answering))
        except BaseException:
            # A stop between two chunks, or a reader who went: the connection is in the middle.
            if self._lane.is_open and (sent_ones or self._has_net):
                await asyncio.shield(run(lambda c: self._leave(c, sent_ones)))
            raise
        return came.answering, result, ended

    def _first(
        self,
        connection: Connection,
        sent: Sent,
        facts: Classification,
        how: RunMode,
        sent_ones: list[SentStatement],
    ) -> _First:
        """Send it, and take what comes at once; `sent_ones` has it, whatever happens then."""
        if how.manual and how.read_only is None and _wants_block(facts, how):
            self._begun(connection, reads=sent.reads)
        if how.pinned and facts.returns_rows is not False and facts.keyword != "SHOW":
            self._running.pin(connection)
        if how.net and _takes_net(facts):
            self._spread_net(connection)
        answering = self._running.send(connection, sent)
        sent_ones.append(answering)
        rows = answering.rows(CHUNK_ROWS)
        is_all = len(rows) < CHUNK_ROWS
        return _First(answering, rows, self._end(connection, answering) if is_all else None)

    def _leave(self, connection: Connection, sent_ones: Sequence[SentStatement]) -> None:
        for answering in sent_ones:
            answering.abandon()
        if self._has_net:
            self._fall_back(connection)

    async def _flow(self, delivery: Delivery, came: _First, run: InTurn) -> None:
        """Give its rows on, as far as they are wanted."""
        wants = delivery.take(_fetched(came.answering, came.rows), 0)
        while came.ended is None and wants:
            rows = await run(lambda _: came.answering.rows(CHUNK_ROWS))
            wants = delivery.take(_fetched(came.answering, rows), 0) and len(rows) == CHUNK_ROWS

    @asynccontextmanager
    async def _place(self, sent: Sent, how: RunMode) -> AsyncIterator[InTurn]:
        """Where a statement runs: as it stands, or behind the walls of a read."""
        if how.read_only is None:
            yield self._lane.once
            return
        async with self._lane.transaction(read_only=True) as transaction:
            await transaction.run(wall(self._lane.backend, sent.text, how.read_only))
            yield transaction.run

    def _end(self, connection: Connection, answering: SentStatement) -> _Ended:
        count, command = answering.end()
        if self._has_net:
            self._has_net = False
            self._say(connection, f"RELEASE {_NET}")
        return count, command, self._running.transaction(connection)

    def _spread_net(self, connection: Connection) -> None:
        if self._running.transaction(connection) is TransactionNow.OPEN:
            self._say(connection, f"SAVEPOINT {_NET}")
            self._has_net = True

    def _fall_back(self, connection: Connection) -> None:
        self._has_net = False
        # SQLite's interrupt may have taken the transaction along, and the net with it.
        if self._running.transaction(connection) is not TransactionNow.NONE:
            self._say(connection, f"ROLLBACK TO {_NET}")
            self._say(connection, f"RELEASE {_NET}")

    def _say(self, connection: Connection, text: str) -> None:
        self._running.send(connection, Sent(text, {})).end()

    def _begun(self, connection: Connection, *, reads: bool) -> None:
        if self._running.transaction(connection) is TransactionNow.NONE:
            self._running.begin(connection, reads=reads)

    async def _failed(
        self, script: Script, step: ScriptStep, sent: Sent, error: StudioError
    ) -> StepOutcome:
        """What is known of the error, and what it left."""
        if isinstance(error, ConnectionLost) or not self._lane.is_open:
            failure = StepFailure(Trouble("", str(error)), error)
            return StepOutcome(step, Became.ERROR, failure=failure)
        cause = error.__cause__
        raised = cause.orig if isinstance(cause, DBAPIError) and cause.orig is not None else cause
        trouble = None
        if raised is not None:
            trouble = await self._lane.once(lambda c: self._running.trouble(c, raised, sent))
        trouble = trouble or _told(error)
        now = await self._lane.once(self._running.transaction)
        line = column = None
        if trouble.position is not None:
            line, column = script.place(step.start + trouble.position)
        failure = StepFailure(trouble, error, line, column)
        return StepOutcome(step, Became.ERROR, failure=failure, transaction=now)

    # -- all in one ------------------------------------------------------------------------------

    async def _ended(self, script: Script, outcomes: Sequence[StepOutcome]) -> StepOutcome | None:
        """Keep all of it, or nothing; an outcome where the end itself was refused."""
        if not self._lane.is_open:
            return None
        is_kept = all(outcome.failure is None for outcome in outcomes)
        word = "commit" if is_kept else "rollback"
        line, _ = script.place(len(script.text))
        step, sent = ScriptStep(word, len(script.text), line), Sent(word, {})
        try:
            now = await self._lane.once(self._running.transaction)
            if now is not TransactionNow.NONE:
                await self._lane.once(lambda c: self._running.send(c, sent).end())
        except StudioError as error:
            return await self._failed(script, step, sent, error)
        return None


def _wants_block(facts: Classification, how: RunMode) -> bool:
    if how.keeps and facts.keyword in _ONLY_IN_BLOCK:
        return True
    return not (
        facts.kind is StatementKind.TRANSACTION
        or facts.outside_transaction
        or facts.keyword in _WITHOUT_BLOCK
    )


def _takes_net(facts: Classification) -> bool:
    """A person's own savepoints and transactions are theirs, and what commits takes a net away."""
    return facts.kind is not StatementKind.TRANSACTION and facts.keyword != "CALL"


def _became(answering: SentStatement) -> Became:
    if answering.copied:
        return Became.COPIED
    return Became.DONE if answering.columns is None else Became.ROWS


def _fetched(answering: SentStatement, rows: Sequence[tuple[Value, ...]]) -> Fetched:
    return Fetched(answering.columns or (), answering.type_codes, tuple(rows), -1, 0)


def _told(error: StudioError) -> Trouble:
    if isinstance(error, StatementFailed):
        return Trouble(error.code, error.message, error.position, error.detail, error.hint)
    return Trouble("", str(error))


def _since(started: float) -> float:
    return (perf_counter() - started) * 1000

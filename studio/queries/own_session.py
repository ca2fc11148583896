"""A session of a person's own: what they set, make and begin in it lives on from run to run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from studio.backends.halves import required
from studio.backends.halves.running import RUNNING, TransactionNow
from studio.backends.halves.syntax import syntax_of
from studio.db.session import Session
from studio.db.transaction import InTurn
from studio.model.page import Value
from studio.queries.limits import Limits
from studio.queries.outcome import Outcome, ScriptSink
from studio.queries.query import Query, Values
from studio.queries.result import Result
from studio.queries.script import How, ScriptRunner
from studio.sqltext.classify import classify
from studio.sqltext.script import Script
from studio.sqltext.session_state import forgets_all, left_in_session

_MOST_WITH_NET = 20
"""Statements of one run that each get a net: beyond, its round trips cost more than it saves."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a session holds between two runs."""

    transaction: TransactionNow = TransactionNow.NONE
    began: float | None = None
    """`perf_counter()` when it was first seen open."""
    changed: int = 0
    """Rows that statements of it changed, as they told."""
    failed_by: Outcome | None = None
    """The statement that made it fail."""
    kept: tuple[str, ...] = ()
    """What else lives as long as the session, in words: settings, temporary tables."""

    @property
    def is_anything(self) -> bool:
        """Whether closing the session would lose something."""
        return self.transaction is not TransactionNow.NONE or bool(self.kept)


class OwnSession:
    """Owns one connection, opened at the first run; who makes it closes it."""

    def __init__(self, session: Session, sink: ScriptSink, limits: Limits | None = None) -> None:
        """Raises Unsupported for an engine whose sessions are not a person's to hold."""
        running = required(session.backend, RUNNING)
        self._running = running
        self._syntax = syntax_of(session.backend)
        self._lane = session.own_lane(writable=True)
        self._watch = _Watching(sink, self._heard)
        self._runner = ScriptRunner(self._lane, running, self._syntax, self._watch, limits)
        self.is_manual = False
        """Whether a statement begins a transaction, which only the person ends."""
        self.held = Held()
        """What it holds, as of the last run."""

    @property
    def is_open(self) -> bool:
        """Whether it has a connection now."""
        return self._lane.is_open

    async def run(
        self, text: str, values: Values | None = None, *, goes_on: bool = False
    ) -> tuple[Outcome, ...]:
        """Run the statements of `text`. Raises Refused before anything ran, ConnectFailed;
        cancelled, it stops what runs, and `held` tells what is left.
        """
        script = Script(text, self._syntax)
        net = self.is_manual and len(script.steps) <= _MOST_WITH_NET
        how = How(manual=self.is_manual, goes_on=goes_on, net=net)
        try:
            return await self._runner.run(script, values or {}, how)
        finally:
            await self._look()

    async def commit(self) -> Outcome:
        """Keep what the transaction did; a failed one is rolled back, as its outcome says."""
        return (await self.run("commit"))[0]

    async def roll_back(self) -> Outcome:
        """Undo it."""
        return (await self.run("rollback"))[0]

    async def close(self) -> None:
        """End it; what it holds is lost."""
        await self._lane.close()
        self.held = Held()

    async def _look(self) -> None:
        """What the driver says now: a stop leaves no outcome."""
        now = TransactionNow.NONE
        if self._lane.is_open:
            now = await self._lane.once(self._running.transaction)
        else:
            self.held = replace(self.held, kept=())
        self._stands(now)

    def _heard(self, outcome: Outcome) -> None:
        if outcome.transaction is None:
            return
        self._stands(outcome.transaction)
        if outcome.failure is not None:
            if self.held.transaction is TransactionNow.FAILED and self.held.failed_by is None:
                self.held = replace(self.held, failed_by=outcome)
            return
        if self.held.transaction is TransactionNow.OPEN and outcome.row_count > 0:
            self.held = replace(self.held, changed=self.held.changed + outcome.row_count)
        text = outcome.step.text
        kept = () if forgets_all(text, self._syntax) else self.held.kept
        left = left_in_session(text, self._syntax, classify(text, self._syntax).keyword)
        if left and left not in kept:
            kept = (*kept, left)
        self.held = replace(self.held, kept=kept)

    def _stands(self, now: TransactionNow) -> None:
        if now is TransactionNow.NONE:
            self.held = Held(kept=self.held.kept)
        else:
            self.held = replace(self.held, transaction=now, began=self.held.began or perf_counter())


class _Watching:
    """A sink that lets somebody hear of outcomes too."""

    def __init__(self, sink: ScriptSink, heard: Callable[[Outcome], None]) -> None:
        self._sink = sink
        self._hear = heard

    async def before(self, query: Query, run: InTurn) -> None:
        await self._sink.before(query, run)

    def begin(self, query: Query) -> None:
        self._sink.begin(query)

    def take(self, rows: Sequence[tuple[Value, ...]], so_far: Result) -> None:
        self._sink.take(rows, so_far)

    def end(self, result: Result) -> None:
        self._sink.end(result)

    def told(self, outcome: Outcome) -> None:
        self._hear(outcome)
        self._sink.told(outcome)

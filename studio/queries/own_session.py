"""A session of a person's own: what they set, make and begin in it lives on from run to run."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from itertools import count

from sqlalchemy import Connection

from studio.backends.base import Purpose
from studio.backends.halves import Absent, ask, required
from studio.backends.halves.editing import EDITING
from studio.backends.halves.running import RUNNING, Sent, TransactionNow
from studio.backends.halves.syntax import syntax_of
from studio.db.session import Session
from studio.db.too_late import to_its_end
from studio.model.catalog import TableRef
from studio.model.errors import ConnectionLost, ReadOnly, Refused, StatementFailed, StudioError
from studio.queries.ear import Ear
from studio.queries.held import Held
from studio.queries.how import RunMode
from studio.queries.limits import Limits
from studio.queries.lost import ENDS, NONE, became, gone, lost_at
from studio.queries.outcome import ScriptSink, StepOutcome
from studio.queries.own_names import OwnNames
from studio.queries.query import Query, Values
from studio.queries.result import Person, Result
from studio.queries.runner import READ_ONLY_CODES, Permission, Runner
from studio.queries.script import ScriptRunner
from studio.queries.watching import Watching
from studio.sqltext.classify import StatementKind, classify
from studio.sqltext.script import Script
from studio.sqltext.session_state import forgets_all, left_in_session
from studio.sqltext.syntax import Syntax

_READ_ONLY = "this connection is read-only"
_MOST_WITH_NET = 20
"""Statements of one run that each get a net: beyond, its round trips cost more than it saves."""


class OwnSession:
    """Owns one connection, opened at the first run; who makes it closes it."""

    def __init__(self, session: Session, sink: ScriptSink, limits: Limits | None = None) -> None:
        """Where nothing may be written, each statement is a read behind the walls, and nothing is
        held. Raises Unsupported for an engine whose sessions are not a person's to hold.
        """
        running = required(session.backend, RUNNING)
        opening = session.opening
        self.reads_only = not opening.writable
        """Whether nothing may be written here."""
        self._walls = (opening.not_writable_because or _READ_ONLY) if self.reads_only else None
        self._session = session
        self._running = running
        self._syntax = syntax_of(session.backend)
        begin = None if self.reads_only else self._prepare
        self.lane = session.own_lane(writable=opening.writable, begin=begin)
        """Its connection."""
        self.lane.may_rest = self._may_rest
        self.ear = Ear(self.lane, running)
        """Hears what comes to it by itself."""
        self._sink = sink
        self._limits = limits or Limits()
        self._watch = Watching(sink, self._heard)
        self._turn = asyncio.Lock()
        self._may_have_left = False
        """Whether something ran that only the engine can say more of."""
        self.is_manual = False
        """Whether a change begins a transaction, which only the person ends."""
        self.held = Held()
        """What it holds, as of the last run."""
        self.shared_because = ""
        """Why nothing that is left in it lasts; empty: it lasts."""
        self.names = OwnNames(session.backend, self._syntax)
        """What it alone sees."""
        self.lost = ""
        """What went with a connection that was lost in the last run, or before it; else empty."""

    @property
    def is_open(self) -> bool:
        """Whether it has a connection now."""
        return self.lane.is_open

    @property
    def reads(self) -> bool:
        """Whether what only reads runs here too. Where an engine's idle connections are closed for
        the sake of others, one that may write is opened only for a reason.
        """
        return self.lane.is_open or self._session.opening.idle_close_s is None

    # -- running ---------------------------------------------------------------------------------

    async def run(
        self,
        text: str,
        values: Values | None = None,
        *,
        goes_on: bool = False,
        single: bool = False,
        reads: str | None = None,
    ) -> tuple[StepOutcome, ...]:
        """Run the statements of `text`, `single`: in one transaction; `reads`: each behind the
        walls of a read, with what can be done about a refusal. Raises Refused before anything ran,
        ConnectFailed, ConnectionLost when what the session held is gone; cancelled, it stops what
        runs, and `held` tells what is left.
        """
        async with self._turn:
            return await self._run(text, values or {}, goes_on=goes_on, single=single, reads=reads)

    async def _run(
        self, text: str, values: Values, *, goes_on: bool, single: bool, reads: str | None
    ) -> tuple[StepOutcome, ...]:
        await self._ready()
        self._watch.sent = None
        script = Script(text, self._syntax)
        is_manual = self.is_manual and not single
        net = (is_manual or self.held.is_open) and len(script.steps) <= _MOST_WITH_NET
        how = RunMode(
            manual=is_manual,
            at_change=is_manual,
            goes_on=goes_on,
            single=single,
            net=net and not single,
            read_only=reads or self._walls,
        )
        runner = self._runner(script)
        try:
            if len(script.steps) == 1 and how.at_change and not self.held.is_open:
                return await self._run_one(runner, script, values, how)
            return await runner.run(script, values, how)
        except asyncio.CancelledError:
            if single:
                await to_its_end(self._undo_all())
            raise
        finally:
            # A cancel that comes now is too late: what is held must be known all the same.
            await to_its_end(self._look())

    def _runner(self, script: Script) -> ScriptRunner:
        """Rows of several statements share the memory that one would have."""
        limits, backend = self._limits, self._session.backend
        if limits.row_bytes is not None and len(script.steps) > 1:
            facts = (classify(step.text, self._syntax) for step in script.steps)
            shares = sum(fact.returns_rows is not False for fact in facts)
            limits = replace(limits, row_bytes=limits.row_bytes // max(1, shares))
        running = required(backend, RUNNING)
        return ScriptRunner(self.lane, running, self._syntax, self._watch, limits)

    async def _run_one(
        self, runner: ScriptRunner, script: Script, values: Values, how: RunMode
    ) -> tuple[StepOutcome, ...]:
        """In manual mode: a read that turns out to be none is a change."""
        self._watch.keeps = True
        try:
            done = await runner.run(script, values, how)
        finally:
            self._watch.keeps = False
        if _wrote(done[0]):
            # A function behind a SELECT: nothing of it was kept.
            return await runner.run(script, values, replace(how, at_change=False))
        self._watch.told(done[0])
        return done

    async def _undo_all(self) -> None:
        """What was to be kept whole, or not at all, was stopped."""

        def undo(connection: Connection) -> None:
            if self._running.transaction(connection) is not TransactionNow.NONE:
                self._running.send(connection, Sent("rollback", {})).end()

        if self.lane.is_open:
            await self.lane.once(undo)

    async def ask(self, query: Query, person: Person | Permission) -> Result:
        """Run one statement outside of any transaction; what writes is asked about before it is
        sent and before it is kept, where a person is there to ask. Raises StudioError.
        """
        async with self._turn:
            return await self._ask(query, person)

    async def _ask(self, query: Query, person: Person | Permission) -> Result:
        await self._ready()
        # What may be lost is said by the runner itself.
        self._watch.sent = None
        runner = Runner(self._session, self._sink, person, self._limits, own=self)
        self._may_have_left = self._may_have_left or query.facts.kind is not StatementKind.READ
        self.names.may_differ(query.facts)
        try:
            (result,) = await runner.run([query])
        finally:
            # A cancel that comes now is too late: what is held must be known all the same.
            await to_its_end(self._look())
        return result

    async def commit(self) -> StepOutcome:
        """Keep what the transaction did; a failed one is rolled back, as its outcome says."""
        return (await self.run("commit"))[0]

    async def roll_back(self) -> StepOutcome:
        """Undo it."""
        return (await self.run("rollback"))[0]

    async def set_savepoint(self) -> StepOutcome:
        """Set one that `go_back` goes back to."""
        names = {name for name, _ in self.held.savepoints}
        name = next(f"s{n}" for n in count(1) if f"s{n}" not in names)
        return (await self.run(f"savepoint {name}"))[0]

    async def go_back(self) -> StepOutcome:
        """Undo what came after the last savepoint. Raises Refused where there is none."""
        rules = required(self._session.backend, EDITING)
        if not self.held.savepoints:
            raise Refused("there is no savepoint to go back to")
        name, _ = self.held.savepoints[-1]
        quoted = rules.dialect.identifier_preparer.quote_identifier(name)
        return (await self.run(f"rollback to {quoted}"))[0]

    async def who_waits(self) -> tuple[str, ...]:
        """Sessions that wait for what the transaction holds, in words, seen from another
        connection. Raises StudioError.
        """
        rules = ask(self._session.backend, EDITING)
        if isinstance(rules, Absent) or not self.held.is_open or not self.lane.is_open:
            return ()
        name = await self.lane.once(rules.session)
        if not name:
            return ()
        return await self._session.lane(Purpose.WATCH).run(lambda c: rules.waiting(c, name))

    async def rows_of(self, name: tuple[str, ...], within_s: float) -> int | None:
        """The rows of a relation as this session sees them; None: not in that time, or no such
        relation here. Raises ConnectFailed.
        """
        with suppress(StatementFailed):
            return await self.lane.once(lambda c: self._running.count(c, name, within_s))
        return None

    async def relation(self, name: tuple[str, ...]) -> TableRef | None:
        """What `name` means in this session; None: nothing that other sessions see. Raises
        StudioError.
        """
        return await self.lane.once(lambda c: self._running.relation(c, name))

    async def find_loss(self) -> str:
        """Look whether the server ended the session by itself, and what it held with it: what went;
        empty: nothing. Nothing is sent.
        """
        if self._turn.locked() or not self.held.is_anything:
            return ""
        async with self._turn:
            try:
                await self._ready()
            except ConnectionLost as error:
                return str(error)
            await self.ear.listen()
        return ""

    def _may_rest(self) -> bool:
        return not (self.held.is_anything or self._turn.locked())

    # -- its end ---------------------------------------------------------------------------------

    async def close_idle(self) -> None:
        """Close the connection if nothing is lost with it, and nothing runs on it."""
        async with self._turn:
            await self.rest()

    async def rest(self) -> None:
        """The same for who has the turn already."""
        if not self.held.is_anything:
            await self._find_out()
        if not self.held.is_anything:
            self.ear.cover()
            await self.lane.close()
            self.names.forget()

    async def close(self) -> None:
        """End it; what it holds is lost."""
        self.ear.end()
        await self.lane.close()
        self.held = Held()
        self.names.forget()

    def _prepare(self, connection: Connection) -> None:
        self.shared_because = self._running.prepare(connection)

    async def _ready(self) -> None:
        self.ear.cover()
        self.lost = ""
        if not self.lane.is_open or not await self.lane.once(self._running.hung_up):
            return
        await self.lane.close()
        held, self.held = self.held, Held()
        if held.is_anything:
            self.lost = gone(held)
            raise ConnectionLost(
                f"the connection was lost while idle: {self.lost}. This statement was not run"
            )
        if self._session.on_reconnect is not None:
            self._session.on_reconnect()

    async def _look(self) -> None:
        """What the driver says now: a stop leaves no outcome."""
        if not self.lane.is_open:
            self.names.forget()
            held, self.held = self.held, Held()
            self.lost = self.lost or await self._lost(held)
            return
        self.held = self.held.standing(await self.lane.once(self._running.transaction))
        if self.held.transaction is TransactionNow.OPEN and self.held.locks and not self.held.id:
            name = await self.lane.once(self._running.transaction_id)
            self.held = replace(self.held, id=name)
        await self._find_out()
        await self.ear.listen()

    async def _lost(self, held: Held) -> str:
        """What went with the connection, in words; a lost COMMIT is asked about."""
        sent = self._watch.sent
        if held.id and sent is not None and sent.facts.keyword in ENDS:
            told = await became(self._session, held.id)
            if told:
                return "; ".join(filter(None, (told, gone(replace(held, transaction=NONE)))))
        return lost_at(sent, held)

    async def _find_out(self) -> None:
        """Ask the engine what is left of what ran, where nothing is disturbed by that."""
        if not self._may_have_left or self.held.is_open or not self.lane.is_open:
            return
        self._may_have_left = False
        if self.shared_because:
            self.held = replace(self.held, kept=())
            return
        try:
            told = await self.lane.once(self._running.kept)
        except StudioError:
            # It may do less than a person's statements could: what was seen of those counts.
            return
        seen = () if self._running.tells_settings else self.held.kept
        mine = tuple(word for word in seen if word == "settings")
        self.held = replace(self.held, kept=(*told, *mine))
        await self.names.look(self.lane)

    def _heard(self, outcome: StepOutcome) -> None:
        if outcome.transaction is None:
            return
        before = self.held.is_open
        self.held = self.held.standing(outcome.transaction).outside(outcome, self._syntax)
        if outcome.failure is not None:
            if self.held.transaction is TransactionNow.FAILED and self.held.failed_by is None:
                self.held = replace(self.held, failed_by=outcome)
            return
        text = outcome.step.text
        facts = classify(text, self._syntax)
        if self.held.is_open:
            self.held = self.held.after(outcome, facts, self._syntax)
            self.names.made(text)
        if facts.kind is not StatementKind.READ or before:
            self._may_have_left = True
            self.names.may_differ(facts)
            self.held = replace(self.held, kept=_kept(self.held.kept, text, self._syntax))


def _kept(known: tuple[str, ...], text: str, syntax: Syntax) -> tuple[str, ...]:
    """As far as the text tells, until the engine is asked."""
    kept = () if forgets_all(text, syntax) else known
    left = left_in_session(text, syntax, classify(text, syntax).keyword)
    return (*kept, left) if left and left not in kept else kept


def _wrote(outcome: StepOutcome) -> bool:
    """Whether a read turned out to be none."""
    error = outcome.failure.error if outcome.failure is not None else None
    if isinstance(error, StatementFailed):
        return error.code in READ_ONLY_CODES
    return isinstance(error, ReadOnly)

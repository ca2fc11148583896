"""One plan on its way into the database: written down, sent, and what became of it found out."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.db.transaction import Transaction, TransactionState
from studio.edits.applying.captured import Captured
from studio.edits.applying.constraints import plain
from studio.edits.applying.dry_run import dry_run
from studio.edits.applying.execution import Execution, RowsMoved, run
from studio.edits.applying.lock_watch import LockWatch, lock_watch
from studio.edits.applying.record import ApplyRecord, followed_words, lost_words
from studio.edits.applying.recovery import recovered
from studio.edits.journal.journal import EditJournal, JournalFailed
from studio.edits.sql.prepared import Prepared, SchemaMoved, check
from studio.model.apply_report import ApplyOutcome, ApplyReport, ChangeError
from studio.model.catalog import TableRef
from studio.model.change import Insert
from studio.model.errors import (
    Busy,
    ConnectFailed,
    ConnectionLost,
    ConstraintFailed,
    ReadOnly,
    Refused,
    StatementFailed,
    StudioError,
)
from studio.model.page import Value

_FULL = {"SQLITE_FULL", "53100"}
_FORBIDDEN = "42501"
_STOPPED = {"SQLITE_INTERRUPT", "57014"}


@dataclass(slots=True)
class Application:
    """One plan on its way into the database."""

    session: Session
    plan: Prepared
    journal: EditJournal | None
    undoes: int | None
    number: int | None = None
    transaction: Transaction | None = None
    transaction_id: str | None = None
    captured: Captured = field(default_factory=Captured)
    locked_ms: float = 0.0
    watch: LockWatch | None = None

    def stop(self) -> bool:
        """Let nothing be committed; False: too late, COMMIT was sent."""
        return self.transaction is None or self.transaction.stop()

    async def run(self) -> ApplyReport:
        """Apply, and once more when it failed though nothing moved. Raises SchemaMoved."""
        try:
            await self._begin()
        except JournalFailed as error:
            # What cannot be written down could not be taken back, nor its end be found out.
            return stopped(error)
        try:
            async with lock_watch(self.session) as self.watch:
                report = await self._attempt(again=True)
                if report is None:
                    report = await self._attempt(again=False)
        except (asyncio.CancelledError, SchemaMoved):
            if self.stop():
                await asyncio.shield(self._finished(ApplyReport(ApplyOutcome.NOTHING)))
            raise
        told = report if report is not None else ApplyReport(ApplyOutcome.NOTHING)
        told = await asyncio.shield(self._finished(told))
        if any(error.kind == "busy" for error in told.errors) and (
            holders := await self.watch.holders()
        ):
            waited = f"it waited for a lock held by {', '.join(holders)}"
            told = replace(told, notes=(*told.notes, waited))
        return replace(told, journal_id=self.number, locked_ms=self.locked_ms)

    async def _begin(self) -> None:
        """Write the set down; cancelled meanwhile, also that nothing came of it."""
        if self.journal is None:
            return
        made = self.plan
        writing = asyncio.ensure_future(
            asyncio.to_thread(self.journal.begin, made.changes, self.undoes, made.groups)
        )
        try:
            self.number = await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            if writing.exception() is None:
                self.number = writing.result()
                await self._finished(ApplyReport(ApplyOutcome.NOTHING))
            raise

    async def _finished(self, report: ApplyReport) -> ApplyReport:
        """Write the outcome down; when even that fails, it is found out again by looking."""
        if self.journal is None or self.number is None:
            return report
        try:
            await asyncio.to_thread(self.journal.finish, self.number, report.outcome, self.undoes)
        except JournalFailed as error:
            return replace(report, notes=(*report.notes, str(error)))
        return report

    async def _attempt(self, *, again: bool) -> ApplyReport | None:
        """One transaction; None: it failed, nothing has moved, and it may be tried again."""
        self.transaction = None
        try:
            ran = await self._transact()
        except RowsMoved:
            return await self._diagnosed(None, again=again)
        except StudioError as error:
            return await self._failed(error, again=again)
        return self._applied(ran)

    async def _transact(self) -> Execution:
        lane = self.session.lane(Purpose.EDIT)
        self.transaction = Transaction(lane.in_turn)
        try:
            return await lane.transact(self._work, self.transaction)
        finally:
            self.locked_ms = self.transaction.held_ms

    def _work(self, connection: Connection) -> Execution:
        """Everything inside the transaction, on its own thread."""
        made = self.plan
        rules = made.editing
        if self.watch is not None:
            self.watch.of = rules.session(connection)
        check(connection, made)
        self.transaction_id = rules.prepare(connection, defer=made.defer)
        if self.journal is None:
            return run(connection, rules, made.batches)
        record = ApplyRecord(connection, self.session.backend, made)
        self.captured = record.before()
        if self.undoes is not None:
            record.check_followers(self.captured)
        ran = run(
            connection,
            rules,
            made.batches,
            lambda index, ran: record.late(self.captured, index, ran),
        )
        record.after(self.captured, ran)
        self._note(self.journal)
        return ran

    def _note(self, journal: EditJournal) -> None:
        """What must be on disk before COMMIT. Unsynced where a whole database waits for us: a
        killed process loses nothing of it, and the set itself is safe already.
        """
        if self.number is not None:
            sync = not self.plan.editing.holds_whole_database
            journal.prepared(self.number, self.transaction_id, self.captured, sync=sync)

    def _applied(self, ran: Execution) -> ApplyReport:
        made, captured = self.plan, self.captured
        return ApplyReport(
            ApplyOutcome.APPLIED,
            rows=dict(ran.rows),
            inserted=_inserted(made, ran.identities),
            notes=tuple(dict.fromkeys((*followed_words(captured), *lost_words(made, captured)))),
        )

    async def _failed(self, error: StudioError, *, again: bool) -> ApplyReport | None:
        transaction = self.transaction
        sent = transaction is not None and transaction.state is TransactionState.COMMITTING
        if sent and not _answered(error):
            return await self._unknown(error)
        if transaction is not None and transaction.has_begun and isinstance(error, StatementFailed):
            told_by_one = again if isinstance(error, Busy) else _is_of_one_change(error)
            return await self._diagnosed(error, again=again) if told_by_one else stopped(error)
        return stopped(error)

    async def _diagnosed(self, error: StatementFailed | None, *, again: bool) -> ApplyReport | None:
        """Which changes fail, and why, from a dry run, change by change."""
        try:
            found = await dry_run(self.session, self.plan, counting=False)
        except StudioError as later:
            return stopped(later) if error is None else stopped(error, later)
        if found.conflicts or found.errors:
            return ApplyReport(ApplyOutcome.NOTHING, conflicts=found.conflicts, errors=found.errors)
        if again:
            return None
        last = _whole(error) if error is not None else _MOVING
        return ApplyReport(ApplyOutcome.NOTHING, errors=(last,))

    async def _unknown(self, error: StudioError) -> ApplyReport:
        """The connection died at COMMIT: look."""
        doubted = self.journal.doubted if self.journal is not None else set[int]()
        doubted.add(number := self.number or 0)
        try:
            found = await recovered(self.session, self.plan, self.transaction_id, self.captured)
        finally:
            doubted.discard(number)
        if found.outcome is ApplyOutcome.APPLIED:
            rows = Counter(change.table for change in self.plan.changes)
            note = "the connection was lost at COMMIT; looking again showed that all of it happened"
            return ApplyReport(ApplyOutcome.APPLIED, rows=dict(rows), notes=(note,))
        return ApplyReport(found.outcome, errors=(_whole(error),), notes=found.notes)


_MOVING = ChangeError(
    None, "busy", "rows changed while they were being checked; look at them and apply again"
)


def _answered(error: StudioError) -> bool:
    """Whether the database itself said that COMMIT failed, and so rolled back."""
    return isinstance(error, ConstraintFailed | Busy) or (
        isinstance(error, StatementFailed) and bool(error.code) and "IOERR" not in error.code
    )


def stopped(*errors: StudioError) -> ApplyReport:
    """What ended the transaction as a whole."""
    refused = any(isinstance(error, Refused) for error in errors)
    told = dict.fromkeys(map(_whole, errors))
    return ApplyReport(ApplyOutcome.NOTHING, errors=tuple(told), refused=refused)


def _is_of_one_change(error: StatementFailed) -> bool:
    """Whether running the changes one by one may tell which of them it was."""
    if isinstance(error, ConstraintFailed):
        return True
    tired = error.code in {*_FULL, *_STOPPED} or "IOERR" in error.code
    return bool(error.code) and not tired and not isinstance(error, ConnectionLost)


def _whole(error: StudioError) -> ChangeError:
    if isinstance(error, ConnectFailed):
        return ChangeError(None, "lost", str(error))
    if isinstance(error, JournalFailed):
        return ChangeError(None, "journal", str(error))
    if not isinstance(error, StatementFailed):
        kind = "refused" if isinstance(error, Refused) else "other"
        kind = "read_only" if isinstance(error, ReadOnly) else kind
        return ChangeError(None, kind, str(error))
    said = plain(error)
    return replace(said, kind="full") if error.code in _FULL else said


def _inserted(
    made: Prepared, identities: Mapping[int, Mapping[str, Value]]
) -> dict[TableRef, tuple[Mapping[str, Value], ...]]:
    found: dict[TableRef, list[Mapping[str, Value]]] = {}
    places = (g.places for g in made.groups if g.layout.op is Insert)
    for index in sorted(place for some in places for place in some):
        if isinstance(change := made.changes[index], Insert):
            table = made.tables[change.table]
            given = {
                name: value
                for name in table.identity
                if (value := change.after.get(name)) is not None
            }
            named = identities.get(index) or given
            found.setdefault(change.table, []).append(named)  # type: ignore[arg-type]
    return {ref: tuple(rows) for ref, rows in found.items()}

"""Applying a change set: one transaction, every row still as seen, or nothing at all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.edits.applying.application import Application, stopped
from studio.edits.applying.constraints import plain
from studio.edits.applying.dry_run import dry_run
from studio.edits.journal.journal import EditJournal
from studio.edits.sql.prepared import Prepared, SchemaMoved, prepare, up_to_date
from studio.edits.sql.refusals import ChangeRefused
from studio.model.apply_report import ApplyOutcome, ApplyReport, ChangeError
from studio.model.catalog import Catalog
from studio.model.change import Change
from studio.model.errors import ConnectFailed, ReadOnly, Refused, StatementFailed, StudioError

_PLANS = 3
"""So often a set is planned, because the schema changed before it could begin."""
WITHOUT_UNDO = "applied without undo, as asked: this set cannot be taken back from here"
_RESHAPED = ApplyReport(
    ApplyOutcome.NOTHING,
    errors=(
        ChangeError(
            None, "busy", "somebody changes the schema again and again; apply again when it rests"
        ),
    ),
)


async def apply_changes(
    session: Session,
    changes: Sequence[Change] | Prepared,
    *,
    trial: bool = False,
    journal: EditJournal | None = None,
    catalog: Catalog | None = None,
    undoes: int | None = None,
) -> ApplyReport:
    """Apply `changes` whole or not at all; `trial` rolls back and tells what would happen. The plan
    that was reviewed may stand for them, and saves making it again.

    Raises ReadOnly, ConnectFailed before anything began; afterwards every failure is told in the
    report. Cancelled before COMMIT, nothing happens; a cancel that comes later is too late.
    """
    applying = _Applying(session, trial, journal, undoes)
    running = asyncio.ensure_future(applying.apply(changes, catalog))
    while True:
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            if applying.stop() or running.cancelled():
                running.cancel()
                await asyncio.wait([running])
                raise
            # What happened must still be told.
            if (task := asyncio.current_task()) is not None:
                task.uncancel()


def refused(error: ChangeRefused) -> ApplyReport:
    """A change that is wrong before any database sees it, as a report."""
    said = ChangeError(error.change, error.kind, error.message, error.columns)
    return ApplyReport(ApplyOutcome.NOTHING, errors=(said,), refused=error.kind != "unknown_column")


def refusal(error: Refused | StatementFailed) -> ApplyReport:
    """An error from before the transaction, as a report: nothing was changed."""
    kind = "read_only" if isinstance(error, ReadOnly) else "refused"
    said = (
        plain(error) if isinstance(error, StatementFailed) else ChangeError(None, kind, str(error))
    )
    return ApplyReport(ApplyOutcome.NOTHING, errors=(said,), refused=isinstance(error, Refused))


@dataclass(slots=True)
class _Applying:
    """One set from the plan to the report."""

    session: Session
    trial: bool
    journal: EditJournal | None
    undoes: int | None
    current: Application | None = None

    def stop(self) -> bool:
        """Let nothing be committed; False: too late, COMMIT was sent."""
        return self.current is None or self.current.stop()

    async def apply(
        self, changes: Sequence[Change] | Prepared, catalog: Catalog | None
    ) -> ApplyReport:
        """Raises what `apply_changes` does."""
        started = perf_counter()
        lane = self.session.lane(Purpose.EDIT)
        report = _RESHAPED
        try:
            if isinstance(changes, Prepared):
                made = await up_to_date(self.session, changes, catalog, lane)
            else:
                made = await prepare(self.session, changes, catalog)
            for _ in range(_PLANS):
                try:
                    report = await self._sent(made)
                    break
                except SchemaMoved:
                    await lane.close()
                    made = await prepare(self.session, made.staged)
        except ChangeRefused as error:
            report = refused(error)
        finally:
            # On SQLite an open editing connection keeps the others from looking without a trace.
            await asyncio.shield(lane.close())
        return replace(report, elapsed_ms=(perf_counter() - started) * 1000)

    async def _sent(self, made: Prepared) -> ApplyReport:
        if not made.changes:
            return ApplyReport(ApplyOutcome.NOTHING)
        try:
            await self.session.lane(Purpose.EDIT).open()
        except (ReadOnly, ConnectFailed):
            raise
        except StudioError as error:
            return stopped(error)
        if all(batch.written.only_looks for batch in made.batches):
            return replace(await _tried(self.session, made), outcome=ApplyOutcome.NOTHING)
        if self.trial:
            return await _tried(self.session, made)
        self.current = Application(self.session, made, self.journal, self.undoes)
        return await self.current.run()


async def _tried(session: Session, made: Prepared) -> ApplyReport:
    try:
        found = await dry_run(session, made, counting=True)
    except StudioError as error:
        return stopped(error)
    fine = not found.conflicts and not found.errors
    return ApplyReport(
        ApplyOutcome.TRIED if fine else ApplyOutcome.NOTHING,
        rows=found.rows if fine else {},
        conflicts=found.conflicts,
        errors=found.errors,
        notes=tuple(one.text for one in made.lasting) if fine else (),
        locks=found.locks,
        locked_ms=found.locked_ms,
    )

"""Taking an applied set back, and finding out about one whose end nobody saw."""

import asyncio
from dataclasses import replace

from studio.backends.base import Purpose
from studio.backends.halves.editing import editing
from studio.db.session import Session
from studio.edits.applying.application import stopped
from studio.edits.applying.apply import apply_changes
from studio.edits.applying.inverse import inverse, touched_by
from studio.edits.applying.recovery import recovered
from studio.edits.journal.journal import AppliedSet, EditJournal, JournalFailed
from studio.edits.sql.prepared import prepare
from studio.model.apply_report import ApplyOutcome, ApplyReport
from studio.model.catalog import Catalog
from studio.model.change_set import ChangeSet
from studio.model.errors import Refused, StudioError

NOT_WRITTEN_DOWN = (
    "taken back without undo, as asked: nothing of it is written down, "
    "and the list of applied sets shows the set as before"
)


async def journal_of(session: Session) -> EditJournal:
    """The journal of the database behind `session`, however it was named. Raises StudioError."""
    rules = editing(session.backend)
    key = await session.lane(Purpose.BROWSE).run(lambda c: rules.key(c, session.opening))
    return EditJournal(key)


async def inverse_of(session: Session, entry: AppliedSet) -> tuple[ChangeSet, tuple[str, ...]]:
    """The set that takes `entry` back, and what it cannot take back. Raises StudioError."""
    rules = editing(session.backend)
    refs = touched_by(entry.changes, entry.captured)
    tables = {ref: rules.told_apart(await session.table(ref)) for ref in refs}
    return inverse(entry.changes, entry.captured, tables)


async def taken_back_by(session: Session, entry: AppliedSet) -> tuple[ChangeSet, tuple[str, ...]]:
    """The same for a set that may be taken back; no changes: every row is as it was. Raises
    Refused, StudioError.
    """
    if entry.undone_by is not None:
        raise Refused(f"set {entry.id} was taken back already, by set {entry.undone_by}")
    if entry.outcome is not ApplyOutcome.APPLIED:
        state = entry.outcome or "not settled"
        raise Refused(f"set {entry.id} was not applied ({state}): there is nothing to take back")
    changes, notes = await inverse_of(session, entry)
    if not changes and not set(notes) <= set(entry.captured.notes):
        raise Refused(f"nothing of set {entry.id} can be taken back: {'; '.join(notes)}")
    return changes, notes


async def undo(
    session: Session, journal: EditJournal | None, entry: AppliedSet, catalog: Catalog | None = None
) -> ApplyReport:
    """Take `entry` back under the same guards: rows changed since then stop it. Without a journal
    nothing of it is written down. Raises Refused.
    """
    changes, notes = await taken_back_by(session, entry)
    if not changes:
        return await asyncio.to_thread(_as_it_was, journal, entry, notes)
    if journal is None:
        notes = (*notes, NOT_WRITTEN_DOWN)
    report = await apply_changes(
        session, changes.changes, journal=journal, catalog=catalog, undoes=entry.id
    )
    return replace(report, notes=tuple(dict.fromkeys((*notes, *report.notes))))


def _as_it_was(
    journal: EditJournal | None, entry: AppliedSet, notes: tuple[str, ...]
) -> ApplyReport:
    """A set that left every row as it was is taken back by writing that down."""
    if journal is None:
        return ApplyReport(ApplyOutcome.NOTHING, notes=notes)
    try:
        number = journal.begin((), entry.id)
        journal.finish(number, ApplyOutcome.APPLIED, entry.id)
    except JournalFailed as error:
        return stopped(error)
    return ApplyReport(ApplyOutcome.APPLIED, notes=notes, journal_id=number)


async def recover(session: Session, journal: EditJournal) -> tuple[AppliedSet, ...]:
    """Find out what became of sets whose end studio did not see; those, with what was found."""
    found: list[AppliedSet] = []
    for entry in await asyncio.to_thread(journal.unsettled):
        outcome = await _outcome(session, entry)
        if outcome is not entry.outcome:
            await asyncio.to_thread(journal.finish, entry.id, outcome, entry.undoes)
        found.append(replace(entry, outcome=outcome))
    return tuple(found)


async def _outcome(session: Session, entry: AppliedSet) -> ApplyOutcome:
    rules = editing(session.backend)
    if rules.replays_commit and entry.transaction_id is None:
        # The id is on disk before COMMIT is sent.
        return ApplyOutcome.NOTHING
    try:
        made = await prepare(session, entry.changes)
        found = await recovered(session, made, entry.transaction_id, entry.captured, patience_s=2.0)
    except StudioError:
        return ApplyOutcome.UNKNOWN
    return found.outcome

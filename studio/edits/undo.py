"""Taking an applied set back, and finding out about one whose end nobody saw."""

import asyncio
from dataclasses import replace

from studio.backends.base import Purpose
from studio.backends.editing import editing
from studio.db.session import Session
from studio.edits.apply import apply_changes
from studio.edits.inverse import inverse, touched_by
from studio.edits.journal import Entry, Journal
from studio.edits.plan import plan
from studio.edits.settle import settled
from studio.model.catalog import Catalog
from studio.model.change import ApplyReport, ChangeSet, Outcome
from studio.model.errors import Refused, StudioError


async def journal_of(session: Session) -> Journal:
    """The journal of the database behind `session`, however it was named. Raises StudioError."""
    rules = editing(session.backend)
    key = await session.lane(Purpose.BROWSE).run(lambda c: rules.key(c, session.opening))
    return Journal(key)


async def inverse_of(session: Session, entry: Entry) -> tuple[ChangeSet, tuple[str, ...]]:
    """The set that takes `entry` back, and what it cannot take back. Raises StudioError."""
    tables = {ref: await session.table(ref) for ref in touched_by(entry.changes, entry.captured)}
    return inverse(entry.changes, entry.captured, tables)


async def undo(
    session: Session, journal: Journal, entry: Entry, catalog: Catalog | None = None
) -> ApplyReport:
    """Take `entry` back under the same guards: rows changed since then stop it. Raises Refused."""
    if entry.undone_by is not None:
        raise Refused(f"set {entry.id} was taken back already, by set {entry.undone_by}")
    if entry.outcome is not Outcome.APPLIED:
        state = entry.outcome or "not settled"
        raise Refused(f"set {entry.id} was not applied ({state}): there is nothing to take back")
    changes, notes = await inverse_of(session, entry)
    if entry.changes and not changes:
        raise Refused(f"nothing of set {entry.id} can be taken back: {'; '.join(notes)}")
    report = await apply_changes(
        session, changes.changes, journal=journal, catalog=catalog, undoes=entry.id
    )
    return replace(report, notes=tuple(dict.fromkeys((*notes, *report.notes))))


async def settle(session: Session, journal: Journal) -> tuple[Entry, ...]:
    """Find out what became of sets whose end studio did not see; those, with what was found."""
    found: list[Entry] = []
    for entry in await asyncio.to_thread(journal.unsettled):
        outcome = await _outcome(session, entry)
        if outcome is not entry.outcome:
            await asyncio.to_thread(journal.finish, entry.id, outcome, entry.undoes)
        found.append(replace(entry, outcome=outcome))
    return tuple(found)


async def _outcome(session: Session, entry: Entry) -> Outcome:
    rules = editing(session.backend)
    if rules.replays_commit and entry.transaction_id is None:
        # The id is on disk before COMMIT is sent.
        return Outcome.NOTHING
    try:
        made = await plan(session, entry.changes)
        found = await settled(session, made, entry.transaction_id, entry.captured, patience_s=2.0)
    except StudioError:
        return Outcome.UNKNOWN
    return found.outcome

"""What became of a transaction whose COMMIT nobody answered: ask, or look at its rows."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from time import monotonic

from sqlalchemy import Connection

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.edits.applying.capture import new_identity
from studio.edits.applying.captured import Captured
from studio.edits.applying.reading import Row, identity_of, rows_where
from studio.edits.sql.prepared import Prepared
from studio.model.apply_report import ApplyOutcome
from studio.model.catalog import Table
from studio.model.change import Change, Default, Delete, Insert
from studio.model.errors import StudioError

PATIENCE_S = 15.0
"""How long a lost database is asked before the outcome is called unknown."""
_AGAIN_S = 0.2
_WITNESSES = 200
"""Rows looked at; each alone would do, were there no other writers."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of a set whose COMMIT was not answered."""

    outcome: ApplyOutcome
    notes: tuple[str, ...] = ()


async def recovered(
    session: Session,
    made: Prepared,
    transaction_id: str | None,
    captured: Captured,
    *,
    patience_s: float = PATIENCE_S,
) -> Recovered:
    """Look until the answer is known or `patience_s` is over."""
    deadline = monotonic() + patience_s
    why = "the server has not finished with the transaction yet"
    while True:
        try:
            outcome = await session.lane(Purpose.WATCH).run(
                lambda connection: _outcome_now(connection, made, transaction_id, captured)
            )
        except StudioError as error:
            outcome, why = None, str(error)
        if outcome is not None:
            return Recovered(outcome)
        if monotonic() > deadline:
            return Recovered(ApplyOutcome.UNKNOWN, (f"it could not be settled by looking: {why}",))
        await asyncio.sleep(_AGAIN_S)


def _outcome_now(
    connection: Connection, made: Prepared, transaction_id: str | None, captured: Captured
) -> ApplyOutcome | None:
    """APPLIED, NOTHING or UNKNOWN; None: not decided yet."""
    if transaction_id is not None:
        transaction_outcome = made.editing.transaction_outcome(connection, transaction_id)
        if transaction_outcome == "committed":
            return ApplyOutcome.APPLIED
        if transaction_outcome == "aborted":
            return ApplyOutcome.NOTHING
        if transaction_outcome == "in progress":
            return None
    return outcome_by_rows(connection, made, captured)


def outcome_by_rows(connection: Connection, made: Prepared, captured: Captured) -> ApplyOutcome:
    """By the rows: all or nothing happened, so each row that is only one of both tells."""
    votes = set(islice(_votes(connection, made, captured), _WITNESSES))
    if votes == {True}:
        return ApplyOutcome.APPLIED
    if votes == {False}:
        return ApplyOutcome.NOTHING
    return ApplyOutcome.UNKNOWN


def _votes(connection: Connection, made: Prepared, captured: Captured) -> Iterator[bool]:
    handed_on = _handed_on(made, captured)
    for index, change in enumerate(made.changes):
        if index in handed_on:
            continue
        vote = _vote(connection, made, change, captured.left.get(index))
        if vote is not None:
            yield vote


def _handed_on(made: Prepared, captured: Captured) -> set[int]:
    """Changes that tell nothing, because a row of the same name goes and another comes: SQLite
    gives the highest number again when its row is deleted.
    """
    gone = {
        _name(made.tables[change.table], dict(change.identity)): index
        for index, change in enumerate(made.changes)
        if isinstance(change, Delete)
    }
    silent: set[int] = set()
    for index, change in enumerate(made.changes if gone else ()):
        if isinstance(change, Delete):
            continue
        table = made.tables[change.table]
        row = captured.left.get(index) or new_identity(table, change) | _given(change)
        named = {name: row[name] for name in table.identity if name in row}
        before = gone.get(_name(table, named))
        if before is None:
            continue
        silent.add(before)
        old = captured.old.get(before) or dict(made.changes[before].before)
        if isinstance(change, Insert) and _holds(row, {n: v for n, v in old.items() if n in row}):
            silent.add(index)
    return silent


def _given(change: Change) -> Row:
    return {n: v for n, v in change.after.items() if not isinstance(v, Default)}


def _name(table: Table, identity: Row) -> object:
    return table.ref, tuple(sorted((name, str(value)) for name, value in identity.items()))


def _vote(connection: Connection, made: Prepared, change: Change, left: Row | None) -> bool | None:
    """Whether the row shows that the set was applied; None: it does not tell."""
    table = made.tables[change.table]
    old = _row(connection, made, table, dict(change.identity))
    if isinstance(change, Delete):
        return None if not change.identity else old is None
    wanted = left if left is not None else _given(change)
    if isinstance(change, Insert):
        return _inserted(connection, made, table, wanted)
    named = identity_of(table, left) if left is not None else new_identity(table, change)
    new = _row(connection, made, table, named)
    after = new is not None and _holds(new, wanted)
    before = old is not None and _holds(old, dict(change.before))
    return after if after != before else None


def _inserted(connection: Connection, made: Prepared, table: Table, wanted: Row) -> bool | None:
    if not table.has_identity or not set(table.identity) <= set(wanted):
        return None
    row = _row(connection, made, table, {name: wanted[name] for name in table.identity})
    return row is not None and _holds(row, wanted)


def _row(connection: Connection, made: Prepared, table: Table, key: Row) -> Row | None:
    if not key:
        return None
    found = list(rows_where(connection, made.editing, table, [key]))
    return found[0] if len(found) == 1 else None


def _holds(row: Row, wanted: Row) -> bool:
    return all(name in row and str(row[name]) == str(value) for name, value in wanted.items())

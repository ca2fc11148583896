"""A set run change by change and rolled back: what fails and why, and what it all would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from time import perf_counter

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from studio.backends.base import Purpose
from studio.db.session import Session
from studio.edits.applying.conflicts import found_conflicts
from studio.edits.applying.constraints import Explainer, first_causes, plain, with_circles
from studio.edits.applying.execution import ChangeFailure, TransactionEnded, run_each
from studio.edits.sql.prepared import Prepared, check
from studio.model.apply_report import ChangeError, RowConflict
from studio.model.catalog import TableKind, TableRef
from studio.model.errors import ConstraintFailed


@dataclass(frozen=True, slots=True)
class DryRun:
    """What running a set and rolling it back came to."""

    rows: Mapping[TableRef, int]
    conflicts: tuple[RowConflict, ...]
    errors: tuple[ChangeError, ...]
    locks: tuple[str, ...]
    locked_ms: float


async def dry_run(session: Session, made: Prepared, *, counting: bool) -> DryRun:
    """Run everything that can be run, learn what cannot, and roll back."""
    opened = perf_counter()
    try:
        found = await _rolled_back(session, made, counting=counting)
    except TransactionEnded:
        singly = tuple(
            batch.part(place, place + 1)
            for batch in made.batches
            for place in range(len(batch.indices))
        )
        try:
            found = await _rolled_back(session, replace(made, batches=singly), counting=counting)
        except TransactionEnded as ended:
            index = ended.indices[0] if len(ended.indices) == 1 else None
            found = DryRun({}, (), (plain(ended.error, index),), (), 0.0)
    return replace(found, locked_ms=(perf_counter() - opened) * 1000)


async def _rolled_back(session: Session, made: Prepared, *, counting: bool) -> DryRun:
    lane = session.lane(Purpose.EDIT)
    return await lane.transact(lambda c: _run_dry(c, session, made, counting=counting), keep=False)


def _run_dry(connection: Connection, session: Session, made: Prepared, *, counting: bool) -> DryRun:
    rules, backend = made.editing, session.backend
    check(connection, made)
    tables = tuple(made.catalog.tables())
    if counting:
        rules.watch(connection, tables)
    rules.prepare(connection, defer=made.defer)
    ran = run_each(connection, backend, rules, made.batches)
    explainer = Explainer(connection, rules, made.catalog, made.tables, made.changes)
    conflicts, swallowed = _sorted_out(
        found_conflicts(connection, rules, made.tables, made.changes, ran.failures)
    )
    missed = {conflict.index for conflict in conflicts} | {error.change for error in swallowed}
    errors = [explainer.explain(one) for one in ran.failures if one.index not in missed]
    errors = with_circles(first_causes(errors, made.changes, made.tables), made.changes, made.cycle)
    errors = sorted((*errors, *swallowed), key=lambda e: e.change or 0)
    if not conflicts and not errors:
        errors.extend(_left_broken(connection, session, made, explainer))
    if errors or conflicts:
        return DryRun({}, conflicts, tuple(errors), (), 0.0)
    rows = dict(rules.watched(connection, tables)) if counting else dict(ran.rows)
    # No trigger counts for a virtual table: its own changes are all that is known.
    virtual = {table.ref for table in made.tables.values() if table.kind is TableKind.VIRTUAL}
    rows.update((ref, count) for ref, count in ran.rows.items() if ref in virtual)
    return DryRun(rows, (), (), rules.locks(connection), 0.0)


def _sorted_out(
    found: Sequence[RowConflict],
) -> tuple[tuple[RowConflict, ...], tuple[ChangeError, ...]]:
    """Rows that moved, and rows that are as they were and still were not touched."""
    ordered = sorted(found, key=lambda c: c.index)
    moved = tuple(c for c in ordered if c.current is None or c.moved or c.matches > 1)
    rest = [c for c in ordered if c not in moved]
    return moved, tuple(
        ChangeError(
            c.index,
            "other",
            f"the row of {c.change.table} is as you saw it, and was still not changed: "
            "a trigger, a rule or row-level security kept it",
        )
        for c in rest
    )


def _left_broken(
    connection: Connection, session: Session, made: Prepared, explainer: Explainer
) -> list[ChangeError]:
    """Constraints that wait for COMMIT, checked now."""
    connection.exec_driver_sql("SAVEPOINT studio_end")
    try:
        made.editing.enforce(connection)
    except DBAPIError as raised:
        error = session.backend.translate(raised.orig or raised, raised.statement or "")
        if not isinstance(error, ConstraintFailed):
            raise
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT studio_end")
        return [_attributed(made, explainer, error)]
    if not made.editing.holds_whole_database:
        return []
    keys = chain(
        (key for table in made.tables.values() for key in table.foreign_keys),
        (key for ref in made.tables for _, key in made.catalog.referencing(ref)),
    )
    if not made.defer and not any(key.deferrable for key in keys):
        return []
    return [
        ChangeError(index, "foreign_key", message, key.columns)
        for index, change in enumerate(made.changes)
        for key, message in explainer.broken(change)
    ]


def _attributed(made: Prepared, explainer: Explainer, error: ConstraintFailed) -> ChangeError:
    """A deferred constraint's error, given to the change that broke it, or most likely did."""
    if error.kind == "foreign_key":
        for index, change in enumerate(made.changes):
            if list(explainer.broken(change)):
                return explainer.explain(ChangeFailure(index, error))
    for index, change in enumerate(made.changes):
        named = f"{change.table.schema}.{change.table.name}"
        if error.table in {named, change.table.name} and (
            not error.columns or set(error.columns) & set(change.after) or not change.after
        ):
            return explainer.explain(ChangeFailure(index, error))
    return plain(error)

"""Batches run inside a transaction: at full speed, or change by change to find what stops them."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, cast

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from studio.backends.base import Backend
from studio.backends.halves.editing import Editing
from studio.edits.sql.shapes import NULL_FORM, conditions
from studio.edits.sql.statements import Batch
from studio.model.catalog import TableRef
from studio.model.change import Insert
from studio.model.errors import ConnectionLost, StatementFailed, StudioError
from studio.model.page import Value

_ENOUGH = 50
"""Failures told of one set; beyond it the run change by change ends."""


class RowsMoved(StudioError):
    """Not every change touched exactly one row; which ones is not known yet."""


@dataclass(eq=False)
class TransactionEnded(StudioError):
    """One of some changes failed so that the whole transaction was rolled back with it."""

    indices: Sequence[int]
    error: StatementFailed


@dataclass(frozen=True, slots=True)
class ChangeFailure:
    """One change that did not go through."""

    index: int
    error: StatementFailed | None
    """None: the change touched no row, or more than one."""
    touched: int = 0


@dataclass(slots=True)
class Execution:
    """What running the batches did."""

    rows: Counter[TableRef] = field(default_factory=Counter)
    identities: dict[int, dict[str, Value]] = field(default_factory=dict)
    """By change: what the database chose to name its row."""
    failures: list[ChangeFailure] = field(default_factory=list)

    @property
    def is_enough(self) -> bool:
        """Whether looking further would tell a person nothing new."""
        return len(self.failures) >= _ENOUGH


BeforeEach: TypeAlias = Callable[[int, Execution], None]
"""Called with a change about to run alone, and what ran before it."""


def _nothing_before(index: int, ran: Execution) -> None:
    del index, ran


def run(
    connection: Connection,
    editing: Editing,
    batches: Iterable[Batch],
    before: BeforeEach = _nothing_before,
) -> Execution:
    """Run everything; raises RowsMoved or the driver's error at the first batch that fails.
    `before` is called for each change that its columns alone do not name.
    """
    ran = Execution()
    for batch in batches:
        touched = _run_batch(connection, editing, batch, ran, before)
        if touched != len(batch.indices):
            raise RowsMoved(f"{touched} of {len(batch.indices)} rows of {batch.table.ref} matched")
    return ran


def run_each(
    connection: Connection, backend: Backend, editing: Editing, batches: Iterable[Batch]
) -> Execution:
    """Run what can be run, each failing change alone undone and told."""
    ran = Execution()
    for batch in batches:
        _bisect(connection, backend, editing, batch, ran)
    return ran


def _bisect(
    connection: Connection, backend: Backend, editing: Editing, batch: Batch, ran: Execution
) -> None:
    if ran.is_enough:
        return
    alone = Execution()
    connection.exec_driver_sql("SAVEPOINT studio_step")
    error: StatementFailed | None = None
    touched = 0
    try:
        touched = _run_batch(connection, editing, batch, alone, _nothing_before)
    except DBAPIError as raised:
        error = _statement_failed(backend, raised)
    if error is None and touched == len(batch.indices):
        connection.exec_driver_sql("RELEASE SAVEPOINT studio_step")
        ran.rows.update(alone.rows)
        ran.identities.update(alone.identities)
        return
    try:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT studio_step")
    except DBAPIError:
        if error is None:
            raise
        # RAISE(ROLLBACK): no transaction is left in which to look for more.
        raise TransactionEnded(batch.indices, error) from None
    connection.exec_driver_sql("RELEASE SAVEPOINT studio_step")
    if len(batch.indices) == 1:
        ran.failures.append(ChangeFailure(batch.indices[0], error, abs(touched)))
        return
    middle = len(batch.indices) // 2
    _bisect(connection, backend, editing, batch.part(0, middle), ran)
    _bisect(connection, backend, editing, batch.part(middle, len(batch.indices)), ran)


def _statement_failed(backend: Backend, raised: DBAPIError) -> StatementFailed:
    """The error as a refusal of one statement; anything worse ends the run."""
    translated = backend.translate(raised.orig or raised, raised.statement or "")
    if isinstance(translated, StatementFailed) and not isinstance(translated, ConnectionLost):
        return translated
    raise raised


def _run_batch(
    connection: Connection, editing: Editing, batch: Batch, ran: Execution, before: BeforeEach
) -> int:
    """Rows touched; stops early where one change touched another number than one."""
    written = batch.written
    if written.only_looks:
        return _look_at_each(connection, batch)
    whole = written.bulk and (not written.returns or batch.shape.op is Insert)
    if (whole and written.names) or (written.bulk and len(batch.indices) == 1):
        touched = _run_whole(connection, batch, ran)
    else:
        touched = _run_each(connection, editing, batch, ran, before)
    ran.rows[batch.table.ref] += touched
    return touched


def _look_at_each(connection: Connection, batch: Batch) -> int:
    """The same for rows that hold already what they were to be set to: none is written."""
    total = 0
    for place in range(len(batch.indices)):
        found = connection.execute(batch.written.statement, batch.bound(place)).scalar_one()
        total += int(found)
        if int(found) != 1:
            return total if not int(found) else -int(found)
    return total


def _run_whole(connection: Connection, batch: Batch, ran: Execution) -> int:
    written = batch.written
    if written.positions and not written.returns:
        # Past SQLAlchemy's own handling of each value: these were made for the driver.
        result = connection.exec_driver_sql(
            written.sql,
            batch.rows if len(batch.rows) > 1 else batch.rows[0],
            execution_options={"preserve_rowcount": True},
        )
        return result.rowcount
    bound = [batch.bound(place) for place in range(len(batch.indices))]
    result = connection.execute(
        written.statement, bound, execution_options={"preserve_rowcount": True}
    )
    if not written.returns:
        return result.rowcount
    found = cast("Sequence[tuple[Value, ...]]", result.fetchall())
    if len(found) == len(batch.indices):
        for index, values in zip(batch.indices, found, strict=True):
            ran.identities[index] = dict(zip(written.returns, values, strict=True))
    return len(found)


def _run_each(
    connection: Connection, editing: Editing, batch: Batch, ran: Execution, before: BeforeEach
) -> int:
    matches = _matcher(batch, editing)
    total = 0
    for place in range(len(batch.indices)):
        one = batch.part(place, place + 1)
        before(batch.indices[place], ran)
        if editing.counts_rows(batch.table):
            touched = _run_whole(connection, one, ran)
        else:
            # Nothing certain comes back from INSTEAD OF triggers: count what they are told of.
            bound = batch.bound(place)
            touched = matches(connection, bound)
            connection.execute(batch.written.statement, bound)
        total += touched
        if touched != 1:
            return total if touched == 0 else -touched
    return total


def _matcher(batch: Batch, editing: Editing) -> Callable[[Connection, dict[str, object]], int]:
    """How many rows a change's guard lets through, asked of the database."""
    if batch.shape.op is Insert:
        return lambda _connection, _bound: 1
    seen = (*batch.shape.identity, *batch.shape.before)
    guarded = sum(form != NULL_FORM for _, form in seen)
    names = batch.written.names
    target, where = conditions(batch.shape, batch.table, editing, names)
    query = select(func.count()).select_from(target).where(*where)

    def count(connection: Connection, bound: dict[str, object]) -> int:
        wanted = dict(tuple(bound.items())[:guarded])
        return int(connection.execute(query, wanted).scalar_one())

    return count

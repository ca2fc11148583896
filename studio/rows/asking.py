"""Asking for the rows that filters keep, where a filter may hold an engine's own words.

Those run inside a read-only transaction, behind the same wall as a statement of the query tab; what
the engine does not take of them is an error at its place in the filter bar's line.
"""

from contextlib import nullcontext
from typing import Generic, TypeVar

from sqlalchemy import Connection

from studio.backends.base import Backend
from studio.backends.halves import offers, required
from studio.backends.halves.foresight import FORESIGHT
from studio.backends.halves.looking import LOOKING
from studio.backends.halves.understanding import UNDERSTANDING
from studio.db.lane import Lane
from studio.db.statements import wall
from studio.db.wire import Work
from studio.model.catalog import Table
from studio.model.errors import Busy, ConnectionLost, ConstraintFailed, StatementFailed
from studio.model.page import Condition, Expressed, Filter, WrittenCondition, leaves
from studio.rows.filter_text import format_filters
from studio.rows.literal_sql import sql_of
from studio.rows.scan import FilterRefused
from studio.rows.select import filtered

T = TypeVar("T")

_WRONG_VALUE, _WRONG_TEXT = ("21", "22"), ("42", "0A", "SQLITE_ERROR")
"""SQLSTATE classes and results of what is wrong with a statement itself, told while it runs, or
before.
"""
_WAY_OUT = "A filter of columns and operators may be let through"


async def ask_filtered(
    lane: Lane, table: Table, filters: tuple[Condition, ...], work: Work[T]
) -> T:
    """Do `work`, which asks for rows that `filters` keep. Raises FilterRefused, StudioError."""
    if all(isinstance(leaf, Filter) for leaf in leaves(filters)):
        return await lane.run(work)
    had_wire = lane.is_open
    try:
        return await _behind_wall(lane, table, filters, work)
    except ConnectionLost:
        # Lost while idle, as `Lane.run` takes it.
        if not had_wire:
            raise
        return await _behind_wall(lane, table, filters, work)


async def _behind_wall(
    lane: Lane, table: Table, filters: tuple[Condition, ...], work: Work[T]
) -> T:
    try:
        async with lane.transaction(read_only=True) as transaction:
            return await transaction.run(_Guarded(table, filters, lane.backend, work))
    except StatementFailed as error:
        if isinstance(error, Busy | ConstraintFailed) or not error.code.startswith(
            _WRONG_VALUE + _WRONG_TEXT
        ):
            raise
        raise await _placed(lane, table, filters, error) from error


class _Guarded(Generic[T]):
    """Work that the engine first analyses, and that only looks."""

    def __init__(
        self, table: Table, filters: tuple[Condition, ...], backend: Backend, work: Work[T]
    ) -> None:
        self._table = table
        self._filters = filters
        self._backend = backend
        self._work = work

    def __call__(self, connection: Connection) -> T:
        """Raises ReadOnly, StatementFailed, and Unsupported for SQL on an engine without walls."""
        backend = self._backend
        sql = sql_of(connection, filtered(self._table, self._filters, backend), backend)
        is_written = any(isinstance(leaf, WrittenCondition) for leaf in leaves(self._filters))
        if offers(backend, FORESIGHT):
            # Rows of a view are looked at whatever its own functions are; operators of a filter
            # call no more than that, or are refused. SQL somebody wrote could hand them anything.
            bare = sql_of(connection, filtered(self._table, (), backend), backend)
            known, way_out = ("", _WAY_OUT) if is_written else (bare, "")
            wall(backend, sql, way_out, known=known)(connection)
            return self._work(connection)
        with required(backend, LOOKING)(connection) if is_written else nullcontext():
            if offers(backend, UNDERSTANDING):
                required(backend, UNDERSTANDING)(connection, sql)
            return self._work(connection)


async def _placed(
    lane: Lane, table: Table, filters: tuple[Condition, ...], error: StatementFailed
) -> StatementFailed | FilterRefused:
    """`error` at the condition that is wrong; as it is where none of them is."""
    line = format_filters(filters, table, lane.backend)
    own = [leaf for leaf in leaves(filters) if not isinstance(leaf, Filter)]
    for leaf in own:
        refusal = await _refusal(lane, table, leaf)
        if refusal is not None:
            return FilterRefused(line, _place(line, leaf, table, lane, refusal), refusal.message)
    if error.code.startswith(_WRONG_VALUE) or len(own) == 1:
        # It fails at some row only.
        at = _place(line, own[0], table, lane, error) if len(own) == 1 else 0
        return FilterRefused(line, at, error.message)
    return error


async def _refusal(lane: Lane, table: Table, leaf: Condition) -> StatementFailed | None:
    try:
        async with lane.transaction(read_only=True) as transaction:
            await transaction.run(_Guarded(table, (leaf,), lane.backend, _nothing))
    except StatementFailed as error:
        return error
    return None


def _nothing(connection: Connection) -> None:
    del connection


def _place(
    line: str, leaf: Expressed | WrittenCondition, table: Table, lane: Lane, error: StatementFailed
) -> int:
    """Where in the line: as the engine says within SQL somebody wrote, else the operator."""
    if isinstance(leaf, WrittenCondition):
        start = max(line.find(leaf.sql), 0)
        inside = error.sql.find(leaf.sql)
        if error.position is not None and inside >= 0:
            return min(start + max(error.position - inside, 0), len(line))
        return start
    text = format_filters((leaf,), table, lane.backend)
    start = max(line.find(text), 0)
    return start + max(text.find(f" {leaf.operator}") + 1, 0)

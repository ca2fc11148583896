"""Every row of a relation, whole and in chunks: nothing is kept but the chunk."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Select, select

from studio.backends.halves import Absent, ask
from studio.backends.halves.bulk import BULK
from studio.db.fetching import Fetched, fetch
from studio.db.lane import Lane
from studio.model.catalog import Table
from studio.model.page import Condition, PageKey, Sort, Value
from studio.rows.asking import ask_filtered
from studio.rows.filters import Filtering
from studio.rows.keyset import beyond
from studio.rows.order import OrderingTerm, source, total
from studio.rows.question import shown_names

Row = tuple[Value, ...]
_FIRST, _LEAST, _MOST = 500, 1, 20_000
"""Rows of a chunk."""
_CHUNK_BYTES = 4 * 2**20
"""What a chunk should come to: long rows come in fewer at once."""


@dataclass(frozen=True, slots=True)
class WantedRows:
    """Which rows of a relation."""

    table: Table
    filters: tuple[Condition, ...] = ()
    order: tuple[Sort, ...] = ()
    columns: tuple[str, ...] = field(default=())
    """Empty: those that `SELECT *` shows."""
    after: int | None = None
    until: int | None = None
    """Only the rows behind the one and up to the other, in the order of an identity that is one
    whole number; None: no such end.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in order."""
        return self.columns or shown_names(self.table)


def reads_at_once(lane: Lane, table: Table) -> bool:
    """Whether all rows are of one moment: a read of minutes is in nobody's way, or there is nothing
    that names a row to go on from.
    """
    bulk = ask(lane.backend, BULK)
    return not table.has_identity or (not isinstance(bulk, Absent) and bulk.long_reads)


async def chunks(lane: Lane, wanted: WantedRows) -> AsyncGenerator[tuple[Row, ...], None]:
    """The rows in chunks. Close it when leaving early. Raises StudioError."""
    made = _Statement(wanted, lane)
    if reads_at_once(lane, wanted.table):
        stream = cast("AsyncGenerator[Fetched, None]", lane.stream(made.whole()))
        async with aclosing(stream) as parts:
            async for part in parts:
                yield made.shown(part.rows)
        return
    key = None if wanted.after is None else PageKey((wanted.after,))
    limit = _FIRST
    while True:
        rows = await _chunk(lane, wanted, made, key, limit)
        if rows:
            yield made.shown(rows)
            key = made.key(rows[-1])
        if len(rows) < limit:
            return
        limit = _next_limit(rows)


async def _chunk(
    lane: Lane, wanted: WantedRows, made: "_Statement", key: PageKey | None, limit: int
) -> list[Row]:
    found: list[Row] = []
    for statement in made.after(key):
        left = limit - len(found)

        def read(
            connection: Connection, statement: Select[Any] = statement, left: int = left
        ) -> tuple[Row, ...]:
            return fetch(connection, statement.limit(left)).rows

        found += await ask_filtered(lane, wanted.table, wanted.filters, read)
        if len(found) >= limit:
            break
    return found


def _next_limit(rows: Sequence[Row]) -> int:
    size = sum(
        sum(len(value) for value in row if isinstance(value, str | bytes)) + 8 * len(row)
        for row in rows
    )
    each = max(1, size // max(1, len(rows)))
    return max(_LEAST, min(_MOST, 2 * len(rows), _CHUNK_BYTES // each))


class _Statement:
    """The shown columns first, whole, and behind them what names a row's place in the order."""

    def __init__(self, wanted: WantedRows, lane: Lane) -> None:
        table, backend = wanted.table, lane.backend
        self._rows = source(table)
        self._shown = len(wanted.names)
        self._terms = total(table, self._rows, wanted.order, backend)
        names = list(wanted.names)
        self._key: list[int] = []
        if table.has_identity:
            for term in self._terms:
                if term.column.name not in names:
                    names.append(term.column.name)
                self._key.append(names.index(term.column.name))
        labelled = [self._rows.c[name].label(f"c{i}") for i, name in enumerate(names)]
        where: Sequence[ColumnElement[bool]] = Filtering(table, self._rows, backend).all(
            wanted.filters
        )
        self._base: Select[Any] = select(*labelled).select_from(self._rows).where(*where)
        if wanted.until is not None:
            (name,) = table.identity
            self._base = self._base.where(self._rows.c[name] <= wanted.until)
        self._is_ordered = bool(wanted.order)

    def whole(self) -> Select[Any]:
        """All of it; in the order that was asked for, else as it comes."""
        return self._ordered(self._base, self._terms) if self._is_ordered else self._base

    def after(self, key: PageKey | None) -> tuple[Select[Any], ...]:
        """The rows beyond a key, as statements to be run in turn."""
        if key is None:
            return (self._ordered(self._base, self._terms),)
        return tuple(
            self._ordered(self._base.where(segment.condition), segment.order)
            for segment in beyond(self._terms, key)
        )

    def shown(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        """Rows without what only names their place."""
        return tuple(row[: self._shown] for row in rows)

    def key(self, row: Row) -> PageKey:
        """A row's place in the order."""
        return PageKey(tuple(row[place] for place in self._key))

    @staticmethod
    def _ordered(statement: Select[Any], terms: Sequence[OrderingTerm]) -> Select[Any]:
        return statement.order_by(*(term.order_by() for term in terms))

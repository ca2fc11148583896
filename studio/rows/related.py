"""Along foreign keys: the row a row points at, and the rows that point at it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from studio.db.fetching import fetch
from studio.db.lane import Lane
from studio.model.catalog import Catalog, ForeignKey, Table, TableRef
from studio.model.errors import StatementFailed
from studio.model.page import Filter, Operator, PageRequest, RowCount, Value
from studio.rows.count import number
from studio.rows.select import filtered

COUNT_LIMIT = 1000
"""Rows that point here are counted up to this many: a look, not a scan."""


@dataclass(frozen=True, slots=True)
class Relation:
    """One foreign key seen from one row: where it leads."""

    foreign_key: ForeignKey
    table: TableRef
    """Whose rows are meant."""
    request: PageRequest
    """Asks for them."""


def outgoing(table: Table, row: Mapping[str, Value]) -> tuple[Relation, ...]:
    """The rows this row points at; foreign keys with a NULL in them point at none.

    `row` holds the whole values of the foreign keys' columns.
    """
    return tuple(
        Relation(key, key.target, _asking(key.target, key.target_columns, key.columns, row))
        for key in table.foreign_keys
        if key.target_columns and _is_complete(row, key.columns)
    )


def incoming(catalog: Catalog, table: Table, row: Mapping[str, Value]) -> tuple[Relation, ...]:
    """The rows that point at this row, one relation a foreign key."""
    return tuple(
        Relation(key, owner.ref, _asking(owner.ref, key.columns, key.target_columns, row))
        for owner, key in catalog.referencing(table.ref)
        if key.target_columns and _is_complete(row, key.target_columns)
    )


def keyed_columns(catalog: Catalog, table: Table) -> set[str]:
    """The columns of `table` whose values lead to other rows, or other rows here."""
    leaving = (key.columns for key in table.foreign_keys)
    arriving = (key.target_columns for _, key in catalog.referencing(table.ref))
    return {name for names in (*leaving, *arriving) for name in names}


async def count_incoming(lane: Lane, table: Table, relation: Relation) -> RowCount:
    """How many rows of `table` (the relation's) point here: exact up to COUNT_LIMIT, "at least"
    beyond. Raises StudioError.
    """
    try:
        some = filtered(table, relation.request.filters, lane.backend).limit(COUNT_LIMIT + 1)
    except KeyError as error:
        raise StatementFailed(f"{table.ref} has no column {error.args[0]}") from error
    statement = select(func.count()).select_from(some.subquery("s"))
    answer = await lane.run(lambda connection: fetch(connection, statement))
    rows = number(answer.rows[0][0])
    exact = rows <= COUNT_LIMIT
    return RowCount(min(rows, COUNT_LIMIT), exact, "count" if exact else "at least")


def _asking(
    target: TableRef,
    columns: Iterable[str],
    from_columns: Iterable[str],
    row: Mapping[str, Value],
) -> PageRequest:
    return PageRequest(
        target,
        filters=tuple(
            Filter(column, Operator.EQUAL, row[origin])
            for column, origin in zip(columns, from_columns, strict=True)
        ),
    )


def _is_complete(row: Mapping[str, Value], columns: Iterable[str]) -> bool:
    return all(row.get(column) is not None for column in columns)

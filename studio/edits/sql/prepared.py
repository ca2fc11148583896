"""A change set made ready: its tables known, its order found, its statements built."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy import Connection

from studio.backends.base import Backend
from studio.backends.halves.editing import Editing, Spelled, editing
from studio.db.lane import Lane
from studio.db.session import Session
from studio.edits.applying.cascades import has_consequences
from studio.edits.applying.lasting import Lasting, lasting
from studio.edits.applying.rereading import Rereading, rereading
from studio.edits.sql.layout import Group, grouped
from studio.edits.sql.order import ordered
from studio.edits.sql.statements import Batch, Spellings, StatementWriter
from studio.model.catalog import Catalog, Table, TableRef
from studio.model.change import Change, Insert, Update
from studio.model.errors import ConnectionLost, StatementFailed

_TABLE = attrgetter("table")
_MOST_ASKED = 500
"""Texts asked about; with more of them, what is held already is written once more."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that can be known before a transaction begins."""

    editing: Editing
    catalog: Catalog
    schema_version: str | None
    """`Editing.schema_version` as it was before the tables were looked up."""
    tables: Mapping[TableRef, Table]
    staged: tuple[Change, ...]
    """As they were given."""
    changes: tuple[Change, ...]
    """The same, with every table by its full name."""
    groups: tuple[Group, ...]
    """The same by layout."""
    batches: tuple[Batch, ...]
    cycle: tuple[int, ...]
    """Changes that wait for each other in a circle, or for those that do."""
    follows: bool
    """Whether foreign keys change more rows than the set names."""
    rereading: Rereading
    """Which rows are read besides, so that the set can be taken back."""
    lasting: tuple[Lasting, ...]
    """What taking it back would leave as it is, as far as the schema says."""
    spelled: Spellings
    """How the engine would write what the set gives in other words."""

    @property
    def defer(self) -> bool:
        """Whether constraints must wait for COMMIT, where they can."""
        return bool(self.cycle)


class SchemaMoved(Exception):
    """The tables may be others than a plan was made for."""


async def prepare(
    session: Session, changes: Sequence[Change], catalog: Catalog | None = None
) -> Prepared:
    """Make `changes` ready. Raises ChangeRefused, StudioError; `catalog` saves reading it, where
    the schema has not changed since.
    """
    rules = editing(session.backend)
    known = catalog if catalog is not None else await session.catalog()
    seen = await session.glance(lambda c: _read_tables(c, session.backend, known, _tables(changes)))
    spelled = await spellings(session, rules, seen.tables, changes)
    if seen.schema_version != known.schema_version:
        # Others may refer to these tables now: what follows a change is read from the catalog.
        known = await session.catalog()
    return await asyncio.to_thread(_planned, rules, known, seen, changes, spelled)


async def up_to_date(
    session: Session, made: Prepared, catalog: Catalog | None, lane: Lane
) -> Prepared:
    """`made`, or another where its tables are others by now; that is looked up on `lane`, on which
    it will be applied. Where the engine counts changes to the schema, `check` will tell.
    """
    if made.schema_version is not None:
        return made
    # Nothing can be wrong with it any more, so the connection that will write may be opened.
    refs = _tables(made.staged)
    known = catalog if catalog is not None else made.catalog
    seen = await lane.run(lambda c: _read_tables(c, session.backend, known, refs))
    if known is made.catalog and {t.ref: t for t in seen.tables.values()} == made.tables:
        return made
    return await asyncio.to_thread(_planned, made.editing, known, seen, made.staged, made.spelled)


def check(connection: Connection, made: Prepared) -> None:
    """Inside the transaction, before anything else: is the schema still the one `made` was made
    for? Raises SchemaMoved.
    """
    if made.editing.schema_version(connection) != made.schema_version:
        raise SchemaMoved


class _Seen(NamedTuple):
    """A look at the database."""

    schema_version: str | None
    tables: Mapping[TableRef, Table]
    """By the names the changes have for them."""


def _read_tables(
    connection: Connection, backend: Backend, catalog: Catalog, refs: Iterable[TableRef]
) -> _Seen:
    """The tables as they are now: the catalog may be minutes old, and is taken at its word where
    the engine says that nothing changed since.
    """
    version = editing(backend).schema_version(connection)
    is_same = version is not None and version == catalog.schema_version
    return _Seen(
        version,
        {
            ref: editing(backend).told_apart(
                (catalog.find(ref) if is_same else None) or backend.table(connection, ref)
            )
            for ref in refs
        },
    )


def _tables(changes: Sequence[Change]) -> tuple[TableRef, ...]:
    """The tables touched, in order of first touch."""
    # Most changes share one object; a hash for each of thousands takes milliseconds.
    distinct = {id(ref): ref for ref in map(_TABLE, changes)}
    return tuple(dict.fromkeys(distinct.values()))


def named(changes: Sequence[Change], names: Mapping[TableRef, TableRef]) -> tuple[Change, ...]:
    """The same changes, their tables by the names the catalog has for them."""
    if all(given == found for given, found in names.items()):
        return tuple(changes)
    return tuple(
        change
        if names[change.table] == change.table
        else replace(change, table=names[change.table])
        for change in changes
    )


def _planned(
    rules: Editing,
    catalog: Catalog,
    seen: _Seen,
    staged: Sequence[Change],
    spelled: Spellings,
) -> Prepared:
    tables = {table.ref: table for table in seen.tables.values()}
    changes = named(staged, {given: table.ref for given, table in seen.tables.items()})
    groups = grouped(changes)
    order = ordered(changes, groups, tables, catalog)
    batches = StatementWriter(rules, tables, spelled).batches(order.runs)
    gone = {group.layout.table for group in groups if group.layout.op is not Insert}
    return Prepared(
        rules,
        catalog,
        seen.schema_version,
        tables,
        tuple(staged),
        changes,
        groups,
        batches,
        order.cycle,
        has_consequences(catalog, gone),
        rereading(tables, groups, catalog, rules),
        lasting(tables, groups, catalog, rules),
        spelled,
    )


async def spellings(
    session: Session, rules: Editing, tables: Mapping[TableRef, Table], changes: Sequence[Change]
) -> Spellings:
    """How the engine would write the values that `changes` set, where a type has several spellings
    of one value. Raises ConnectionLost, ConnectFailed.
    """
    asked = tuple(islice(_asked(rules, tables, changes), _MOST_ASKED))
    if not asked:
        return {}
    try:
        found = await session.glance(lambda connection: rules.respelled(connection, asked))
    except ConnectionLost:
        raise
    except StatementFailed:
        # One of them is no value of its type: the write will say which.
        return {}
    return dict(zip(asked, found, strict=True))


def _asked(
    rules: Editing, tables: Mapping[TableRef, Table], changes: Sequence[Change]
) -> dict[Spelled, None]:
    found: dict[Spelled, None] = {}
    columns = {
        ref: {column.name: column for column in table.columns} for ref, table in tables.items()
    }
    for change in changes:
        if not isinstance(change, Update):
            continue
        for name, value in change.after.items():
            # First of all: there may be ten thousand edits of numbers.
            if not isinstance(value, str):
                continue
            column, was = columns[change.table].get(name), change.before.get(name)
            if column is None or value == was or was is None:
                continue
            if rules.has_spellings(value, column):
                found[Spelled(column.type_name, value)] = None
    return found

"""A change set made ready: its tables known, its order found, its statements built."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import cast

from studio.backends.editing import Editing, editing
from studio.db.session import Session
from studio.edits.cascades import has_consequences
from studio.edits.inverse import Rereading, rereading
from studio.edits.layout import Group, grouped
from studio.edits.order import ordered
from studio.edits.statements import Batch, Writer
from studio.model.catalog import Catalog, Table, TableRef
from studio.model.change import Change, Insert

_TABLE = attrgetter("table")


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that can be known before a transaction begins."""

    editing: Editing
    catalog: Catalog
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

    @property
    def defer(self) -> bool:
        """Whether constraints must wait for COMMIT, where they can."""
        return bool(self.cycle)


async def plan(
    session: Session, changes: Sequence[Change] | Plan, catalog: Catalog | None = None
) -> Plan:
    """Make `changes` ready. Raises ChangeRefused, StudioError; `catalog` saves reading it.

    A plan made earlier is taken as it is, unless its tables are others by now.
    """
    ready = changes if isinstance(changes, Plan) else None
    staged = ready.staged if ready is not None else cast("Sequence[Change]", changes)
    rules = editing(session.backend)
    known = catalog if catalog is not None else await session.catalog()
    # The catalog may be minutes old; what is written to is looked at again.
    tables: dict[TableRef, Table] = {}
    names: dict[TableRef, TableRef] = {}
    for ref in _tables(staged):
        table = await session.table(ref)
        names[ref] = table.ref
        tables[table.ref] = table
    if ready is not None and ready.tables == tables:
        return replace(ready, catalog=known)
    return await asyncio.to_thread(_planned, rules, known, tables, staged, names)


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
    tables: Mapping[TableRef, Table],
    staged: Sequence[Change],
    names: Mapping[TableRef, TableRef],
) -> Plan:
    changes = named(staged, names)
    groups = grouped(changes)
    order = ordered(changes, groups, tables)
    batches = Writer(rules, tables).batches(changes, order.runs)
    gone = {group.layout.table for group in groups if group.layout.op is not Insert}
    return Plan(
        rules,
        catalog,
        tables,
        tuple(staged),
        changes,
        groups,
        batches,
        order.cycle,
        has_consequences(catalog, gone),
        rereading(tables, groups, changes),
    )

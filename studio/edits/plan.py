"""A change set made ready: its tables known, its order found, its statements built."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from studio.backends.editing import Editing, editing
from studio.db.lane import Lane
from studio.db.session import Session
from studio.edits.capture import Rereading, rereading
from studio.edits.cascades import has_consequences
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
    session: Session,
    changes: Sequence[Change] | Plan,
    catalog: Catalog | None = None,
    edit: Lane | None = None,
) -> Plan:
    """Make `changes` ready. Raises ChangeRefused, StudioError; `catalog` saves reading it.

    A plan made earlier is taken as it is, unless its tables are others by now; that is looked up
    on `edit`, the lane it will be applied on.
    """
    rules = editing(session.backend)
    known = catalog if catalog is not None else await session.catalog()
    if isinstance(changes, Plan):
        # Nothing can be wrong with it any more, so the connection that will write may be opened.
        found = await _looked_up(session, changes.staged, edit)
        if {table.ref: table for table in found.values()} == changes.tables:
            return replace(changes, catalog=known)
        changes = changes.staged
    else:
        found = await _looked_up(session, changes)
    return await asyncio.to_thread(_planned, rules, known, found, changes)


async def _looked_up(
    session: Session, changes: Sequence[Change], lane: Lane | None = None
) -> dict[TableRef, Table]:
    """The tables by the names the changes have for them, as they are now: the catalog may be
    minutes old.
    """
    refs = _tables(changes)
    read = session.glance if lane is None else lane.run
    return await read(lambda c: {ref: session.backend.table(c, ref) for ref in refs})


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
    found: Mapping[TableRef, Table],
    staged: Sequence[Change],
) -> Plan:
    tables = {table.ref: table for table in found.values()}
    changes = named(staged, {given: table.ref for given, table in found.items()})
    groups = grouped(changes)
    order = ordered(changes, groups, tables, catalog)
    batches = Writer(rules, tables).batches(order.runs)
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
        rereading(tables, groups, catalog),
    )

"""A change set made ready: its tables known, its order found, its statements built."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from studio.backends.editing import Editing, editing
from studio.db.session import Session
from studio.edits.cascades import has_consequences
from studio.edits.order import ordered
from studio.edits.statements import Batch, Writer
from studio.model.catalog import Catalog, Table, TableRef
from studio.model.change import Change, Delete, Insert, Update


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that can be known before a transaction begins."""

    editing: Editing
    catalog: Catalog
    tables: Mapping[TableRef, Table]
    changes: tuple[Change, ...]
    """As staged, with every table by its full name."""
    batches: tuple[Batch, ...]
    defer: bool
    """Whether changes wait for each other in a circle."""
    follows: bool
    """Whether foreign keys change more rows than the set names."""

    @property
    def looks_before(self) -> bool:
        """Whether rows must be read before they change, for the inverse."""
        return any(
            isinstance(change, Delete)
            or (isinstance(change, Update) and not set(change.after) <= set(change.before))
            for change in self.changes
        )


async def plan(session: Session, changes: Sequence[Change], catalog: Catalog | None = None) -> Plan:
    """Make `changes` ready. Raises ChangeRefused, StudioError; `catalog` saves reading it."""
    rules = editing(session.backend)
    known = catalog if catalog is not None else await session.catalog()
    # The catalog may be minutes old; what is written to is looked at again.
    tables: dict[TableRef, Table] = {}
    names: dict[TableRef, TableRef] = {}
    for change in changes:
        if change.table not in names:
            table = await session.table(change.table)
            names[change.table] = table.ref
            tables[table.ref] = table
    return await asyncio.to_thread(_planned, rules, known, tables, named(changes, names))


def named(changes: Sequence[Change], names: Mapping[TableRef, TableRef]) -> tuple[Change, ...]:
    """The same changes, their tables by the names the catalog has for them."""
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
    changes: tuple[Change, ...],
) -> Plan:
    writer = Writer(rules, tables)
    order = ordered(changes, tables)
    batches = writer.batches(writer.bind(place, changes[place]) for place in order.places)
    gone = {change.table for change in changes if not isinstance(change, Insert)}
    follows = has_consequences(catalog, gone)
    return Plan(rules, catalog, tables, changes, batches, bool(order.cycle), follows)

"""What deleting rows does to the rows that refer to them, row by row, before it happens."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection

from studio.backends.halves.editing import Editing
from studio.edits.applying.reading import Row, identity_of, rows_where
from studio.model.catalog import Catalog, ForeignKey, Table, TableKind, TableRef
from studio.model.page import Value

SEVERS = {"SET NULL", "SET DEFAULT"}
_Seen: TypeAlias = set[tuple[TableRef, tuple[Value, ...]]]


@dataclass(frozen=True, slots=True)
class Consequence:
    """Rows of one table that a foreign key changes, or that keep a row from being deleted."""

    source: TableRef
    """The table whose rows go."""
    table: Table
    key: ForeignKey
    rows: tuple[Row, ...]

    @property
    def action(self) -> str:
        """CASCADE, SET NULL, SET DEFAULT, RESTRICT or NO ACTION."""
        return self.key.on_delete.upper()

    @property
    def blocks(self) -> bool:
        """Whether these rows refuse the delete instead of following it."""
        return self.action not in {*SEVERS, "CASCADE"}


def has_consequences(catalog: Catalog, refs: Iterable[TableRef]) -> bool:
    """Whether anything refers to these tables at all."""
    return any(catalog.referencing(ref) for ref in refs)


def consequences(
    connection: Connection,
    editing: Editing,
    catalog: Catalog,
    deleted: Mapping[TableRef, Sequence[Row]],
    *,
    lock: bool = True,
) -> tuple[Consequence, ...]:
    """Follow every foreign key from the rows that go, through all that go with them.

    To keep the answer true, ask inside the transaction that deletes, after the rows were locked.
    """
    if not has_consequences(catalog, deleted):
        return ()
    references = _References(connection, editing, catalog, lock)
    gone: _Seen = set()
    found: list[Consequence] = []
    queue = deque((ref, tuple(rows)) for ref, rows in deleted.items())
    for ref, rows in queue:
        gone.update(_marks(editing.told_apart(catalog.table(ref)), rows))
    while queue:
        ref, rows = queue.popleft()
        for child, key in catalog.referencing(ref):
            if not editing.enforces(key) or _is_repeated(child, key):
                continue
            child_apart = editing.told_apart(child)
            hit = references.referring(child_apart, key, rows)
            left = tuple(row for row in hit if _mark(child_apart, row) not in gone)
            if not left:
                continue
            one = Consequence(ref, child_apart, key, left)
            found.append(one)
            if one.action == "CASCADE":
                gone.update(_marks(child_apart, left))
                queue.append((child.ref, left))
    remaining = (_remaining(one, gone) for one in found)
    return tuple(one for one in remaining if one.rows)


@dataclass(frozen=True, slots=True)
class _References:
    """Where rows that refer to others are looked for."""

    connection: Connection
    editing: Editing
    catalog: Catalog
    lock: bool

    def referring(self, child: Table, key: ForeignKey, rows: Sequence[Row]) -> tuple[Row, ...]:
        """The rows of `child` whose `key` names any of `rows`; a foreign key looks at no table
        that inherits from it.
        """
        found = self.catalog.find(key.target)
        parent = {one.name: one for one in found.columns} if found is not None else {}
        names = zip(key.columns, key.target_columns, strict=True)
        parents = {name: parent.get(target) for name, target in names}
        wanted = _references(key, rows)
        hit = rows_where(
            self.connection, self.editing, child, wanted,
            lock=self.lock, parents=parents,
        )  # fmt: skip
        return tuple(hit)


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """Rows of one table, as they were, of which `columns` get other values."""

    table: TableRef
    columns: frozenset[str]
    rows: tuple[Row, ...]


def severed_by(
    connection: Connection,
    editing: Editing,
    catalog: Catalog,
    updated: Iterable[Rekeyed],
    *,
    lock: bool = True,
) -> Iterator[Consequence]:
    """Rows that lose their reference because the key they refer to changes (ON UPDATE), also where
    it changes only by a cascade.
    """
    references = _References(connection, editing, catalog, lock)
    queue = deque(updated)
    seen: _Seen = set()
    while queue:
        one = queue.popleft()
        for child, key in catalog.referencing(one.table):
            action = key.on_update.upper()
            if one.columns.isdisjoint(key.target_columns) or not follows_update(key):
                continue
            if _is_repeated(child, key):
                continue
            apart = editing.told_apart(child)
            hit = tuple(
                r for r in references.referring(apart, key, one.rows) if not _known(apart, r, seen)
            )
            if hit and action == "CASCADE":
                queue.append(Rekeyed(child.ref, frozenset(key.columns), hit))
            elif hit:
                yield Consequence(one.table, apart, key, hit)


def _is_repeated(child: Table, key: ForeignKey) -> bool:
    """Whether the partitioned table, which shows the same rows, says the same."""
    return key.inherited and child.kind is TableKind.PARTITION


def follows_update(key: ForeignKey) -> bool:
    """Whether rows that refer change when the key they refer to does."""
    return key.on_update.upper() in {*SEVERS, "CASCADE"}


def _known(table: Table, row: Row, seen: _Seen) -> bool:
    """Whether the row came up before; a circle of cascades ends there."""
    mark = _mark(table, row)
    known = mark in seen
    seen.add(mark)
    return known


def _remaining(one: Consequence, gone: _Seen) -> Consequence:
    """Rows that another way deletes anyway are not severed, and block nothing."""
    if one.action == "CASCADE":
        return one
    left = tuple(row for row in one.rows if _mark(one.table, row) not in gone)
    return Consequence(one.source, one.table, one.key, left)


def _mark(table: Table, row: Row) -> tuple[TableRef, tuple[Value, ...]]:
    named = identity_of(table, row) if table.has_identity else row
    return table.ref, tuple(named.values())


def _marks(table: Table, rows: Iterable[Row]) -> Iterable[tuple[TableRef, tuple[Value, ...]]]:
    return (_mark(table, row) for row in rows)


def _references(key: ForeignKey, rows: Sequence[Row]) -> list[Row]:
    """What a child's columns hold when it refers to one of `rows`; a NULL refers to nothing."""
    found = []
    for row in rows:
        values = [row.get(name) for name in key.target_columns]
        if all(value is not None for value in values):
            found.append(dict(zip(key.columns, values, strict=True)))
    return found

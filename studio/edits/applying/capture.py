"""Rows read inside a change set's transaction: as they were, and as the set left them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection

from studio.backends.halves.editing import Editing
from studio.edits.applying.captured import Captured, Severed
from studio.edits.applying.cascades import Consequence, Rekeyed, consequences, severed_by
from studio.edits.applying.reading import Row, identity_of, rows_where
from studio.edits.applying.rereading import Rereading, is_named
from studio.model.catalog import Catalog, IdentityKind, Table, TableRef
from studio.model.change import Assigned, Change, Default, Delete, Update
from studio.model.page import Value


class AtHome(NamedTuple):
    """A row as its own table holds it, columns the named one lacks included."""

    table: TableRef
    row: Row


@dataclass(frozen=True, slots=True)
class Homes:
    """Where rows are looked for."""

    connection: Connection
    editing: Editing
    catalog: Catalog

    def of(self, table: Table, rows: Mapping[int, Row]) -> Iterator[tuple[int, AtHome]]:
        """The rows of `table`, each from the table it lies in; those of unknown ones left out."""
        if not rows or not self.editing.shows_others(table):
            yield from ((index, AtHome(table.ref, row)) for index, row in rows.items())
            return
        found = self.editing.homes(self.connection, list(rows.values()))
        homes = dict(zip(rows, found, strict=True))
        for ref in dict.fromkeys(homes.values()):
            mine = {index: row for index, row in rows.items() if homes[index] == ref}
            if ref is not None:
                yield from self._from(table, ref, mine)

    def _from(
        self, named: Table, ref: TableRef, rows: Mapping[int, Row]
    ) -> Iterator[tuple[int, AtHome]]:
        home = self.catalog.find(ref)
        if ref == named.ref or home is None:
            whole = rows.items() if home is not None or ref == named.ref else ()
            yield from ((index, AtHome(ref, row)) for index, row in whole)
            return
        placed = replace(home, identity=named.identity, identity_kind=named.identity_kind)
        wanted = [identity_of(named, row) for row in rows.values()]
        by_place = {
            tuple(identity_of(named, row).values()): row
            for row in rows_where(self.connection, self.editing, placed, wanted)
        }
        for index, row in rows.items():
            whole_row = by_place.get(tuple(identity_of(named, row).values()))
            if whole_row is not None:
                yield index, AtHome(ref, whole_row)


@dataclass(frozen=True, slots=True)
class Capture:
    """Where rows are read, and what was found so far."""

    connection: Connection
    editing: Editing
    catalog: Catalog
    wanted: Rereading
    captured: Captured

    # -- before the set runs ---------------------------------------------------------------------

    def before(self, *, lock: bool = True) -> None:
        """Read what will be gone: deleted rows, values the set does not name, cascades."""
        self._read_before(self.wanted.before, lock=lock)
        self._confusable()

    def late(self, index: int, change: Change, *, lock: bool = True) -> Row | None:
        """Read one row right before its change: only what the set did until now tells which it is.
        Its name as it is now; None: it was read before, or is not wanted.
        """
        if index in self.captured.old or index not in self.wanted.before.get(change.table, {}):
            return None
        found = self._read_before({change.table: {index: change}}, lock=lock)
        return identity_of(self.wanted.tables[change.table], found[index]) if found else None

    def _read_before(
        self, wanted: Mapping[TableRef, Mapping[int, Change]], *, lock: bool
    ) -> dict[int, Row]:
        """Keep the rows and what will follow them; the rows as their named tables show them."""
        captured = self.captured
        shown: dict[int, Row] = {}
        deleted: dict[TableRef, list[Row]] = {}
        updated: list[Rekeyed] = []
        for home, change, row in self._seen(wanted, shown, lock=lock):
            if isinstance(change, Delete):
                deleted.setdefault(home, []).append(row)
            else:
                changed = (n for n, v in change.after.items() if n in row and row[n] != v)
                updated.append(Rekeyed(home, frozenset(changed), (row,)))
        found = consequences(self.connection, self.editing, self.catalog, deleted, lock=lock)
        for one in found:
            if one.action == "CASCADE":
                captured.cascaded.extend((one.table.ref, row) for row in one.rows)
            elif not one.blocks:
                self._keep(one)
        for one in severed_by(self.connection, self.editing, self.catalog, updated, lock=lock):
            self._keep(one)
        return shown

    def _seen(
        self,
        wanted: Mapping[TableRef, Mapping[int, Change]],
        shown: dict[int, Row],
        *,
        lock: bool,
    ) -> Iterator[tuple[TableRef, Change, Row]]:
        """Every change whose row is read, with that row and the table it lies in."""
        for ref, changes in wanted.items():
            table = self.wanted.tables[ref]
            rows = dict(self._read(table, changes, lock=lock))
            shown.update(rows)
            for index, (home, row) in self._homes.of(table, rows):
                self.captured.old[index] = row
                if home != ref:
                    self.captured.homes[index] = home
                yield home, changes[index], row

    def _keep(self, one: Consequence) -> None:
        ref, columns = one.table.ref, one.key.columns
        if one.table.has_identity:
            self.captured.severed.extend(Severed(ref, columns, row) for row in one.rows)
        else:
            self.captured.notes.append(f"{ref} has no key: its lost references stay lost")

    def _confusable(self) -> None:
        """Rows named by what they hold that come to equal one that is there already."""
        for ref, changes in self.wanted.after.items():
            table = self.wanted.tables[ref]
            if table.has_identity:
                continue
            for index, change in changes.items():
                key = expected(table, change, self.captured.old.get(index))
                if key is None or self._count(table, key):
                    self.captured.lost.add(index)

    def _count(self, table: Table, key: Row) -> int:
        return sum(1 for _ in rows_where(self.connection, self.editing, table, [key]))

    # -- after the set ran, before COMMIT --------------------------------------------------------

    def after(self, identities: Mapping[int, Mapping[str, Value]]) -> None:
        """Read the rows whose new values only the database knows; `identities`: the names it gave
        them.
        """
        captured = self.captured
        for ref, changes in self.wanted.after.items():
            table = self.wanted.tables[ref]
            keys: dict[int, Mapping[str, Value] | None] = {}
            for index, change in changes.items():
                old = captured.old.get(index)
                if table.has_identity:
                    given = identities.get(index) or new_identity(table, change, old)
                    keys[index] = given if set(given) >= set(table.identity) else None
                else:
                    keys[index] = expected(table, change, old)
            named = {i: key for i, key in keys.items() if key and i not in captured.lost}
            rows = dict(self._read(table, changes, named=named))
            for index, (home, row) in self._homes.of(table, rows):
                captured.left[index] = row
                if home != ref:
                    captured.homes[index] = home
            captured.lost.update(
                index
                for index in changes
                if index not in captured.left and index not in captured.overtaken
            )
            if table.identity_kind is IdentityKind.CTID:
                # Its row came about within the set: an earlier change knows what it was, and has
                # lost it by this one.
                captured.lost.update(
                    index
                    for index, change in changes.items()
                    if isinstance(change, Update) and index not in captured.old
                )

    @property
    def _homes(self) -> Homes:
        return Homes(self.connection, self.editing, self.catalog)

    # -- reading ---------------------------------------------------------------------------------

    def _read(
        self,
        table: Table,
        wanted: Mapping[int, Change],
        *,
        named: Mapping[int, Mapping[str, Value]] | None = None,
        lock: bool = False,
    ) -> Iterator[tuple[int, Row]]:
        """(change, its row) pairs, matched by what names the row."""
        keys: dict[int, Mapping[str, Value]] = (
            dict(named)
            if named is not None
            else {index: change.identity for index, change in wanted.items()}
        )
        for index in _vague(table, keys):
            # Only all that is known of the row names it.
            told = keys.pop(index)
            if named is None:
                told = {**told, **wanted[index].before}
            rows = list(rows_where(self.connection, self.editing, table, [told], lock=lock))
            yield from ((index, row) for row in rows if len(rows) == 1)
        for names, places in _by_names(keys).items():
            chosen = [keys[same[0]] for same in places.values()]
            named_by = _values_of(names)
            for row in rows_where(self.connection, self.editing, table, chosen, lock=lock):
                at = places.get(comparable(named_by(row)))
                if at is None and len(places) == 1:
                    (at,) = places.values()
                if at is not None:
                    yield from ((index, row) for index in at)


def expected(table: Table, change: Change, old: Row | None) -> Row | None:
    """All that the row should show after the change; None: the database fills some of it in."""
    after = change.after
    if isinstance(change, Delete) or any(isinstance(v, Default) for v in after.values()):
        return None
    known = {**change.identity, **change.before, **(old or {}), **after}
    names = {column.name for column in table.columns if column.generated is None}
    return {n: v for n, v in known.items() if n in names and not isinstance(v, Default)} or None


def new_identity(table: Table, change: Change, old: Row | None = None) -> dict[str, Value]:
    """What names the row after the change, as far as that or `old`, its row before, says it."""
    known: dict[str, Assigned] = dict(change.identity)
    if old is not None:
        known.update((name, old[name]) for name in table.identity)
    naming = {*change.identity, *table.identity}
    known.update((name, change.after[name]) for name in naming if name in change.after)
    return {name: value for name, value in known.items() if not isinstance(value, Default)}


def _by_names(
    keys: Mapping[int, Mapping[str, Value]],
) -> dict[tuple[str, ...], dict[object, list[int]]]:
    groups: dict[tuple[str, ...], dict[object, list[int]]] = {}
    for index, key in keys.items():
        if key:
            same = groups.setdefault(tuple(key), {})
            same.setdefault(comparable(key.values()), []).append(index)
    return groups


def _vague(table: Table, keys: Mapping[int, Mapping[str, Value]]) -> list[int]:
    """The changes whose identity alone may name several rows."""
    named: dict[tuple[str, ...], bool] = {}
    found: list[int] = []
    for index, key in keys.items():
        names = tuple(key)
        if names not in named:
            named[names] = is_named(table, names)
        if not named[names] or None in key.values():
            found.append(index)
    return found


def _values_of(names: Sequence[str]) -> Callable[[Row], tuple[Value, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    (name,) = names
    return lambda row: (row[name],)


def comparable(values: Iterable[Value]) -> object:
    """Values that name a row, so that those of two readings can be told to be one's."""
    return tuple([str(int(v)) if v is True or v is False else str(v) for v in values])

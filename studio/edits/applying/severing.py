"""Rows that lost a reference, found again as the set left them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection

from studio.backends.halves.editing import Editing
from studio.edits.applying.capture import comparable, new_identity
from studio.edits.applying.captured import Severed
from studio.edits.applying.reading import Row, identity_of, rows_where
from studio.model.catalog import Catalog, IdentityKind, Table, TableRef
from studio.model.change import Change, Delete, RowKey, row_key
from studio.model.page import Value

_TABLE = attrgetter("table")


def found_severed(
    connection: Connection,
    editing: Editing,
    catalog: Catalog,
    severed: Sequence[Severed],
    changes: Sequence[Change],
) -> tuple[list[Severed], list[str]]:
    """The same, with what the rows hold now, and a sentence for each table where some were not
    found again. Rows that `changes` deleted are left out.
    """
    found: list[Severed] = []
    notes: list[str] = []
    reread = _Rereading(connection, editing)
    changed = {change.key: change for change in changes if severed}
    for ref, rows in groupby(sorted(severed, key=_TABLE), key=_TABLE):
        table, mine = editing.told_apart(catalog.table(ref)), list(rows)
        kept = [one for one in mine if not _is_deleted(table, one, changed)]
        moves = table.identity_kind is IdentityKind.CTID
        now = reread.by_values(table, kept) if moves else reread.by_key(table, kept, changed)
        found.extend(now)
        if len(now) < len(kept):
            lost = len(kept) - len(now)
            notes.append(f"{ref} has no key: {lost} of its lost references stay lost")
    return found, notes


def _is_deleted(table: Table, one: Severed, changed: Mapping[RowKey, Change]) -> bool:
    key = row_key(table.ref, identity_of(table, one.row))
    return isinstance(changed.get(key), Delete)


@dataclass(frozen=True, slots=True)
class _Rereading:
    connection: Connection
    editing: Editing

    def by_key(
        self, table: Table, severed: Sequence[Severed], changed: Mapping[RowKey, Change]
    ) -> list[Severed]:
        """By what names them, which the set may have changed."""
        named = [_identity_now(table, one.row, changed) for one in severed]
        now = {
            comparable(identity_of(table, row).values()): row
            for row in rows_where(self.connection, self.editing, table, named)
        }
        keys = [comparable(key.values()) for key in named]
        return [
            replace(one, now=now[key]) for one, key in zip(severed, keys, strict=True) if key in now
        ]

    def _at_home(self, table: Table, rows: Sequence[Row]) -> Iterator[tuple[TableRef | None, Row]]:
        if not rows or not self.editing.shows_others(table):
            return iter([(table.ref, row) for row in rows])
        return zip(self.editing.homes(self.connection, rows), rows, strict=True)

    def by_values(self, table: Table, severed: Sequence[Severed]) -> list[Severed]:
        """A row without a key lies elsewhere now, and is known by what was not severed."""
        found: list[Severed] = []
        taken: set[object] = set()
        for one in severed:
            shown = {c.name for c in table.columns if c.generated is None and not c.hidden}
            kept = {n: one.row[n] for n in shown if n not in one.columns}
            if not kept:
                continue
            rows = rows_where(self.connection, self.editing, table, [kept])
            alike: dict[object, Row] = {
                comparable(identity_of(table, row).values()): row
                for home, row in self._at_home(table, list(rows))
                if home == one.table and any(row[n] != one.row[n] for n in one.columns)
            }
            free = [place for place in alike if place not in taken]
            # Rows that are equal in all may stand for each other; others may not.
            if free and len({comparable(alike[at][n] for n in shown) for at in alike}) == 1:
                taken.add(free[0])
                found.append(replace(one, now=alike[free[0]]))
        return found


def _identity_now(table: Table, row: Row, changed: Mapping[RowKey, Change]) -> dict[str, Value]:
    """What names `row` after the set, which may have given it another key."""
    named = identity_of(table, row)
    change = changed.get(row_key(table.ref, named))
    return named if change is None else named | new_identity(table, change)

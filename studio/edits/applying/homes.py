"""Which table a row lies in, where others are shown as part of the one that was named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection

from studio.backends.halves.editing import Editing
from studio.edits.applying.reading import Row, identity_of, rows_where
from studio.model.catalog import Catalog, Table, TableRef


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

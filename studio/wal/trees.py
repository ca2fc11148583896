"""One table in one state: its pages, and the records on some of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from studio.wal.btree import Cell, Page, cells, overflow_pages, parse_page, payload
from studio.wal.records import decode
from studio.wal.schema import SchemaEntry
from studio.wal.states import State, UnreadableDatabase
from studio.wal.tables import Key, Row, TableLayout, declared, rows

_MOST_BYTES = 256 << 20
_MOST_INTERIOR = 400_000
_MOST_LEAVES = 20_000
"""Pages that are searched for a value whose overflow pages alone have changed."""


@dataclass(frozen=True)
class GuardedState:
    """A state whose lost pages are not read: what a checkpoint has overwritten raises Lost."""

    state: State

    def read(self, page: int) -> bytes:
        """A page. Raises Unreadable."""
        return self.state.whole(page)

    def children(self, number: int) -> tuple[int, ...]:
        """The pages below a page of a b-tree; none below a leaf. Raises Unreadable."""
        known, key = self.state.history.interior, (number, self.state.version(number))
        if key not in known:
            if len(known) > _MOST_INTERIOR:
                known.clear()
            known[key] = self.page(number).children
        return known[key]

    def page(self, number: int) -> Page:
        """A page of a b-tree. Raises Unreadable."""
        found = parse_page(self.read(number), number)
        if found is None:
            raise UnreadableDatabase(f"page {number} is no page of a table: it is damaged")
        return found


@dataclass(frozen=True)
class TableTree:
    """The b-tree of a table; of none, nothing."""

    pages: GuardedState
    entry: SchemaEntry | None
    interior: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Its interior pages with their children. Leaves are known by their parents."""

    def __post_init__(self) -> None:
        """Raises Unreadable."""
        waiting = [self.entry.root] if self.entry else []
        while waiting:
            number = waiting.pop()
            children = self.pages.children(number)
            if not children or number in self.interior:
                continue
            if len(self.interior) > _MOST_INTERIOR:
                raise UnreadableDatabase("the table has more pages than are compared here")
            self.interior[number] = children
            if self.pages.children(children[0]):
                waiting += children

    def nodes(self, shared: frozenset[int], changed: frozenset[int]) -> set[int]:
        """Its pages that may differ: all but those below what it shares with another state."""
        found = {self.entry.root} if self.entry else set()
        found.update(self.interior)
        for number, children in self.interior.items():
            found.update(changed.intersection(children) if number in shared else children)
        return found - shared

    @cached_property
    def table(self) -> TableLayout | None:
        """What its statement says."""
        return declared(self.entry) if self.entry else None

    def records(self, wanted: Iterable[int]) -> dict[Key, bytes]:
        """The records on those pages, as they are stored. Raises Unreadable."""
        found: dict[Key, bytes] = {}
        size, header = 0, self.pages.state.header
        for number in sorted(wanted):
            for cell in cells(self.pages.page(number), header.usable):
                record = payload(self.pages, cell, header.usable)
                size += len(record)
                if size > _MOST_BYTES:
                    raise UnreadableDatabase(
                        f"more than {_MOST_BYTES >> 20} MB of rows were rewritten, which is more "
                        "than is compared here: save both states and compare them as databases"
                    )
                found[self._key(cell, record)] = record
        return found

    def rows(self, records: dict[Key, bytes]) -> dict[Key, Row]:
        """Records as SQL would show them, by the same keys."""
        if self.table is None:
            return {}
        encoding = self.pages.state.header.encoding
        return rows(self.table, {key: decode(one, encoding) for key, one in records.items()})

    def shown_key(self, key: Key, row: Row | None) -> Key:
        """A primary key as SQL would show it: a REAL may be stored as a whole number."""
        names = self.table.key if self.table else ()
        if not names or not row or not row.keys() >= set(names):
            # Columns of a statement that cannot be read have numbers for names.
            return key
        return tuple(row[name] for name in names)

    def holding(self, pages: frozenset[int]) -> set[int]:
        """The pages with a value that goes on in one of those overflow pages: a tree by keys has
        values above its leaves too.
        """
        found, usable = set[int](), self.pages.state.header.usable
        below = [n for children in self.interior.values() for n in children]
        root = [self.entry.root] if self.entry else []
        for number in (root + below)[:_MOST_LEAVES]:
            for cell in cells(self.pages.page(number), usable):
                chain = (link for link, _ in overflow_pages(self.pages, cell, usable))
                if cell.overflow and not pages.isdisjoint(chain):
                    found.add(number)
        return found

    def own(self, pages: set[int]) -> set[int]:
        """Those of the pages that are its own."""
        if self.entry is None:
            return set()
        return pages & {self.entry.root}.union(self.interior, *self.interior.values())

    def _key(self, cell: Cell, record: bytes) -> Key:
        if cell.rowid is not None:
            return (cell.rowid,)
        parts = len(self.table.key) if self.table else 0
        values = decode(record, self.pages.state.header.encoding)
        return values[:parts] if parts else values

"""What can still be read of a damaged database: every record of every tree whose root is known, and
those on leaves that no tree leads to any more.

A page that makes no sense is passed over, and with it what only it leads to. No page is read for
two rows: chains that meet are damage, so the work is bounded by the size of the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from studio.wal.btree import (
    INTERIOR_INDEX,
    INTERIOR_TABLE,
    LEAF_INDEX,
    LEAF_TABLE,
    Cell,
    Page,
    cells,
    overflow_pages,
    parse_page,
)
from studio.wal.records import Stored, decode
from studio.wal.schema import SCHEMA_ROOT, SchemaEntry
from studio.wal.states import State, UnreadableDatabase

_OF_TABLES = frozenset({INTERIOR_TABLE, LEAF_TABLE})
_OF_INDEXES = frozenset({INTERIOR_INDEX, LEAF_INDEX})
_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class Saved:
    """One record that can be read."""

    page: int
    rowid: int | None
    """None in a table WITHOUT ROWID."""
    values: tuple[Stored, ...]


@dataclass
class Salvage:
    """One look through a state. Each page is read for one tree at most."""

    state: State
    pages: tuple[int, ...]
    """That are there."""
    damaged: set[int] = field(default_factory=set)
    """Pages of trees that cannot be read."""
    unreadable: int = 0
    """Rows that stand on a page and cannot be read."""
    _seen: set[int] = field(default_factory=set)

    def schema(self) -> tuple[SchemaEntry, ...]:
        """What the database holds, as far as that can be read."""
        found = []
        for one in self.records(SCHEMA_ROOT):
            match one.values[:_COLUMNS]:
                case str(kind), str(name), str(table), int() | None as root, str() | None as sql:
                    found.append(SchemaEntry(kind, name, table, root or 0, sql or ""))
        return tuple(found)

    def records(self, root: int) -> Iterator[Saved]:
        """The records of the tree that begins there."""
        for number, page in self._pages(root):
            yield from self._saved(number, page)

    def orphans(self) -> Iterator[Saved]:
        """Records on leaves of tables that are in no tree: what led to them is damaged."""
        free = {page for trunk, leaves in self.state.trunks() for page in (trunk, *leaves)}
        for number in self.pages:
            if number == 1 or number in self._seen or number in free:
                continue
            page = parse_page(self.state.read(number), number)
            if page is not None and page.kind == LEAF_TABLE and page.places:
                yield from self._saved(number, page)

    @property
    def looked_at(self) -> int:
        """How many pages were read so far."""
        return len(self._seen)

    def _pages(self, root: int) -> Iterator[tuple[int, Page]]:
        waiting, kinds = [root], _OF_TABLES | _OF_INDEXES
        while waiting:
            number = waiting.pop()
            if number in self._seen or not 1 <= number <= self.state.db_pages:
                self.damaged.add(number)
                continue
            page = parse_page(self.state.read(number), number)
            if page is None or page.kind not in kinds:
                self.damaged.add(number)
                continue
            self._seen.add(number)
            kinds = _OF_TABLES if page.kind in _OF_TABLES else _OF_INDEXES
            waiting += reversed(page.children)
            if page.holds_records:
                yield number, page

    def _saved(self, number: int, page: Page) -> Iterator[Saved]:
        header = self.state.header
        for place in page.places:
            try:
                (cell,) = cells(replace(page, places=(place,)), header.usable)
                values = decode(self._payload(cell, header.usable), header.encoding)
            except (UnreadableDatabase, UnicodeDecodeError):
                self.unreadable += 1
                continue
            yield Saved(number, cell.rowid, values)

    def _payload(self, cell: Cell, usable: int) -> bytes:
        """A whole record. Raises Unreadable where a page of it is another's."""
        parts = [cell.local]
        for link, data in overflow_pages(self.state, cell, usable):
            if link in self._seen:
                raise UnreadableDatabase(f"page {link} is of two rows")
            self._seen.add(link)
            parts.append(data[4:usable])
        return b"".join(parts)[: cell.size]

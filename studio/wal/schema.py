"""The schema of a state, from sqlite_schema's own pages."""

from dataclasses import dataclass

from studio.wal.btree import PageReader, cells, leaves, payload
from studio.wal.records import decode
from studio.wal.states import DatabaseHeader, UnreadableDatabase

SCHEMA_ROOT = 1
_MOST_PAGES = 20_000
_LONGEST_SQL = 1 << 20
_MOST_OBJECTS = 50_000
_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class SchemaEntry:
    """One row of sqlite_schema."""

    kind: str
    """`table`, `index`, `view`, `trigger`."""
    name: str
    table: str
    root: int
    """0 for what has no b-tree."""
    sql: str

    @property
    def label(self) -> str:
        """As a commit's pages name it: `table:orders`."""
        return f"{self.kind}:{self.name}"


def read_schema(pages: PageReader, header: DatabaseHeader) -> tuple[SchemaEntry, ...]:
    """What the database holds. A row that makes no sense is passed over; raises Unreadable where
    there is no tree to read.
    """
    found: list[SchemaEntry] = []
    for _, page in leaves(pages, SCHEMA_ROOT, _MOST_PAGES):
        for cell in cells(page, header.usable):
            values = decode(payload(pages, cell, header.usable, _LONGEST_SQL), header.encoding)
            if len(found) >= _MOST_OBJECTS:
                raise UnreadableDatabase(f"its schema has more than {_MOST_OBJECTS} objects")
            match values[:_COLUMNS]:
                case str(kind), str(name), str(table), int() | None as root, str() | None as sql:
                    found.append(SchemaEntry(kind, name, table, root or 0, sql or ""))
    return tuple(found)

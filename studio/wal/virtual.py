"""Virtual tables, and the ordinary tables in which they keep what is theirs."""

import re
from collections.abc import Iterable

from studio.wal.schema import SchemaEntry

_KEPT_IN = {
    "fts5": ("data", "idx", "content", "docsize", "config"),
    "fts4": ("content", "segments", "segdir", "docsize", "stat"),
    "fts3": ("content", "segments", "segdir"),
    "rtree": ("node", "rowid", "parent"),
    "rtree_i32": ("node", "rowid", "parent"),
    "geopoly": ("node", "rowid", "parent"),
}
"""Module → how the names of its tables end. Of other modules nothing is known."""
_MODULE = re.compile(r"\bUSING\s+[\"'`\[]?(\w+)", re.IGNORECASE)


def shadows(schema: Iterable[SchemaEntry]) -> dict[str, str]:
    """The table in which a virtual table keeps something → that virtual table."""
    found = {}
    for entry in schema:
        if entry.kind == "table" and not entry.root and (module := _MODULE.search(entry.sql)):
            for end in _KEPT_IN.get(module[1].lower(), ()):
                found[f"{entry.name}_{end}"] = entry.name
    return found

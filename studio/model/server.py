"""Which database is at the other end, and what it can do."""

from dataclasses import dataclass
from enum import Flag, auto


class Capability(Flag):
    """What an engine, in this version and build, is able to do."""

    ANALYZE = auto()
    """EXPLAIN with measured times and rows per node."""
    BUFFERS = auto()
    SCHEMAS = auto()
    SERVER_CANCEL = auto()
    TRANSACTIONAL_DDL = auto()
    WAL = auto()
    COMMENTS = auto()
    EDIT = auto()
    """studio knows how to change rows here under its guards."""


@dataclass(frozen=True, slots=True)
class Server:
    """The engine behind a connection."""

    engine: str
    """The backend's name: sqlite, postgresql, or a SQLAlchemy dialect's."""
    version: str
    """As people write it: 3.40.1, 16.14."""
    version_number: tuple[int, ...]
    database: str
    """What the top line calls the database: a file's name, or a database's."""
    capabilities: Capability
    read_only: bool
    user: str = ""
    facts: tuple[str, ...] = ()
    """More words for the top line, e.g. "WAL 2.1 MB", "immutable"."""
    product: str = ""
    """What people call the engine: SQLite, PostgreSQL; empty: as `engine`."""

"""Which database is at the other end."""

from dataclasses import dataclass


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
    read_only: bool
    """Whether it takes no writes from us, whatever is asked."""
    user: str = ""
    facts: tuple[str, ...] = ()
    """More words for the top line, e.g. "WAL 2.1 MB"."""
    product: str = ""
    """What people call the engine: SQLite, PostgreSQL; empty: as `engine`."""
    read_only_because: str = ""
    """Where only the server could tell: a sentence that says what to do."""
    read_only_word: str = ""
    """The same for the top line: "standby"."""

"""Where a person wants to go, and how an engine decided to go there. Imports no driver."""

from dataclasses import dataclass, field
from enum import StrEnum

ASKED_READ_ONLY = "{} was opened with --read-only: open it without to change something"
"""Why nothing is written where it was asked so; `{}` stands for the label."""


class Purpose(StrEnum):
    """What a connection is for. One owner each, one statement at a time."""

    BROWSE = "browse"
    """Pages of rows; read-only."""
    QUERY = "query"
    """Statements a person wrote, each read behind walls of its own."""
    OWN = "own"
    """A session of a person's own: what they set and begin in it stays until they end it."""
    EDIT = "edit"
    """Opened to apply a change set, closed after it."""
    WATCH = "watch"
    """Counts and health; read-only."""
    ACTIVITY = "activity"
    """Looking at the server's sessions; read-only, and never inside a transaction."""
    REFLECT = "reflect"
    """The catalog, read in a thread; read-only."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a person wants to go, before anything was opened."""

    backend: str
    """A backend's name, as the registry knows it."""
    address: str = field(repr=False)
    """A file path, a URL or a libpq string; may hold a password, so it has no repr."""
    shown: str
    """The address without secrets."""
    password: str | None = field(default=None, repr=False)
    """Given apart from the address: asked for, or from STUDIO_PASSWORD."""
    read_only: bool = False
    """Writes are refused whatever the database would allow."""
    statement_timeout_s: float = 0
    """Seconds that studio's own reading statements may take; 0: any."""
    connect_timeout_s: float = 0
    """Seconds that connecting may take, where the address does not say fewer; 0: as it says."""

    def __str__(self) -> str:
        """The address without secrets."""
        return self.shown


@dataclass(frozen=True, slots=True)
class Opening:
    """How one database is opened, decided before the first connection. Engines extend it."""

    target: Target
    label: str
    """What the top line calls it: `app.db`, `shop on db.example`."""
    how: str
    """How it is read, in a few words: "read beside its WAL"; empty where there is one way."""
    why: str
    """One sentence: the reason for `how`, and what it means for what is seen."""
    writable: bool
    """Whether an EDIT lane may be opened at all."""
    not_writable_because: str = ""
    read_only_word: str = ""
    """The same for the top line: "--read-only", "the file's permissions"."""
    editable_word: str = ""
    """What there is to know about who may write: "as root, past the file's permissions"."""
    edits_alone: bool = False
    """An EDIT connection needs this process's other connections to the database closed first."""
    idle_close_s: float | None = None
    """Seconds after which an unused connection is closed; None: kept."""

    def end(self) -> None:
        """Remove what was made on disk for it alone; the session that owned it is closed."""

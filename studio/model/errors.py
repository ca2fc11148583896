"""Everything that can go wrong, as one tree.

    StudioError
    ├── ConnectFailed               exit 3
    │   ├── AuthFailed
    │   │   └── PasswordWanted
    │   ├── HostUnreachable
    │   ├── ConnectionsUsedUp
    │   └── DatabaseMissing
    ├── StatementFailed             exit 4
    │   ├── ConstraintFailed
    │   └── Busy
    ├── Refused                     exit 5
    │   ├── ReadOnly
    │   └── RowConflict             (studio.model.apply_report)
    ├── ConnectionLost              exit 3
    ├── Unsupported                 exit 4
    └── ConfigInvalid               exit 2

Cancellation stays `asyncio.CancelledError`.
"""

from dataclasses import dataclass, field
from pathlib import Path


class StudioError(Exception):
    """Something studio can explain: `str()` is a sentence that says what, where, and what to
    try.
    """

    exit_code = 4
    """What the command line exits with (studio/cli/README.md)."""


class ConnectFailed(StudioError):
    """No usable connection came of a target."""

    exit_code = 3


class AuthFailed(ConnectFailed):
    """The server does not let us in."""


class PasswordWanted(AuthFailed):
    """A password, or another one, may open it: worth asking the person for."""


class HostUnreachable(ConnectFailed):
    """Nobody answers there."""


class ConnectionsUsedUp(ConnectFailed):
    """The server, or its limit for this user, allows no further connection now."""


class DatabaseMissing(ConnectFailed):
    """The server or the folder is there, the database is not."""


class ConnectionLost(ConnectFailed):
    """A connection that worked is gone: the server went away or the file was replaced."""


UNBOUND = "the statement has a parameter without a value"
UNBOUND_HINT = "Write the value in its place, or name it (:name) and give --param name=value"


@dataclass(eq=False)
class StatementFailed(StudioError):
    """The database refused a statement."""

    message: str
    """The engine's own primary message, control characters removed."""
    sql: str = ""
    code: str = ""
    """SQLSTATE, or SQLite's result code name (`SQLITE_CONSTRAINT_UNIQUE`)."""
    position: int | None = None
    """Characters from the start of `sql`, from 0."""
    hint: str = ""
    detail: str = ""
    missing: str = field(default="", kw_only=True)
    """`column` or `table` when the statement names one that is not there."""

    def __str__(self) -> str:
        """Message, code, and hint in one line."""
        code = f" ({self.code})" if self.code else ""
        hint = f". {_begun(self.hint)}" if self.hint else ""
        return f"{self.message}{code}{hint}"


def _begun(hint: str) -> str:
    """As a sentence begins, but for what is the name of something."""
    return hint[0].upper() + hint[1:] if hint.partition(" ")[0].isalpha() else hint


@dataclass(eq=False)
class ConstraintFailed(StatementFailed):
    """A constraint said no."""

    kind: str = "other"
    """unique, foreign_key, not_null, check, exclusion, or other."""
    constraint: str = ""
    table: str = ""
    columns: tuple[str, ...] = ()

    __str__ = StatementFailed.__str__


@dataclass(eq=False)
class Busy(StatementFailed):
    """Somebody else holds what the statement needs: a lock, a snapshot, a serialization order."""

    __str__ = StatementFailed.__str__


class Refused(StudioError):
    """studio itself said no, to keep data safe."""

    exit_code = 5


class ReadOnly(Refused):
    """A write was asked of something that is open for reading."""


class Unsupported(StudioError):
    """This engine, version or build cannot do that."""


@dataclass(eq=False)
class ConfigInvalid(StudioError):
    """A configuration file says something studio cannot follow."""

    exit_code = 2

    message: str
    path: Path | None = None
    line: int | None = None

    def __str__(self) -> str:
        """`file:line: message`."""
        where = f"{self.path}:{self.line}: " if self.line else f"{self.path}: " if self.path else ""
        return f"{where}{self.message}"

"""What is worth knowing about a look at migrations, as kinds with their data.

The command and the screen each have words for every kind, so none of these is a sentence.
"""

from dataclasses import dataclass
from typing import TypeAlias

from studio.model.relation import TableRef


@dataclass(frozen=True, slots=True)
class DatabaseUnknown:
    """The configuration names no database that can be told without running it."""

    why: str
    """A clause, without a full stop."""
    called: str = "it"
    """What the database is called after that clause; empty: nothing."""


@dataclass(frozen=True, slots=True)
class DatabaseAssumed:
    """No configuration names a database, but one beside it holds the tool's history."""

    name: str


@dataclass(frozen=True, slots=True)
class HistoryAbsent:
    """The database has no history table, so nothing is recorded."""


@dataclass(frozen=True, slots=True)
class HistoryElsewhere:
    """Another history table than the configured one was found, and taken."""

    configured: TableRef
    found: TableRef


@dataclass(frozen=True, slots=True)
class DatabaseUnread:
    """No database was read, so of most migrations nothing is known."""


@dataclass(frozen=True, slots=True)
class OtherDatabase:
    """The database that was read is not this project's, so nothing was compared with it."""

    why: str
    """A clause."""


@dataclass(frozen=True, slots=True)
class DriftUnknown:
    """Nothing was compared."""

    why: str
    """A clause."""


@dataclass(frozen=True, slots=True)
class ReplayNotAllowed:
    """Nothing was compared: the SQL would have to be replayed, and only a person may allow that."""


@dataclass(frozen=True, slots=True)
class DriftCompared:
    """What the live schema was compared with."""

    source: str


@dataclass(frozen=True, slots=True)
class DriftLeftOut:
    """What of the schema was not compared."""

    what: tuple[str, ...]
    """Kinds of things, in the plural."""


@dataclass(frozen=True, slots=True)
class MadeByMigration:
    """A migration that ran made something by its own SQL that the declared schema does not hold."""

    migration: str
    """The file."""
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReplayedEdited:
    """A migration was edited after it ran; its present text was replayed."""

    migration: str


@dataclass(frozen=True, slots=True)
class ReplayLeftOut:
    """Statements about rows and rights were not replayed."""

    statements: int


Note: TypeAlias = (
    str
    | DatabaseUnknown
    | DatabaseAssumed
    | HistoryAbsent
    | HistoryElsewhere
    | DatabaseUnread
    | OtherDatabase
    | DriftUnknown
    | ReplayNotAllowed
    | DriftCompared
    | DriftLeftOut
    | MadeByMigration
    | ReplayedEdited
    | ReplayLeftOut
)
"""A text is a remark about one tool's files: it is the same wherever it is shown."""

"""What applying a change set came to, and the conflict that stops it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from studio.model.catalog import TableRef
from studio.model.change import Change, same_value
from studio.model.document import JsonText, same_document
from studio.model.errors import Refused
from studio.model.page import Value


@dataclass(eq=False)
class RowConflict(Refused):
    """A row is no longer what the person saw."""

    change: Change
    current: Mapping[str, Value] | None
    """The row as it is now; None: there is no such row."""
    index: int = 0
    """Which change of the set, from 0."""
    matches: int = 0
    """Rows that identity and old values name together; more than one is a conflict too."""
    row_security: bool = False
    """Whether a policy of the table may hide the row."""

    @property
    def moved(self) -> tuple[str, ...]:
        """The columns that hold something else now."""
        if self.current is None:
            return ()
        now = self.current
        return tuple(
            name
            for name, value in self.change.before.items()
            if name in now and not _still_holds(value, now[name])
        )

    def __str__(self) -> str:
        """What moved, in one sentence."""
        if self.matches > 1:
            return f"{self.matches} rows of {self.change.table} match, where exactly one must"
        if self.current is None:
            hidden = ", or a policy of its row security hides it from you" * self.row_security
            return f"the row of {self.change.table} is gone{hidden}"
        names = ", ".join(self.moved) or "the row"
        return f"{names} of {self.change.table} changed since you saw it"


def _still_holds(seen: Value, now: Value) -> bool:
    if isinstance(seen, JsonText) and isinstance(now, str):
        return same_document(seen, now)
    return same_value(now, seen)


class ApplyOutcome(StrEnum):
    """What became of a change set."""

    APPLIED = "applied"
    TRIED = "tried"
    """Everything ran and was rolled back; it would have worked."""
    NOTHING = "nothing"
    """Nothing was changed."""
    UNKNOWN = "unknown"
    """The connection died at COMMIT and looking could not settle it yet."""


@dataclass(frozen=True, slots=True)
class ChangeError:
    """Why the database refused one change, in words."""

    change: int | None
    """Which change of the set, from 0; None: the whole transaction."""
    kind: str
    """unique, foreign_key, not_null, check, exclusion, busy, lost, full, read_only,
    journal (the set could not be written down, so nothing was sent), or other.
    """
    message: str
    columns: tuple[str, ...] = ()
    other: Mapping[str, Value] | None = None
    """unique: identity of the row that has the value already."""
    code: str = ""
    """SQLSTATE, or SQLite's result code name."""


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """What applying a change set came to."""

    outcome: ApplyOutcome
    rows: Mapping[TableRef, int] = field(default_factory=dict)
    """Rows changed per table; a trial counts cascades and triggers too."""
    conflicts: tuple[RowConflict, ...] = ()
    errors: tuple[ChangeError, ...] = ()
    inserted: Mapping[TableRef, tuple[Mapping[str, Value], ...]] = field(default_factory=dict)
    """Identities of new rows, as the database chose them."""
    notes: tuple[str, ...] = ()
    """What else the person should know, each a sentence."""
    locks: tuple[str, ...] = ()
    """What a trial held while it ran."""
    journal_id: int | None = None
    """What to undo it by."""
    elapsed_ms: float = 0.0
    locked_ms: float = 0.0
    """How long the transaction was open."""
    refused: bool = False
    """studio itself said no: no database was asked."""

    @property
    def had_nothing_to_do(self) -> bool:
        """Whether nothing was changed because every row holds already what the set says."""
        stopped = self.conflicts or self.errors or self.refused
        return self.outcome is ApplyOutcome.NOTHING and not stopped

    @property
    def exit_code(self) -> int:
        """What the command line exits with (studio/cli/README.md)."""
        if self.outcome in {ApplyOutcome.APPLIED, ApplyOutcome.TRIED} or self.had_nothing_to_do:
            return 0
        if self.outcome is ApplyOutcome.UNKNOWN or any(e.kind == "lost" for e in self.errors):
            return 3
        return 5 if self.conflicts or self.refused else 4

"""Changes a person staged, what applying them came to, and the conflict that stops it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias
from uuid import uuid4

from studio.model.catalog import TableRef
from studio.model.errors import Refused
from studio.model.page import Value


class Default(Enum):
    """The one value that is no value: what the column's DEFAULT says, decided by the database."""

    DEFAULT = "DEFAULT"


DEFAULT = Default.DEFAULT
Assigned: TypeAlias = Value | Default
"""What a column is set to."""

_NOTHING: Mapping[str, Value] = MappingProxyType({})


def _nothing() -> Mapping[str, Value]:
    return _NOTHING


def _token() -> str:
    return uuid4().hex


def _freeze(change: "Change") -> None:
    for name in ("identity", "before", "after"):
        mapping = getattr(change, name, None)
        if mapping is not None and not isinstance(mapping, MappingProxyType):
            object.__setattr__(change, name, MappingProxyType(dict(mapping)))


RowKey: TypeAlias = tuple[TableRef, object]
"""Which row of which table a change is about; hashable."""


def row_key(table: TableRef, identity: Mapping[str, Value]) -> RowKey:
    """The key under which a change set knows the row `identity` names."""
    return table, frozenset(identity.items())


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row."""

    table: TableRef
    after: Mapping[str, Assigned] = field(default_factory=dict)
    """Columns left out get their default."""
    row: str = field(default_factory=_token)
    """Which staged row this is: two new rows may be equal and still be two."""
    identity: Mapping[str, Value] = field(default_factory=_nothing, init=False)
    before: Mapping[str, Value] = field(default_factory=_nothing, init=False)

    def __post_init__(self) -> None:
        """Keep the mappings from changing."""
        _freeze(self)

    def __hash__(self) -> int:
        """By row: mappings have no hash of their own."""
        return hash(self.key)

    @property
    def key(self) -> RowKey:
        """Which row this is about."""
        return self.table, self.row


@dataclass(frozen=True, slots=True)
class Update:
    """Other values for a row the person saw."""

    table: TableRef
    identity: Mapping[str, Value]
    """What names the row in the database, before the change."""
    before: Mapping[str, Value]
    """What the person saw, whole values; the row must still hold it."""
    after: Mapping[str, Assigned]

    def __post_init__(self) -> None:
        """Keep the mappings from changing."""
        _freeze(self)

    def __hash__(self) -> int:
        """By row: mappings have no hash of their own."""
        return hash(self.key)

    @property
    def key(self) -> RowKey:
        """Which row this is about."""
        return row_key(self.table, self.identity)


@dataclass(frozen=True, slots=True)
class Delete:
    """The end of a row the person saw."""

    table: TableRef
    identity: Mapping[str, Value]
    before: Mapping[str, Value] = field(default_factory=dict)
    after: Mapping[str, Assigned] = field(default_factory=_nothing, init=False)

    def __post_init__(self) -> None:
        """Keep the mappings from changing."""
        _freeze(self)

    def __hash__(self) -> int:
        """By row: mappings have no hash of their own."""
        return hash(self.key)

    @property
    def key(self) -> RowKey:
        """Which row this is about."""
        return row_key(self.table, self.identity)


Change: TypeAlias = Insert | Update | Delete


def same_value(one: Assigned, other: Assigned) -> bool:
    """Whether two values are one: 1, 1.0 and True are three, as storage classes tell them apart."""
    return type(one) is type(other) and one == other


def folded(old: Change, new: Change) -> Change | None:
    """`new` staged over `old` on the same row, as one change; None when nothing is left."""
    if isinstance(new, Insert):
        return new
    if isinstance(old, Insert):
        raise TypeError("a staged new row is edited by staging it again, and dropped to delete it")
    before = {**new.before, **old.before}
    if isinstance(new, Delete) or isinstance(old, Delete):
        return replace(new, before=before)
    after = {
        name: value
        for name, value in {**old.after, **new.after}.items()
        if name not in before or not same_value(before[name], value)
    }
    return replace(new, before=before, after=after) if after else None


class ChangeSet:
    """Changes to be made together, at most one a row, in the order they were first staged."""

    __slots__ = ("__dict__", "_by_key")

    def __init__(self, changes: Iterable[Change] = ()) -> None:
        by_key: dict[RowKey, Change] = {}
        for change in changes:
            _fold(by_key, change)
        self._by_key: Mapping[RowKey, Change] = by_key

    @classmethod
    def _of(cls, by_key: dict[RowKey, Change]) -> "ChangeSet":
        made = cls()
        made._by_key = by_key
        return made

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Every change, in order."""
        return tuple(self._by_key.values())

    def staged(self, *changes: Change) -> "ChangeSet":
        """With `changes` too; an edit of a row that is staged already becomes one with it."""
        by_key = dict(self._by_key)
        for change in changes:
            _fold(by_key, change)
        return self._of(by_key)

    def without(self, *changes: Change) -> "ChangeSet":
        """Without the changes to these rows."""
        by_key = dict(self._by_key)
        for change in changes:
            by_key.pop(change.key, None)
        return self._of(by_key)

    def of_row(self, table: TableRef, identity: Mapping[str, Value]) -> Change | None:
        """What is staged for the row `identity` names."""
        return self._by_key.get(row_key(table, identity))

    def of_table(self, table: TableRef) -> tuple[Change, ...]:
        """What is staged for one table, in order."""
        return tuple(change for change in self.changes if change.table == table)

    @property
    def by_key(self) -> Mapping[RowKey, Change]:
        """Every change by the row it is about, in order."""
        return self._by_key

    @property
    def tables(self) -> tuple[TableRef, ...]:
        """The tables touched, in order of first touch."""
        return tuple(dict.fromkeys(change.table for change in self.changes))

    def __iter__(self) -> Iterator[Change]:
        """Every change, in order."""
        return iter(self._by_key.values())

    def __len__(self) -> int:
        """How many rows would change."""
        return len(self._by_key)

    def __eq__(self, other: object) -> bool:
        """Same changes in the same order."""
        if not isinstance(other, ChangeSet):
            return NotImplemented
        return len(self) == len(other) and self.changes == other.changes

    def __hash__(self) -> int:
        """By rows."""
        return hash(tuple(self._by_key))

    def __repr__(self) -> str:
        """Counts only: values may be anything."""
        return f"ChangeSet({len(self)} changes)"


def _fold(by_key: dict[RowKey, Change], change: Change) -> None:
    old = by_key.get(change.key)
    new = change if old is None else folded(old, change)
    if new is None:
        del by_key[change.key]
    else:
        by_key[change.key] = new


@dataclass(frozen=True, slots=True)
class History:
    """A change set with its past and future: each step is taken back or done again alone."""

    present: ChangeSet = field(default_factory=ChangeSet)
    past: tuple[ChangeSet, ...] = ()
    """Oldest first."""
    future: tuple[ChangeSet, ...] = ()
    """Next redo first."""

    def to(self, changes: ChangeSet) -> "History":
        """One step on; what could be redone is gone."""
        if changes == self.present:
            return self
        return History(changes, (*self.past, self.present))

    def staged(self, *changes: Change) -> "History":
        """One step, however many changes it stages."""
        return self.to(self.present.staged(*changes))

    def without(self, *changes: Change) -> "History":
        """One step that drops the changes to these rows."""
        return self.to(self.present.without(*changes))

    def cleared(self) -> "History":
        """One step that drops everything."""
        return self.to(ChangeSet())

    def undo(self) -> "History":
        """One step back; the same when there is none."""
        if not self.past:
            return self
        return History(self.past[-1], self.past[:-1], (self.present, *self.future))

    def redo(self) -> "History":
        """One step forward again; the same when there is none."""
        if not self.future:
            return self
        return History(self.future[0], (*self.past, self.present), self.future[1:])


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

    @property
    def moved(self) -> tuple[str, ...]:
        """The columns that hold something else now."""
        if self.current is None:
            return ()
        now = self.current
        return tuple(
            name
            for name, value in self.change.before.items()
            if name in now and not same_value(now[name], value)
        )

    def __str__(self) -> str:
        """What moved, in one sentence."""
        if self.matches > 1:
            return f"{self.matches} rows of {self.change.table} match, where exactly one must"
        if self.current is None:
            return f"the row of {self.change.table} is gone"
        names = ", ".join(self.moved) or "the row"
        return f"{names} of {self.change.table} changed since you saw it"


class Outcome(StrEnum):
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
    """unique, foreign_key, not_null, check, exclusion, busy, lost, full, read_only, or other."""
    message: str
    columns: tuple[str, ...] = ()
    other: Mapping[str, Value] | None = None
    """unique: identity of the row that has the value already."""
    code: str = ""
    """SQLSTATE, or SQLite's result code name."""


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """What applying a change set came to."""

    outcome: Outcome
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
    def exit_code(self) -> int:
        """What the command line exits with (cli.md's table)."""
        if self.outcome in {Outcome.APPLIED, Outcome.TRIED}:
            return 0
        if self.outcome is Outcome.UNKNOWN or any(e.kind == "lost" for e in self.errors):
            return 3
        return 5 if self.conflicts or self.refused else 4

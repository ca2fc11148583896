"""Changes a person staged, what applying them came to, and the conflict that stops it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TypeAlias
from uuid import uuid4

from studio.model.catalog import TableRef
from studio.model.document import JsonText, same_document
from studio.model.errors import Refused
from studio.model.page import Shortened, Value
from studio.model.words import plural


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
    # Python calls 1 and 1.0 equal: rows of a view are named by all they hold, and are two.
    return table, frozenset(
        (name, repr(value)) if type(value) is float else (name, value)
        for name, value in identity.items()
    )


@dataclass(frozen=True, slots=True)
class Insert:
    """A row to be inserted."""

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

    def __eq__(self, other: object) -> bool:
        """Same row, same values: 1.0 is not 1."""
        return _is_equal(self, other)

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

    def __eq__(self, other: object) -> bool:
        """Same row, same values: 1.0 is not 1."""
        return _is_equal(self, other)

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

    def __eq__(self, other: object) -> bool:
        """Same row, same values: 1.0 is not 1."""
        return _is_equal(self, other)

    def __hash__(self) -> int:
        """By row: mappings have no hash of their own."""
        return hash(self.key)

    @property
    def key(self) -> RowKey:
        """Which row this is about."""
        return row_key(self.table, self.identity)


Change: TypeAlias = Insert | Update | Delete


def same_value(one: Assigned, other: Assigned) -> bool:
    """Whether two values are one, bit for bit: 1, 1.0 and True are three, as storage classes tell
    them apart, 0.0 and -0.0 are two. Of what is shortened nobody knows.
    """
    kind = type(one)
    if kind is not type(other) or kind is Shortened:
        return False
    if kind is float or kind is Decimal:
        return repr(one) == repr(other)
    return one == other


def _same_values(one: Mapping[str, Assigned], other: Mapping[str, Assigned]) -> bool:
    return one.keys() == other.keys() and all(
        value is other[name] or same_value(value, other[name]) for name, value in one.items()
    )


def _is_equal(one: "Change", other: object) -> bool:
    """Whether two changes are one, their values by the rule of `same_value`."""
    if not isinstance(other, Insert | Update | Delete) or type(one) is not type(other):
        return False
    return one.key == other.key and all(
        _same_values(getattr(one, part), getattr(other, part))
        for part in ("identity", "before", "after")
    )


def folded(old: Change, new: Change) -> Change | None:
    """`new` staged over `old` on the same row, as one change; None when nothing is left."""
    if isinstance(new, Insert):
        return new
    if isinstance(old, Insert):
        raise TypeError("a staged new row is edited by staging it again, and dropped to delete it")
    before = {**new.before, **old.before}
    if isinstance(new, Delete) or isinstance(old, Delete):
        return needed(replace(new, before=before))
    after = {
        name: value
        for name, value in {**old.after, **new.after}.items()
        if name not in before or not same_value(before[name], value)
    }
    return replace(new, before=before, after=after) if after else None


def needed(change: Change) -> Change | None:
    """`change` without what its row holds already; None when nothing is left.

    A write of what is there would still fire triggers and change when the row was changed.
    """
    if not isinstance(change, Update):
        return change
    before, given = change.before, change.after
    held = [name for name in given if name in before and same_value(before[name], given[name])]
    if not held:
        return change
    after = {name: value for name, value in given.items() if name not in held}
    return replace(change, after=after) if after else None


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
        return f"ChangeSet({plural(len(self), 'change')})"


def _fold(by_key: dict[RowKey, Change], change: Change) -> None:
    old = by_key.get(change.key)
    new = needed(change) if old is None else folded(old, change)
    if new is None:
        by_key.pop(change.key, None)
    else:
        by_key[change.key] = new


@dataclass(frozen=True, slots=True)
class EditHistory:
    """A change set with its past and future: each step is taken back or done again alone."""

    present: ChangeSet = field(default_factory=ChangeSet)
    past: tuple[ChangeSet, ...] = ()
    """Oldest first."""
    future: tuple[ChangeSet, ...] = ()
    """Next redo first."""

    def to(self, changes: ChangeSet) -> "EditHistory":
        """One step on; what could be redone is gone."""
        if changes == self.present:
            return self
        return EditHistory(changes, (*self.past, self.present))

    def staged(self, *changes: Change) -> "EditHistory":
        """One step, however many changes it stages."""
        return self.to(self.present.staged(*changes))

    def without(self, *changes: Change) -> "EditHistory":
        """One step that drops the changes to these rows."""
        return self.to(self.present.without(*changes))

    def cleared(self) -> "EditHistory":
        """One step that drops everything."""
        return self.to(ChangeSet())

    def undo(self) -> "EditHistory":
        """One step back; the same when there is none."""
        if not self.past:
            return self
        return EditHistory(self.past[-1], self.past[:-1], (self.present, *self.future))

    def redo(self) -> "EditHistory":
        """One step forward again; the same when there is none."""
        if not self.future:
            return self
        return EditHistory(self.future[0], (*self.past, self.present), self.future[1:])


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
    def had_nothing_to_do(self) -> bool:
        """Whether nothing was changed because every row holds already what the set says."""
        stopped = self.conflicts or self.errors or self.refused
        return self.outcome is Outcome.NOTHING and not stopped

    @property
    def exit_code(self) -> int:
        """What the command line exits with (studio/cli/README.md)."""
        if self.outcome in {Outcome.APPLIED, Outcome.TRIED} or self.had_nothing_to_do:
            return 0
        if self.outcome is Outcome.UNKNOWN or any(e.kind == "lost" for e in self.errors):
            return 3
        return 5 if self.conflicts or self.refused else 4

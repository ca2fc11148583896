"""One change to one row, as a person staged it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias
from uuid import uuid4

from studio.model.catalog import TableRef
from studio.model.page import Shortened, Value


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

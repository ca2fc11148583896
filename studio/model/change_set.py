"""Changes that are made together, and the steps that led to them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from studio.model.catalog import TableRef
from studio.model.change import Change, RowKey, folded, needed, row_key
from studio.model.page import Value
from studio.model.words import plural


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

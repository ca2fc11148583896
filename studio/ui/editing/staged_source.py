"""The rows of a window with what is staged laid over them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from studio.edits.staging.rowchange import SeenRow, awaits, shown_columns
from studio.model.change import Change, Default, Delete, Insert, RowKey, Update, row_key
from studio.model.change_set import ChangeSet
from studio.model.page import Value
from studio.rows.run import WindowRow
from studio.rows.window import RowWindow
from studio.ui.editing.staging import Staging

Place: TypeAlias = int | str
"""A row however the rows around it move: its place in the window, or which new row it is."""


@dataclass(frozen=True, slots=True)
class _New:
    """The new rows of the table, where they stand."""

    made_of: ChangeSet
    rows: tuple[Insert, ...]
    """In the order of their places."""
    before: tuple[int, ...]
    """The window row that each stands before, in the same order."""
    at: tuple[int, ...]
    """Their places in the grid, in the same order."""

    def row_at(self, index: int) -> Insert | None:
        """The new row at a place in the grid, if one stands there."""
        found = bisect_left(self.at, index)
        return self.rows[found] if found < len(self.at) and self.at[found] == index else None

    def window_index(self, index: int) -> int:
        """The window's row at, or next after, a place in the grid."""
        return index - bisect_left(self.at, index)

    def place(self, index: int) -> Place:
        """What stands at a place in the grid, however rows move."""
        row = self.row_at(index)
        return row.row if row is not None else self.window_index(index)

    def index(self, place: Place) -> int | None:
        """Where that is; None when it is here no more."""
        if isinstance(place, int):
            return place + bisect_right(self.before, place)
        found = (at for at, row in zip(self.at, self.rows, strict=True) if row.row == place)
        return next(found, None)


class StagedSource:
    """A GridSource. New rows stand where they were made, or after the last row."""

    def __init__(self, window: RowWindow, staging: Staging) -> None:
        self.window = window
        self.table = window.table
        self._staging = staging
        self._columns = shown_columns(window.table)
        self._names = tuple(column.name for column in self._columns)
        self._anchors: dict[str, int] = {}
        """The window row that a new row stands before, by which new row it is."""
        self._made: _New | None = None
        self._looked_up: tuple[ChangeSet | None, object, Change | None] = (None, None, None)

    # -- where rows are ----------------------------------------------------------------------------

    @property
    def _new(self) -> _New:
        """Asked for every cell that is drawn: made anew by `moved`, and when a step was taken."""
        changes, made = self._staging.changes, self._made
        if made is None or made.made_of is not changes:
            made = self._made = self._placed(changes, self.window.height)
        return made

    def _placed(self, changes: ChangeSet, height: int) -> _New:
        ref = self.table.ref
        if Insert not in set(map(type, changes)):
            return _New(changes, (), (), ())
        rows = [c for c in changes if isinstance(c, Insert) and c.table == ref]
        anchored = [(min(self._anchors.get(row.row, height), height), row) for row in rows]
        anchored.sort(key=lambda pair: pair[0])
        before = tuple(place for place, _ in anchored)
        at = tuple(place + count for count, place in enumerate(before))
        return _New(changes, tuple(row for _, row in anchored), before, at)

    def moved(self, index: int, shift: int = 0) -> int | None:
        """Where the row is that was at `index` before the last step; None when it is gone.

        `shift`: what was row i of the window is row i + shift now. Asked before anything else is.
        """
        old = self._made
        place = index if old is None else old.place(index)
        if shift:
            self._anchors = {row: max(0, at + shift) for row, at in self._anchors.items()}
        self._made = None
        return self._new.index(place + shift if isinstance(place, int) else place)

    def stepped(self, rows: range) -> tuple[int, ...] | None:
        """Those of `rows` that the last step made different, when it left every row where it was;
        else None: see `moved`.
        """
        old = self._made
        if old is None:
            return None
        new = self._placed(self._staging.changes, self.window.height)
        if [row.row for row in new.rows] != [row.row for row in old.rows] or new.at != old.at:
            return None
        self._made = new
        had, has = old.made_of.by_key, new.made_of.by_key
        keys = ((row, self.key(row)) for row in rows)
        return tuple(
            row for row, key in keys if key is not None and had.get(key) is not has.get(key)
        )

    def from_window(self, index: int) -> int:
        """Where the window's row is."""
        found = self._new.index(index)
        return index if found is None else found

    def index_of(self, row: Insert) -> int | None:
        """Where a new row stands."""
        return self._new.index(row.row)

    def anchor(self, row: Insert, index: int) -> None:
        """Let a new row stand below the row at `index`."""
        beside = self._insert_at(index)
        if beside is not None:
            place = self._anchors.get(beside.row)
        else:
            place = self._window_index(index) + 1
        if place is not None and place < self.window.height:
            self._anchors[row.row] = place
            self._made = None

    def in_window(self, first: int, last: int) -> tuple[int, int]:
        """The window's rows among those from `first` to `last`."""
        return self._window_index(first), self._window_index(last)

    def held_index(self, key: RowKey) -> int | None:
        """Where the row called `key` is, when the window holds it."""
        for held in self.window.held:
            row = self.window.row(held)
            if row is not None and self._key(row) == key:
                return self._new.index(held)
        return None

    def _insert_at(self, index: int) -> Insert | None:
        return self._new.row_at(index)

    def _window_index(self, index: int) -> int:
        return self._new.window_index(index)

    def held(self, index: int) -> WindowRow | None:
        """The row of the database at `index`; None for a new row, or one that is not held."""
        return None if self._insert_at(index) else self.window.row(self._window_index(index))

    # -- what is staged there ----------------------------------------------------------------------

    def change(self, index: int) -> Change | None:
        """What is staged for the row at `index`."""
        if (new := self._insert_at(index)) is not None:
            return new
        row = self.window.row(self._window_index(index))
        return None if row is None else self._staged(row)

    def seen(self, index: int) -> SeenRow | None:
        """The row at `index` as the database had it; None for a new row, or one not held."""
        row = self.held(index)
        if row is None:
            return None
        return SeenRow(row.identity, dict(zip(self._names, row.values, strict=True)))

    def _key(self, row: WindowRow) -> RowKey:
        if row.identity:
            names = zip(self.table.identity, row.identity, strict=False)
        else:
            names = zip(self._names, row.values, strict=False)
        return row_key(self.table.ref, dict(names))

    def key(self, index: int) -> RowKey | None:
        """Under which the change set knows the row at `index`."""
        if (new := self._insert_at(index)) is not None:
            return new.key
        row = self.window.row(self._window_index(index))
        return self._key(row) if row is not None else None

    def _staged(self, row: WindowRow) -> Change | None:
        changes = self._staging.changes
        if not len(changes):
            return None
        # The grid asks many times about the row it draws, and a key takes a while to make.
        of, values, known = self._looked_up
        if of is not changes or values is not row.values:
            known = changes.by_key.get(self._key(row))
            self._looked_up = (changes, row.values, known)
        return known

    # -- what the grid asks ------------------------------------------------------------------------

    @property
    def height(self) -> int:
        """The window's rows and the new ones."""
        return self.window.height + len(self._new.rows)

    def row(self, index: int) -> Sequence[Value] | None:
        """The values of a row as they would be; None while it is not held."""
        new = self._insert_at(index)
        if new is not None:
            return tuple(_value(new.after.get(name)) for name in self._names)
        row = self.window.row(self._window_index(index))
        if row is None:
            return None
        change = self._staged(row)
        if not isinstance(change, Update):
            return row.values
        after = change.after
        return tuple(
            _value(after[name]) if name in after else value
            for name, value in zip(self._names, row.values, strict=True)
        )

    def number(self, index: int) -> str:
        """The row's number, `~` before an estimate; nothing for a new row."""
        if self._insert_at(index) is not None:
            return ""
        return str(self.window.number(self._window_index(index)))

    def sign(self, index: int) -> str:
        """`~`, `+` or `×`."""
        match self.change(index):
            case Insert():
                return "+"
            case Update():
                return "~"
            case Delete():
                return "×"
        return ""

    def cell_sign(self, index: int, column: int) -> str:
        """`~` where a staged value stands."""
        change = self.change(index)
        return "~" if change is not None and self._names[column] in change.after else ""

    def placeholder(self, index: int, column: int) -> str:
        """What the database will put there."""
        change, name = self.change(index), self._names[column]
        if change is None:
            return ""
        if name in change.after:
            return "default" if isinstance(change.after[name], Default) else ""
        return awaits(self._columns[column], self.table) if isinstance(change, Insert) else ""


def _value(value: object) -> Value:
    return None if isinstance(value, Default) else value  # type: ignore[return-value]

"""Marked rows: known by what names them, so that they stay marked however rows move."""

from collections.abc import Iterable
from dataclasses import dataclass

from studio.edits.staging.rowchange import SeenRow
from studio.model.change import Assigned, Change, RowKey
from studio.model.page import Shortened
from studio.ui.editing.staged_source import StagedSource
from studio.ui.editing.staging import Staging
from studio.ui.widgets.grid import Grid


@dataclass(frozen=True, slots=True)
class SelectedRow:
    """A row that something is to be done with."""

    seen: SeenRow | None
    """As the database had it; None for a new row."""
    change: Change | None
    """What is staged for it already."""

    @property
    def now(self) -> dict[str, Assigned]:
        """The row as it would be, without values of which only the head is known."""
        row: dict[str, Assigned] = dict(self.seen.values) if self.seen is not None else {}
        if self.change is not None:
            row |= self.change.after
        return {name: value for name, value in row.items() if not isinstance(value, Shortened)}


class Marks:
    """Which rows are marked, and how they looked then: they may be far from the screen now."""

    def __init__(self) -> None:
        self._rows: dict[RowKey, SeenRow | None] = {}
        self._last: int | None = None

    def __len__(self) -> int:
        """How many rows are marked."""
        return len(self._rows)

    def forget_last(self) -> None:
        """The place of the last mark means nothing any more: other rows are shown."""
        self._last = None

    def toggle(self, source: StagedSource, row: int) -> bool:
        """Mark a row, or take its mark away; False when the row is not held."""
        key = source.key(row)
        if key is None:
            return False
        if key in self._rows:
            del self._rows[key]
        else:
            self._rows[key] = source.seen(row)
        self._last = row
        return True

    def reach(self, source: StagedSource, row: int) -> int:
        """Mark everything from the last mark to `row`; how many rows between were not held."""
        start = self._last if self._last is not None else row
        missing = 0
        for between in range(min(start, row), max(start, row) + 1):
            key = source.key(between)
            if key is None:
                missing += 1
            else:
                self._rows[key] = source.seen(between)
        self._last = row
        return missing

    def clear(self) -> bool:
        """Take every mark away; whether there was one."""
        had = bool(self._rows)
        self._rows.clear()
        self._last = None
        return had

    def show(self, source: StagedSource, grid: Grid) -> None:
        """Let the rows on the screen show their marks."""
        if not (self._rows or grid.marks):
            return
        for row in _of_interest(grid):
            marked = row < source.height and source.key(row) in self._rows
            if marked != (row in grid.marks):
                grid.mark(row, marked=marked)

    def selected(self, staging: Staging) -> list[SelectedRow]:
        """The marked rows, with what is staged for them now."""
        by_key = staging.changes.by_key
        found = [SelectedRow(seen, by_key.get(key)) for key, seen in self._rows.items()]
        return [one for one in found if one.seen is not None or one.change is not None]

    def or_row(
        self, source: StagedSource | None, row: int, staging: Staging
    ) -> list[SelectedRow] | str:
        """The marked rows, else `row` of what is shown; a text: why there is none."""
        if source is None:
            return "the rows are not read yet"
        if self._rows:
            return self.selected(staging)
        if row >= source.height:
            return "there is no row here: i inserts one"
        if source.key(row) is None:
            return "this row is not read yet"
        return [SelectedRow(source.seen(row), source.change(row))]


def _of_interest(grid: Grid) -> Iterable[int]:
    return {*grid.visible_rows, *grid.marks}

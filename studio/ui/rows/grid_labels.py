"""Which rows the foreign keys on the screen lead to, in a person's words, beside the keys."""

import asyncio
from collections.abc import Callable, Sequence

from textual.widget import Widget

from studio.backends.base import Purpose
from studio.model.catalog import ForeignKey, Table
from studio.model.errors import StudioError
from studio.model.page import Shortened, Value
from studio.rows.lookup import labels_at
from studio.rows.question import shown_names
from studio.ui.widgets.grid import Grid
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

_PAUSE_S = 0.15
"""So long the screen stays before anything is read for it."""
_MOST_S = 2.0
"""So long the labels of a screen may take: without an index they could read whole tables."""
_MOST_KEPT = 5000
_SIGN_CELLS = 3
"""The sign before a label, and a gap."""

Key = tuple[Value, ...]


class GridLabels:
    """Reads labels for the rows on the screen alone, one statement for each foreign key."""

    def __init__(
        self,
        owner: Widget,
        workspace: Workspace,
        grid: Callable[[], Grid],
        row: Callable[[int], Sequence[Value] | None],
    ) -> None:
        """`row` gives the values of a row of the grid, where it is read."""
        self._owner = owner
        self._workspace = workspace
        self._grid = grid
        self._row = row
        self.is_on = False
        self._table: Table | None = None
        self._places: dict[int, tuple[ForeignKey, tuple[int, ...]]] = {}
        """By the column that shows the label: the last of its key's, and where all of them are."""
        self._known: dict[int, dict[Key, str]] = {}
        """By that column; an empty label: there is none."""

    def toggle(self, table: Table) -> bool:
        """Show labels, or none any more; False: no foreign key leads anywhere from here."""
        self.is_on = not self.is_on
        self.use(table)
        if self.is_on and not self._places:
            self.is_on = False
            return False
        self.look(table)
        return True

    def use(self, table: Table) -> None:
        """The rows are those of `table`, or were read again: so will labels."""
        names = {name: place for place, name in enumerate(shown_names(table))}
        self._table = table
        self._known = {}
        self._places = {
            names[key.columns[-1]]: (key, tuple(names[name] for name in key.columns))
            for key in reversed(table.foreign_keys)
            if key.target_columns and names.keys() >= set(key.columns)
        }
        if not self.is_on:
            self.stop()
            self._grid().show_labels(None, {})

    def stop(self) -> None:
        """Read for no screen any more."""
        self._owner.workers.cancel_group(self._owner, "grid labels")

    def look(self, table: Table | None) -> None:
        """Read the labels that the screen lacks; its rows are those of `table` now."""
        if self.is_on and table is not None and table is not self._table:
            self.use(table)
        if self.is_on and self._missing():
            begin_work(self._owner, self._read, "grid labels")

    def label(self, row: Sequence[Value], column: int) -> str:
        """What a row's value leads to; empty: nothing, or it is not read yet."""
        key = self._key(row, column)
        return self._known.get(column, {}).get(key, "") if key is not None else ""

    def _key(self, row: Sequence[Value], column: int) -> Key | None:
        """The key in a row that leads to another; None: it leads nowhere, or only its head is
        here.
        """
        if column not in self._places or len(row) <= max(self._places[column][1]):
            return None
        values = tuple(row[place] for place in self._places[column][1])
        return None if any(v is None or isinstance(v, Shortened) for v in values) else values

    def _missing(self) -> dict[int, list[Key]]:
        rows = [row for row in map(self._row, self._grid().visible_rows) if row is not None]
        missing: dict[int, list[Key]] = {}
        for column in self._places:
            keys = dict.fromkeys(self._key(row, column) for row in rows)
            known = self._known.get(column, {})
            if lacking := [key for key in keys if key is not None and key not in known]:
                missing[column] = lacking
        return missing

    async def _read(self) -> None:
        await asyncio.sleep(_PAUSE_S)
        try:
            async with asyncio.timeout(_MOST_S):
                for column, keys in self._missing().items():
                    await self._read_one(column, keys)
        except (TimeoutError, StudioError):
            # Only words are missing beside values that are there.
            return

    async def _read_one(self, column: int, keys: list[Key]) -> None:
        table, key = self._table, self._places[column][0]
        target = await self._workspace.table(key.target)
        lane = self._workspace.session.lane(Purpose.WATCH)
        found = await labels_at(lane, target, key.target_columns, keys)
        if table is not self._table or not self.is_on:
            return
        known = self._known.setdefault(column, {})
        if len(known) > _MOST_KEPT:
            known.clear()
        known.update({key: found.get(key, "") for key in keys})
        longest = {c: max(map(len, labels.values())) for c, labels in self._known.items()}
        self._grid().show_labels(self, {c: n + _SIGN_CELLS for c, n in longest.items() if n})

"""Rows that follow the database by themselves: looked at again, drawn anew when they are others."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from textual.widget import Widget

from studio.backends.base import Purpose
from studio.model.change import RowKey
from studio.model.errors import StudioError
from studio.model.page import Value
from studio.rows.pages import fetch_page
from studio.ui.rows.view import RowsView
from studio.ui.work_ends import begin_work

if TYPE_CHECKING:
    from textual.timer import Timer

_TICK_S = 1.0
_LEAST_S, _MOST_S = 2.0, 60.0
"""Between two statements, where only a statement tells: the longer, the longer nothing happens."""
_PATIENCE_S = 2.0
"""So long the statement may take."""
_SHARE = 20
"""Not more than so small a part of the time, somebody's database is asked."""
_SHOWN_S = 5.0
"""So long what changed is marked."""

Marked = frozenset[int] | None
"""Which columns of a row changed; None: all of it is new."""


class Live:
    """Follows the rows of one view while it is on the screen, and nothing is staged."""

    def __init__(self, owner: Widget, rows: RowsView, changed: Callable[[], object]) -> None:
        """`owner` lives as long as they do; `changed` hears that `words` are others."""
        self._owner = owner
        self._rows = rows
        self._changed = changed
        self._timer: Timer | None = None
        self._next_at = 0.0
        self._pause_s = _LEAST_S
        self._seen: dict[RowKey, Sequence[Value]] | None = None
        """The rows on the screen, while they are read again."""
        self._news = ""
        self._unmark: Timer | None = None

    @property
    def is_on(self) -> bool:
        """Whether rows are followed."""
        return self._timer is not None

    @property
    def words(self) -> str:
        """`live`, what changed last, or why it waits; empty: rows stay as they are."""
        if not self.is_on:
            return ""
        if self._is_paused:
            return "live, paused: changes are staged"
        return f"live: {self._news}" if self._news else "live"

    @property
    def _is_paused(self) -> bool:
        return len(self._rows.workspace.staging.changes) > 0

    def toggle(self) -> None:
        """Follow the rows from now on, or no more."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._owner.workers.cancel_group(self._owner, "live")
            self._seen, self._news = None, ""
            self._clear()
        else:
            self._timer = self._owner.set_interval(_TICK_S, self._tick)
            self._pause_s, self._next_at = _LEAST_S, 0.0
        self._changed()

    def _tick(self) -> None:
        if self._may_look and monotonic() >= self._next_at:
            begin_work(self._owner, self.look, "live", exclusive=False)
            self._next_at = monotonic() + self._pause_s

    @property
    def _may_look(self) -> bool:
        rows = self._rows
        is_seen = rows.is_on_screen and self._owner.screen.is_current
        is_busy = rows.is_reading or rows.problem.is_shown or rows.filter_bar.is_typing
        return self.is_on and is_seen and not is_busy and not self._is_paused

    async def look(self) -> None:
        """Read the rows again where they are others by now."""
        rows = self._rows
        if not self._may_look or rows.source is None or rows.source.window is not rows.window:
            return
        if rows.workspace.contents.are_told:
            is_old, self._pause_s = rows.freshness.is_old, _TICK_S
        else:
            is_old = await self._differs()
        if is_old and self._may_look:
            self._seen = self._shown()
            rows.refresh_rows()

    async def _differs(self) -> bool:
        """Whether the rows on the screen are others, where only reading them tells."""
        rows = self._rows
        window, table = rows.window, rows.table
        again = window.again() if window is not None else None
        if window is None or table is None or again is None:
            return False
        first, request = again
        request = replace(request, limit=max(len(rows.grid.visible_rows), 1))
        lane = rows.workspace.session.lane(Purpose.WATCH)
        begun = monotonic()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                page = await fetch_page(lane, table, request)
        except (TimeoutError, StudioError):
            # What cannot be read now is said when somebody asks for it.
            self._pause_s = _MOST_S
            return False
        here = [window.row(first + place) for place in range(request.limit)]
        held = [row.values for row in here if row is not None]
        # By their text: no two NaN are equal.
        is_other = list(map(repr, page.rows)) != list(map(repr, held))
        self._pause_s = _LEAST_S if is_other else min(2 * self._pause_s, _MOST_S)
        self._pause_s = max(self._pause_s, _SHARE * (monotonic() - begun))
        return is_other and window is rows.window

    def _shown(self) -> dict[RowKey, Sequence[Value]]:
        source = self._rows.source
        if source is None:
            return {}
        keyed = ((source.key(row), source.row(row)) for row in self._rows.grid.visible_rows)
        return {key: row for key, row in keyed if key is not None and row is not None}

    def came(self) -> None:
        """Rows came: mark those that are not as they were."""
        before, source = self._seen, self._rows.source
        if before is None or source is None or self._rows.is_reading:
            return
        self._seen = None
        grid = self._rows.grid
        marked: dict[int, Marked] = {}
        for index in grid.visible_rows:
            key, row = source.key(index), source.row(index)
            if key is None or row is None:
                continue
            was = before.get(key)
            if was is None:
                marked[index] = None
            elif changed := frozenset(
                place
                for place, pair in enumerate(zip(was, row, strict=False))
                if repr(pair[0]) != repr(pair[1])
            ):
                marked[index] = changed
        gone = len(before.keys() - self._shown().keys())
        self._tell(marked, gone)

    def _tell(self, marked: Mapping[int, Marked], gone: int) -> None:
        new = sum(columns is None for columns in marked.values())
        counts = ((len(marked) - new, "changed"), (new, "new"), (gone, "gone"))
        self._news = ", ".join(f"{count} {word}" for count, word in counts if count)
        self._rows.grid.show_changed(marked)
        if self._unmark is not None:
            self._unmark.stop()
        self._unmark = self._owner.set_timer(_SHOWN_S, self._clear)
        self._changed()

    def _clear(self) -> None:
        """What changed was seen."""
        if self._unmark is not None:
            self._unmark.stop()
            self._unmark = None
            self._rows.grid.show_changed({})

"""The pages behind a grid: asked for as it moves, one at a time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from textual.widget import Widget

from studio.db.lane import Lane
from studio.model.errors import StudioError
from studio.model.page import Direction, PageRequest
from studio.rows.pages import fetch_page
from studio.rows.window import Moved, RowWindow
from studio.ui.shell.tab import Tab
from studio.ui.work_ends import begin_work

_GROUP = "page"


@dataclass(frozen=True, slots=True, eq=False)
class _Fetching:
    """One page that is asked for, once."""

    window: RowWindow
    request: PageRequest


class TakesPages(Protocol):
    """Whoever shows the rows."""

    def page_came(self, window: RowWindow, moved: Moved) -> None:
        """The window holds more rows, or others."""

    def page_failed(self, window: RowWindow, error: StudioError) -> None:
        """They could not be read."""


class PageLoader:
    """Fills a window; a page that is no longer wanted is never shown."""

    def __init__(self, owner: Widget, lane: Callable[[], Lane], taker: TakesPages) -> None:
        """`owner` is on the screen as long as pages are wanted; `lane` reads them."""
        self._owner = owner
        self._lane = lane
        self._taker = taker
        self._on_way: _Fetching | None = None
        """The newest. One that was given up for it may be for the same page: how that one ends says
        nothing of this one.
        """
        self.window: RowWindow | None = None
        self.elapsed_ms = 0.0
        """How long the newest page took."""

    @property
    def is_reading(self) -> bool:
        """Whether a page is on its way."""
        return self._on_way is not None

    def want(self, first: int, last: int, direction: int) -> None:
        """Rows `first` to `last` of the window are on the screen; one moves that way."""
        if self.window is None:
            return
        way = Direction.BACKWARD if direction < 0 else Direction.FORWARD
        request = self.window.wanted(first, last, way)
        if request is not None:
            given_up = self._on_way
            if given_up is not None and given_up.window is not self.window:
                given_up.window.failed(given_up.request)
            self._on_way = fetching = _Fetching(self.window, request)
            begin_work(self._owner, partial(self._fetch, fetching), _GROUP)

    def stop(self) -> bool:
        """Stop what is on its way; whether there was anything."""
        fetching = self._on_way
        self._owner.workers.cancel_group(self._owner, _GROUP)
        if fetching is None or not self._ended(fetching):
            return False
        # Here, and not where it is cancelled: it may not even have begun.
        fetching.window.failed(fetching.request)
        return True

    async def _fetch(self, fetching: "_Fetching") -> None:
        window, request = fetching.window, fetching.request
        self._owner.post_message(Tab.Working(f"reading {window.table.ref}"))
        try:
            page = await fetch_page(self._lane(), window.table, request)
        except StudioError as error:
            if self._ended(fetching):
                window.failed(request)
                if window is self.window:
                    self._taker.page_failed(window, error)
            return
        except asyncio.CancelledError:
            if self._ended(fetching):
                window.failed(request)
            raise
        if not self._ended(fetching) or window is not self.window:
            return
        moved = window.accept(page)
        if moved is not None:
            self.elapsed_ms = page.elapsed_ms
            self._taker.page_came(window, moved)

    def _ended(self, fetching: "_Fetching") -> bool:
        """Note that it ended; False: it was given up for another before."""
        if self._on_way is not fetching:
            return False
        self._on_way = None
        self._owner.post_message(Tab.Working())
        return True

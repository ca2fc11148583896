"""The pages behind a grid: asked for as it moves, one at a time."""

import asyncio
from collections.abc import Callable
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
        self._on_way: PageRequest | None = None
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
            begin_work(self._owner, partial(self._fetch, self.window, request), _GROUP)

    def stop(self) -> bool:
        """Stop what is on its way; whether there was anything."""
        is_reading = self.is_reading
        self._owner.workers.cancel_group(self._owner, _GROUP)
        return is_reading

    async def _fetch(self, window: RowWindow, request: PageRequest) -> None:
        table = window.table
        self._on_way = request
        self._owner.post_message(Tab.Working(f"reading {table.ref}"))
        try:
            page = await fetch_page(self._lane(), table, request)
        except StudioError as error:
            window.failed(request)
            if window is self.window:
                self._taker.page_failed(window, error)
            return
        except asyncio.CancelledError:
            window.failed(request)
            raise
        finally:
            if self._on_way is request:
                self._on_way = None
                self._owner.post_message(Tab.Working())
        if window is not self.window:
            return
        moved = window.accept(page)
        if moved is not None:
            self.elapsed_ms = page.elapsed_ms
            self._taker.page_came(window, moved)

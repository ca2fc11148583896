"""How many rows a window has: at once by estimate, exactly when it is asked for."""

from collections.abc import Callable
from functools import partial
from time import monotonic

from textual.widget import Widget

from studio.backends.base import Purpose
from studio.model.errors import StudioError
from studio.model.page import RowCount
from studio.rows.count import count, count_within, estimate, look_closer
from studio.rows.window import RowWindow
from studio.ui.shell.tab import Tab
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

_COUNT_S = 5.0
"""How long the rows a filter keeps are counted unasked; C counts to the end."""
_AGE_S = 60.0
"""Rows read so long after a count are of other contents, where nobody can tell."""
Learn = Callable[[RowWindow, RowCount], None]


class RowCounter:
    """Counts beside the pages, and tells what it learnt."""

    def __init__(
        self,
        owner: Widget,
        workspace: Workspace,
        learn: Learn,
        fail: Callable[[StudioError], None],
        end: Callable[[], None],
    ) -> None:
        """`owner` is on the screen as long as a number is wanted; `end` hears of the last one that
        was sought, found or not.
        """
        self._owner = owner
        self._session = workspace.session
        self._learn = learn
        self._fail = fail
        self._end = end
        self._sought: RowWindow | None = None
        """Whose number is sought unasked."""
        self._counted: RowWindow | None = None
        self._is_told = workspace.contents.are_told
        self.counted_at = 0.0
        """`monotonic()` of the newest exact number."""
        self._known: RowWindow | None = None
        """Whose that is."""

    def estimate(self, window: RowWindow) -> None:
        """Find out about how many there are, in the background."""
        self._sought = window
        begin_work(self._owner, partial(self._estimated, window), "estimate")

    def seeks(self, window: RowWindow) -> bool:
        """Whether a number of its rows is on the way."""
        return window is self._sought or window is self._counted

    def count(self, window: RowWindow) -> None:
        """Count them one by one, in the background."""
        begin_work(self._owner, partial(self._count, window), "count")

    def age(self, window: RowWindow) -> None:
        """Rows came. Where nobody tells that others wrote, a number that was exact a while ago is
        an estimate beside them.
        """
        known = window.count
        if known is None or not known.exact or self._is_told or window is not self._known:
            return
        if monotonic() - self.counted_at > _AGE_S:
            window.doubt()

    def _tell(self, window: RowWindow, known: RowCount) -> None:
        if known.exact:
            self._known, self.counted_at = window, monotonic()
        self._learn(window, known)

    def stop(self) -> bool:
        """Stop counting; whether that went on."""
        is_counting = self._counted is not None
        self._owner.workers.cancel_group(self._owner, "count")
        return is_counting

    async def _estimated(self, window: RowWindow) -> None:
        filters, lane = window.request.filters, self._session.lane(Purpose.BROWSE)
        try:
            about = await estimate(lane, window.table, filters)
            if about is not None:
                self._tell(window, about)
            if filters:
                beside = self._session.lane(Purpose.WATCH)
                known = await count_within(beside, window.table, filters, _COUNT_S)
                if known is not None:
                    self._tell(window, known)
            if filters or (about is not None and about.exact):
                return
            better = await look_closer(lane, window.table)
            if better is not None:
                self._tell(window, better)
        except StudioError:
            # Only a number is missing: the rows are there, and say so better than a message would.
            return
        finally:
            if self._sought is window:
                self._sought = None
                self._end()

    async def _count(self, window: RowWindow) -> None:
        self._counted = window
        self._owner.post_message(Tab.Working(f"counting {window.table.ref}"))
        try:
            lane = self._session.lane(Purpose.WATCH)
            known = await count(lane, window.table, window.request.filters)
        except StudioError as error:
            self._fail(error)
        else:
            self._tell(window, known)
        finally:
            # Another count may have begun while this one was stopped.
            if self._counted is window:
                self._counted = None
                self._end()
                self._owner.post_message(Tab.Working())

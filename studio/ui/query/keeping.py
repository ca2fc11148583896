"""The text of a query tab, written down soon after each key."""

import asyncio
from collections.abc import Callable

from studio.queries.text import KeptText
from studio.ui.shell.tab import Tab
from studio.ui.work_ends import begin_work

_AFTER_S = 0.2
"""Of silence: a file a key would be slow on some disks, and half a second is nobody's loss."""


class TextKeeper:
    """Keeps the text in the background; the tab holds it."""

    def __init__(self, tab: Tab, kept: KeptText, say: Callable[[str, str], None]) -> None:
        self._tab = tab
        self._kept = kept
        self._say = say

    @property
    def text(self) -> str:
        """As it was left."""
        return self._kept.text

    def soon(self, text: str) -> None:
        """Keep this, once nothing more is typed."""
        self._kept.text = text
        begin_work(self._tab, self._after_silence, "save")

    async def _after_silence(self) -> None:
        await asyncio.sleep(_AFTER_S)
        await asyncio.to_thread(self.now)

    def now(self) -> None:
        """Keep what there is, from whatever thread."""
        self._do(self._kept.keep)

    def end(self) -> None:
        """For the last time."""
        self._do(self._kept.end)

    def _do(self, keep: Callable[[], None]) -> None:
        try:
            keep()
        except OSError as error:
            said = f"the text could not be kept: {error}"
            self._tab.app.call_later(self._say, said, "error")

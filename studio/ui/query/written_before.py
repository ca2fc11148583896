"""What was written before, offered to the editor: statements that ran, texts that were left."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from studio.config.settings import Settings
from studio.config.statements import QueryTexts
from studio.queries.history import Ran
from studio.ui.query.drafts import offer_drafts
from studio.ui.query.earlier import SHOWN, Earlier
from studio.ui.query.kept_history import KeptHistory
from studio.ui.shell.tab import Tab
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

Say = Callable[[str, str], None]


class WrittenBefore:
    """Knows both; the tab holds it."""

    def __init__(
        self,
        tab: Tab,
        workspace: Workspace,
        settings: Settings,
        texts: QueryTexts,
        number: int,
    ) -> None:
        """`number`: of the tab's own text among `texts`."""
        self._tab = tab
        self._history = KeptHistory(tab, workspace, settings)
        self._texts = texts
        self._number = number

    def remember(self, ran: Sequence[Ran], title: str, then: Callable[[], None]) -> None:
        """Keep these among the statements that ran, as run in `title`; `then`: once they are."""
        self._history.remember(ran, title, then)

    def write(self) -> None:
        """Write what waits, from whatever thread."""
        self._history.write()

    def show_in(self, earlier: Earlier) -> None:
        """Show the last ones there, as soon as they are read."""
        begin_work(self._tab, partial(self._show_in, earlier), "earlier")

    async def _show_in(self, earlier: Earlier) -> None:
        ran = await asyncio.to_thread(self._history.entries, SHOWN)
        drafts = await asyncio.to_thread(self._texts.drafts)
        earlier.show(ran, sum(draft.number != self._number for draft in drafts))

    def offer_statements(
        self, take: Callable[[str], None], run: Callable[[], None], say: Say
    ) -> None:
        """Let a statement that ran earlier be taken, and perhaps run again."""
        self._history.offer(take, run, say)

    def offer_texts(self, take: Callable[[str], None], say: Callable[[str], None]) -> None:
        """Let a text be taken that was left in another query tab, here or in another window."""
        offer = partial(offer_drafts, self._tab, self._texts, self._number, take, say)
        begin_work(self._tab, offer, "drafts")

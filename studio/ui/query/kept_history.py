"""A query tab's part of the history: what ran in it is written, and any of it is taken back."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from studio.backends.halves.syntax import syntax_of
from studio.config.settings import Settings, keeps_history
from studio.queries.history import Ran, StatementHistory
from studio.ui.query.history import ChosenStatement, PickStatement
from studio.ui.shell.tab import Tab
from studio.ui.widgets.labels import plain
from studio.ui.work_ends import begin_work
from studio.ui.workspace import Workspace

_GROUP = "history"


class KeptHistory:
    """Never keeps a key waiting, nor a statement from running; the tab holds it."""

    def __init__(self, tab: Tab, workspace: Workspace, settings: Settings) -> None:
        keeps = keeps_history(settings, workspace.target)
        syntax = syntax_of(workspace.session.backend)
        self._history = StatementHistory(workspace.target, syntax, keeps=keeps)
        self._tab = tab
        self._waiting: list[Ran] = []
        self._has_complained = False

    def remember(self, ran: Sequence[Ran], title: str, then: Callable[[], None]) -> None:
        """Write these beside everything else, as run in the tab `title`; `then`: once they are."""
        self._waiting += [replace(one, tab=title) for one in ran]

        async def write() -> None:
            await asyncio.to_thread(self.write)
            if self._history.fault and not self._has_complained:
                self._has_complained = True
                self._tab.notify(plain(self._history.fault), severity="warning", markup=False)
            if self._tab.is_attached:
                then()

        if ran:
            begin_work(self._tab, write, _GROUP, exclusive=False)

    def write(self) -> None:
        """Write what waits, from whatever thread: the tab may be going."""
        ran, self._waiting = self._waiting, []
        self._history.add_all(ran)

    def entries(self, most: int) -> tuple[Ran, ...]:
        """The statements that ran last. May block."""
        return self._history.entries(most)

    def offer(
        self,
        take: Callable[[str], None],
        run: Callable[[], None],
        say: Callable[[str, str], None],
    ) -> None:
        """Let one be chosen; `take` gets its text, `run` runs it."""

        def chosen(one: ChosenStatement | None) -> None:
            if one is not None:
                take(one.ran.sql)
                if one.runs:
                    run()
                if one.ran.is_cut:
                    say("a secret was left out of it when it was kept: put it in again", "")

        picker = PickStatement(self._history)

        async def look() -> None:
            await asyncio.to_thread(self.write)
            found = await asyncio.to_thread(self._history.entries)
            picker.fill(found)
            if not found:
                picker.dismiss(None)
                say(*self._nothing())

        # At once: what is typed from now on is typed into it.
        self._tab.app.push_screen(picker, chosen)
        begin_work(self._tab, look, "offer-history")

    def _nothing(self) -> tuple[str, str]:
        """Why there is none, and how bad that is."""
        if self._history.fault:
            return self._history.fault, "error"
        if self._history.keeps:
            return "nothing ran here yet", ""
        return "config.toml says that no history of this connection is kept", ""

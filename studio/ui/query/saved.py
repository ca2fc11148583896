"""Saved queries in a query tab: one is taken into it, or its text is saved under a name."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.widgets.option_list import Option

from studio.model.errors import ConfigInvalid
from studio.queries.saved import SavedQuery, place_for, saved_queries
from studio.queries.text import SqlFile
from studio.sqltext.syntax import Syntax
from studio.ui.shell.tab import Tab
from studio.ui.widgets.ask import Ask, AskText
from studio.ui.widgets.labels import plain
from studio.ui.widgets.pick import Pick, in_columns
from studio.ui.work_ends import begin_work

Say = Callable[[str, str], None]


class PickSaved(Pick[str]):
    """Type some of its name, its description or its words."""

    PLACEHOLDER: ClassVar[str] = "a saved query"

    def __init__(self) -> None:
        super().__init__()
        self._all: Sequence[SavedQuery] = ()
        self._offered: list[SavedQuery] = []
        self.is_filling = True

    def fill(self, found: Sequence[SavedQuery]) -> None:
        """Show these."""
        self._all, self.is_filling = found, False
        if self.is_mounted:
            self.refill()

    def offer(self, typed: str) -> list[Option]:
        """Those that hold every typed word."""
        words = typed.casefold().split()
        self._offered = [
            one
            for one in self._all
            if all(w in f"{one.name} {one.description} {one.text}".casefold() for w in words)
        ]
        lines = [(plain(one.name), plain(one.description)) for one in self._offered]
        return [Option(line) for line in in_columns(lines)]

    def value(self, index: int) -> str | None:
        """The text of that line."""
        return self._offered[index].text if index < len(self._offered) else None


def take_saved(tab: Tab, syntax: Syntax, take: Callable[[str], None], say: Say) -> None:
    """Let one be chosen; `take` gets its text."""
    picker = PickSaved()

    async def look() -> None:
        found = await asyncio.to_thread(saved_queries, Path(), syntax)
        picker.fill(found)
        if not found:
            picker.dismiss(None)
            say("no query is saved yet: the palette saves this text under a name", "")

    def chosen(text: str | None) -> None:
        if text:
            take(text)

    # At once: what is typed from now on is typed into it.
    tab.app.push_screen(picker, chosen)
    begin_work(tab, look, "saved")


def save_as_query(tab: Tab, text: str, say: Say) -> None:
    """Ask for a name and save `text` under it, never over another without a question."""

    async def save() -> None:
        name = await tab.app.push_screen_wait(AskText("Save the text as a query called"))
        if not name:
            return
        try:
            path = place_for(name, Path())
            question = Ask(f"{path} exists already.\nReplace what it says?", yes="replace")
            if path.exists() and not await tab.app.push_screen_wait(question):
                return
            await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
            await asyncio.to_thread(SqlFile.write, path, text)
        except (ConfigInvalid, OSError, UnicodeEncodeError) as error:
            say(f"it could not be saved: {error}", "error")
            return
        say(f"saved as {path}", "")

    begin_work(tab, save, "saved")

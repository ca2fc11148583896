"""Texts that were left in query tabs, newest first; enter takes a copy into the editor."""

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.widgets.option_list import Option

from studio.config.statements import Draft, QueryTexts
from studio.model.words import plural
from studio.ui.shell.tab import Tab
from studio.ui.widgets.labels import plain
from studio.ui.widgets.pick import Pick

_LONGEST = 400
"""Characters that any screen shows of a line."""


class PickDraft(Pick[str]):
    """Type some of its words."""

    PLACEHOLDER: ClassVar[str] = "words of a text that was left in a query tab"

    def __init__(self, drafts: Sequence[Draft]) -> None:
        super().__init__()
        self._drafts = drafts
        self._offered: list[str] = []

    def offer(self, typed: str) -> list[Option]:
        """Texts that hold every typed word."""
        words = typed.casefold().split()
        found = [d for d in self._drafts if all(word in d.text.casefold() for word in words)]
        self._offered = [draft.text for draft in found]
        return [Option(_line(draft)) for draft in found]

    def value(self, index: int) -> str | None:
        """The text of that line."""
        return self._offered[index] if index < len(self._offered) else None


async def offer_drafts(
    tab: Tab,
    texts: QueryTexts,
    number: int,
    take: Callable[[str], None],
    say: Callable[[str], None],
) -> None:
    """Let a text of another tab than the one with this number be taken, in a worker."""
    found = await asyncio.to_thread(texts.drafts)
    others = [draft for draft in found if draft.number != number]
    if not others:
        say("no other text was left here")
        return
    text = await tab.app.push_screen_wait(PickDraft(others))
    if text:
        take(text)


def _line(draft: Draft) -> Text:
    lines = plural(draft.text.strip().count("\n") + 1, "line")
    text = " ".join(draft.text[:_LONGEST].split())
    return Text.assemble((f"{lines:>10}  ", "dim"), plain(text), no_wrap=True, end="")

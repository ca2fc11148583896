"""What ran on this connection, newest first; enter takes it into the editor."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.widgets.option_list import Option

from studio.config.statements import Ran
from studio.ui.labels import plain
from studio.ui.screens.pick import Pick

_MOST_OFFERED = 200


class PickStatement(Pick[str]):
    """Type some of its words."""

    PLACEHOLDER: ClassVar[str] = "words of a statement that ran here"

    def __init__(self, entries: Sequence[Ran]) -> None:
        super().__init__()
        newest: dict[str, Ran] = {}
        for ran in reversed(entries):
            newest.setdefault(ran.sql, ran)
        self._entries = tuple(newest.values())
        self._offered: list[str] = []

    def offer(self, typed: str) -> list[Option]:
        """Statements that hold every typed word."""
        words = typed.casefold().split()
        found = [e for e in self._entries if all(word in e.sql.casefold() for word in words)]
        found = found[:_MOST_OFFERED]
        self._offered = [entry.sql for entry in found]
        return [Option(_line(entry)) for entry in found]

    def value(self, index: int) -> str | None:
        """The statement of that line."""
        return self._offered[index] if index < len(self._offered) else None


def _line(ran: Ran) -> Text:
    """When it ran, how it went, and how it begins, on one line."""
    when = ran.at[:16].replace("T", " ")
    how = "failed" if ran.error else f"{ran.ms:,.0f} ms"
    text = " ".join(ran.sql.split())
    return Text.assemble((f"{when}  {how:>9}  ", "dim"), plain(text), no_wrap=True, end="")

"""What ran on this connection, newest first; enter takes it into the editor."""

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.widgets.option_list import Option

from studio.config.statements import Ran
from studio.ui.widgets.labels import plain
from studio.ui.widgets.pick import Pick

_MOST_OFFERED = 200


class PickStatement(Pick[str]):
    """Type some of its words."""

    PLACEHOLDER: ClassVar[str] = "words of a statement that ran here"

    def __init__(self, entries: Sequence[Ran]) -> None:
        super().__init__()
        self._entries = newest_first(entries)
        self._offered: list[str] = []

    def offer(self, typed: str) -> list[Option]:
        """Statements that hold every typed word."""
        words = typed.casefold().split()
        found = [e for e in self._entries if all(word in e.sql.casefold() for word in words)]
        found = found[:_MOST_OFFERED]
        self._offered = [entry.sql for entry in found]
        return [Option(line_of(entry)) for entry in found]

    def value(self, index: int) -> str | None:
        """The statement of that line."""
        return self._offered[index] if index < len(self._offered) else None


def newest_first(entries: Sequence[Ran]) -> tuple[Ran, ...]:
    """Each statement once, the one that ran last first."""
    newest: dict[str, Ran] = {}
    for ran in reversed(entries):
        newest.setdefault(ran.sql, ran)
    return tuple(newest.values())


def line_of(ran: Ran) -> Text:
    """When it ran, how it went, and how it begins, on one line."""
    when = ran.at[:16].replace("T", " ")
    how = "failed" if ran.error else f"{ran.ms:,.0f} ms"
    text = " ".join(ran.sql.split())
    return Text.assemble((f"{when}  {how:>9}  ", "dim"), plain(text), no_wrap=True, end="")

"""The palette: every command that can be given here, every table, every theme."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.dom import DOMNode
from textual.widgets.option_list import Option

from studio.model.relation import TableSummary
from studio.ui.commands import Command, key_label
from studio.ui.labels import plain
from studio.ui.scattered import in_order, weighed
from studio.ui.screens.pick import Pick

_MOST = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what it says, and what taking it does."""

    title: str
    note: str
    action: str
    node: DOMNode


class Palette(Pick[Entry]):
    """Type a few letters of what you want to do."""

    PLACEHOLDER = "what do you want to do?"

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self._entries = tuple(entries)
        self._shown: list[Entry] = []

    def offer(self, typed: str) -> list[Option]:
        """The best matches; nothing typed: the commands of this place first."""
        found = list(self._entries)
        if typed:
            needle = typed.casefold()
            holding = [entry for entry in found if in_order(needle, entry.title.casefold())]
            # Stable: what holds the words themselves is weighed before what has their letters.
            holding.sort(key=lambda entry: needle not in entry.title.casefold())
            found = weighed(holding, typed, lambda entry: entry.title)
        self._shown = found[:_MOST]
        return [
            Option(Text.assemble(plain(e.title), (f"   {plain(e.note)}", "dim"), no_wrap=True))
            for e in self._shown
        ]

    @property
    def offered(self) -> tuple[Entry, ...]:
        """The entries that are listed now."""
        return tuple(self._shown)

    def value(self, index: int) -> Entry:
        """The entry on line `index`."""
        return self._shown[index]


def command_entries(places: Sequence[tuple[DOMNode, Sequence[Command]]]) -> list[Entry]:
    """The commands of each place, innermost first; one command is listed once.

    What the last line offers comes before the rest, and moves of the cursor come last.
    """
    found: dict[str, tuple[Command, DOMNode]] = {}
    for node, commands in places:
        for command in commands:
            found.setdefault(command.title, (command, node))
    ordered = sorted(found.values(), key=lambda one: (one[0].is_move, not one[0].hint))
    return [
        Entry(command.title, key_label(command.keys) if command.keys else "", command.action, node)
        for command, node in ordered
    ]


def table_entries(summaries: Sequence[TableSummary], node: DOMNode) -> list[Entry]:
    """One entry a relation: go there."""
    return [
        Entry(f"Table {summary.ref}", summary.kind.value, f"open_at({index})", node)
        for index, summary in enumerate(summaries)
    ]


def theme_entries(names: Sequence[str], node: DOMNode) -> list[Entry]:
    """One entry a theme: switch to it, and remember it."""
    return [Entry(f"Theme {name}", "colours", f"theme('{name}')", node) for name in names]

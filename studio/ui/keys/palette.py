"""The palette: every command that can be given here, every table, every theme."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.dom import DOMNode
from textual.widgets.option_list import Option

from studio.model.relation import TableSummary
from studio.ui.keys.commands import Command, key_label
from studio.ui.widgets.labels import plain
from studio.ui.widgets.pick import Pick, in_columns
from studio.ui.widgets.scattered import in_order, weighed

_MOST = 200


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """One line: what it says, and what taking it does."""

    title: str
    note: str
    action: str
    node: DOMNode


class Palette(Pick[PaletteEntry]):
    """Type a few letters of what you want to do."""

    PLACEHOLDER = "what do you want to do?"

    def __init__(
        self,
        commands: Sequence[PaletteEntry],
        themes: Sequence[PaletteEntry],
        summaries: Sequence[TableSummary],
        node: DOMNode,
        *,
        is_filling: bool = False,
    ) -> None:
        """`node` opens tables; `is_filling`: its relations are still on their way."""
        super().__init__()
        self._commands, self._themes = tuple(commands), tuple(themes)
        self._tables = table_entries(summaries, node)
        self._node = node
        self.is_filling = is_filling
        self._shown: list[PaletteEntry] = []

    def offer(self, typed: str) -> list[Option]:
        """The best matches; nothing typed: the commands of this place first."""
        found = [*self._commands, *self._tables, *self._themes]
        if typed:
            needle = typed.casefold()
            holding = [entry for entry in found if in_order(needle, entry.title.casefold())]
            # Stable: what holds the words themselves is weighed before what has their letters.
            holding.sort(key=lambda entry: needle not in entry.title.casefold())
            found = weighed(holding, typed, lambda entry: entry.title)
        self._shown = found[:_MOST]
        lines = in_columns([(plain(e.title), plain(e.note)) for e in self._shown])
        return [Option(line) for line in lines]

    def fill(self, summaries: Sequence[TableSummary]) -> None:
        """Offer the tables that have come, or know that none will."""
        self._tables, self.is_filling = table_entries(summaries, self._node), False
        self.refill()

    def mark(self, index: int) -> PaletteEntry:
        """The same entry."""
        return self._shown[index]

    @property
    def offered(self) -> tuple[PaletteEntry, ...]:
        """The entries that are listed now."""
        return tuple(self._shown)

    def value(self, index: int) -> PaletteEntry:
        """The entry on line `index`."""
        return self._shown[index]


def command_entries(places: Sequence[tuple[DOMNode, Sequence[Command]]]) -> list[PaletteEntry]:
    """The commands of each place, innermost first; one command is listed once.

    What the last line offers comes before the rest, and moves of the cursor come last.
    """
    found: dict[str, tuple[Command, DOMNode]] = {}
    for node, commands in places:
        for command in commands:
            found.setdefault(command.title, (command, node))
    ordered = sorted(found.values(), key=lambda one: (one[0].is_move, not one[0].hint))
    return [
        PaletteEntry(
            command.title, key_label(command.keys) if command.keys else "", command.action, node
        )
        for command, node in ordered
    ]


def table_entries(summaries: Sequence[TableSummary], node: DOMNode) -> list[PaletteEntry]:
    """One entry a relation: go there."""
    return [
        PaletteEntry(f"Table {summary.ref}", summary.kind.value, f"open_at({index})", node)
        for index, summary in enumerate(summaries)
    ]


def theme_entries(names: Sequence[str], node: DOMNode) -> list[PaletteEntry]:
    """One entry a theme: switch to it, and remember it."""
    return [PaletteEntry(f"Theme {name}", "colours", f"theme('{name}')", node) for name in names]

"""Paragraphs whose further rows begin under their own first word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions
from rich.text import Text

_LEAST_ROOM = 10
"""Cells below which a paragraph takes the whole width instead."""


@dataclass(frozen=True, slots=True)
class Hanging:
    """What stands before each paragraph, and the paragraph, wrapped at the width there is."""

    paragraphs: Sequence[tuple[Text, Text]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Rows of at most so many cells."""
        for before, paragraph in self.paragraphs:
            room = options.max_width - before.cell_len
            if room < _LEAST_ROOM:
                yield from Text.assemble(before, paragraph).wrap(console, options.max_width)
                continue
            rows = paragraph.wrap(console, room) or [Text("")]
            blanks = Text(" " * before.cell_len)
            for number, row in enumerate(rows):
                row.rstrip()
                yield Text.assemble(blanks if number else before, row)

    def __str__(self) -> str:
        """Every paragraph on one row."""
        return "\n".join(f"{before}{paragraph}" for before, paragraph in self.paragraphs)

"""A text marked wherever it is on a page of renderables."""

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.style import Style
from rich.text import Text


class MarkedPage:
    """The same page, line for line."""

    def __init__(self, page: RenderableType, needle: str, style: Style | None = None) -> None:
        """`needle`: any text of one line, whatever its capitals."""
        self._page = page
        self._needle = needle.casefold()
        self._style = style or Style.null()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lines as they stand, with the text marked."""
        for line in self._lines(console, options):
            for start in _starts(line.plain, self._needle):
                line.stylize(self._style, start, start + len(self._needle))
            yield line

    def places(self, console: Console, width: int) -> list[int]:
        """The lines that hold the text, from 0, when the page is so many cells wide."""
        options = console.options.update(width=width, height=None)
        lines = enumerate(self._lines(console, options))
        return [place for place, line in lines if self._needle in line.plain.casefold()]

    def _lines(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        for line in console.render_lines(self._page, options, pad=False):
            parts = ((segment.text, segment.style or "") for segment in line)
            yield Text.assemble(*parts, no_wrap=True)


def _starts(line: str, needle: str) -> Iterator[int]:
    folded = line.casefold()
    # Where folding changes lengths, places would be others: the line is found, not marked.
    start = folded.find(needle) if len(folded) == len(line) else -1
    while start >= 0 and needle:
        yield start
        start = folded.find(needle, start + len(needle))

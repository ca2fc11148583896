"""What stands below the commits: rows, or what was found of the file."""

from collections.abc import Callable

from rich.text import Text
from textual.widget import Widget
from textual.widgets import Static

from studio.model.errors import StudioError
from studio.ui.terminal.detached import detached
from studio.ui.wal.keeping import TextLines
from studio.ui.wal.lines import RemainLines, RowLines, Sentence
from studio.ui.widgets.line_list import LineList
from studio.wal.changes import Changes

Lines = RowLines | RemainLines | Sentence | TextLines
Read = Callable[[Callable[[], bool]], Lines]
_OPEN = "-rows"


class RowsBelow:
    """The lower half of the page, while it is there."""

    def __init__(self, page: Widget) -> None:
        self._page = page
        self._listed: RowLines | None = None

    @property
    def list(self) -> LineList:
        """Its lines."""
        return self._page.query_one("#rows", LineList)

    @property
    def is_open(self) -> bool:
        """Whether it is there."""
        return self._page.has_class(_OPEN)

    def close(self) -> None:
        """Leave the page to the commits."""
        self._page.remove_class(_OPEN)

    async def read(self, read: Read, what: str, keys: str) -> None:
        """Show what comes of it, or why nothing does."""
        self._page.add_class(_OPEN)
        self._page.query_one("#rows-title", Static).update(f"{what}: reading…")
        self._listed = None
        lines: Lines
        try:
            lines = await detached(read)
        except StudioError as error:
            lines = Sentence(str(error))
        self.show(lines, what, keys)

    def show(self, lines: Lines, what: str, keys: str = "") -> None:
        """Show lines, and by what keys they are left."""
        self._page.add_class(_OPEN)
        self._listed = lines if isinstance(lines, RowLines) else None
        said = f"  tab scroll{keys}   esc close"
        title = Text(what, style="bold").append(said, style="not bold")
        self._page.query_one("#rows-title", Static).update(title)
        self.list.show(len(lines), lines.text)
        self.list.go_to(0)

    def wanted(self, *, is_all: bool) -> Changes | None:
        """The row under the cursor, or every one; None where no rows are listed."""
        if self._listed is None or not self.is_open:
            return None
        return self._listed.rows(None if is_all else self.list.line)

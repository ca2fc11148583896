"""The SQL of what is about to be sent: on the screen, folded or whole, and as a file."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from studio.edits.sql.prepared import Prepared
from studio.edits.sql.preview import Preview, preview
from studio.edits.sql.script_file import save_script
from studio.sqltext.syntax import Syntax
from studio.ui.editing.sql_lines import STYLES, SqlLines
from studio.ui.widgets.ask import AskText
from studio.ui.widgets.line_list import LineList
from studio.ui.widgets.theme_styles import styles

_RULE = 400
"""Longer than any terminal is wide."""


class SqlPane(Vertical):
    """Statements in the order they are sent, one after the other, each at its change's line."""

    DEFAULT_CSS: ClassVar[str] = """
    SqlPane { height: 1fr; }
    SqlPane #rule { height: 1; color: $dim; text-wrap: nowrap; text-overflow: clip; }
    SqlPane #sql { height: 1fr; }
    """

    def __init__(self, syntax: Syntax) -> None:
        super().__init__()
        self._syntax = syntax
        self._ready: Prepared | None = None
        self._script: Preview | None = None
        self._line_of: Sequence[int] = ()
        """By change: its line on the screen."""
        self.is_whole = False
        """Whether every guard and value stands there."""

    def compose(self) -> ComposeResult:
        """A rule that says how much is shown, and the lines."""
        yield Static(id="rule", markup=False)
        yield LineList(id="sql")

    def on_mount(self) -> None:
        """Say how much is shown."""
        self._show_rule()

    def clear(self) -> None:
        """Show none: other changes have other statements."""
        self._ready = self._script = None
        self._line_of = ()
        self.query_one("#sql", LineList).show(0, lambda _: Text())

    async def show(self, ready: Prepared, script: Preview) -> None:
        """Show the statements of `ready`; `script`: the same, whole, as it would be saved."""
        self._ready, self._script = ready, script
        await self._write()

    async def show_whole(self, *, is_whole: bool) -> None:
        """Show every guard and value, or fold them."""
        self.is_whole = is_whole
        await self._write()

    async def _write(self) -> None:
        ready, script = self._ready, self._script
        if ready is None or script is None:
            return
        read = script if self.is_whole else preview(ready, script.begin, folded=True)
        lines = await asyncio.to_thread(SqlLines, self._syntax, read, self.app.size.width)
        self._line_of = lines.of_change(len(ready.staged))
        colours = styles(self.app, *(name for _, name in STYLES))
        self.query_one("#sql", LineList).show(lines.count, lambda index: lines.line(index, colours))
        self._show_rule()

    def _show_rule(self) -> None:
        how = "SQL, whole" if self.is_whole else "SQL, without what only stays as seen"
        self.query_one("#rule", Static).update(f"─ {how} ".ljust(_RULE, "─"))

    def go_to_change(self, index: int) -> None:
        """Show the statement of the change with this place in the set."""
        if index < len(self._line_of):
            self.query_one("#sql", LineList).go_to(self._line_of[index])

    # -- as a file -------------------------------------------------------------------------------

    def save(self, say: Callable[[str, str], None]) -> None:
        """Ask for a file and write the script to it; `say` gets what came of it, and a style."""
        script = self._script
        if script is None:
            return

        def chosen(path: str | None) -> None:
            if path:
                self._save(Path(path).expanduser(), str(script), say)

        self.app.push_screen(AskText("Save the SQL as", "changes.sql"), chosen)

    @work(group="save", exclusive=True)
    async def _save(self, path: Path, script: str, say: Callable[[str, str], None]) -> None:
        problem = await asyncio.to_thread(save_script, path, script)
        said = problem or f"saved as {path}; studio runs nothing from it"
        say(said, "error" if problem else "")

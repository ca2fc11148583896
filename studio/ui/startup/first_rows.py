"""The first rows, as a helper process saw them, until the screen has a connection of its own."""

from textual import events
from textual.app import ComposeResult
from textual.widgets import Static

from studio.config.shown_times import ShownTimes
from studio.rows.first_rows.answer import FirstRows
from studio.ui.keys.early import LOOKS
from studio.ui.shell.tab_stack import Previewing
from studio.ui.widgets.grid import Grid
from studio.ui.widgets.grid_column import columns_of
from studio.ui.widgets.grid_source import ListSource
from studio.ui.widgets.labels import plain

_MOVES = frozenset(key for c in Grid.COMMANDS_HERE for key in c.single_keys.split(",")) - LOOKS


class FirstRowsView(Previewing):
    """A grid that looks as the table's own tab will: rows to read, for the half second before."""

    DEFAULT_CSS = """
    FirstRowsView #preview-title { height: 1; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__(id="preview")
        self.typed: list[str] = []

    def compose(self) -> ComposeResult:
        """The table's name over its first rows."""
        yield Static(id="preview-title", markup=False)
        yield Grid()

    def fill(self, rows: FirstRows) -> None:
        """Show what was seen."""
        self.title = rows.table.ref.name
        self.query_one("#preview-title", Static).update(plain(str(rows.table.ref)))
        grid = self.query_one(Grid)
        grid.show_times(ShownTimes().chosen)
        grid.set_columns(columns_of(rows.table, rows.page.columns))
        grid.show(ListSource(rows.page.rows))
        grid.focus()

    def on_key(self, event: events.Key) -> None:
        """Remember how one moved, for the table's own tab."""
        if event.key in _MOVES and not self.is_followed:
            self.typed.append(event.key)

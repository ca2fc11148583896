"""The first rows, as a helper process saw them, until the screen has a connection of its own."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from studio.rows.first_look import FirstLook
from studio.ui.labels import plain
from studio.ui.widgets.columns import columns_of
from studio.ui.widgets.grid import Grid
from studio.ui.widgets.grid_source import ListSource


class Preview(Vertical):
    """A grid that looks as the table's own tab will: rows to read, for the half second before."""

    DEFAULT_CSS = """
    Preview #preview-title { height: 1; padding: 0 1; }
    """

    def __init__(self, look: FirstLook) -> None:
        super().__init__(id="preview")
        self._look = look

    def compose(self) -> ComposeResult:
        """The table's name over its first rows."""
        yield Static(plain(str(self._look.table.ref)), id="preview-title", markup=False)
        yield Grid()

    def on_mount(self) -> None:
        """Show the rows."""
        grid = self.query_one(Grid)
        grid.set_columns(columns_of(self._look.table, self._look.page.columns))
        grid.show(ListSource(self._look.page.rows))
        grid.focus()

"""The columns of a table as a person left them, in this tab or the day before."""

from studio.config.arranged import Arranged, ArrangedTables
from studio.model.catalog import TableRef
from studio.ui.widgets.grid import Grid
from studio.ui.workspace import Workspace


class KeptColumns:
    """Arranges a grid as it was left, once; keeps how it is when its tab closes."""

    def __init__(self, workspace: Workspace) -> None:
        self._tables = ArrangedTables(workspace.target)
        self._table: TableRef | None = None
        self._names: tuple[str, ...] = ()
        self._grid: Grid | None = None
        self._before: Arranged | None = None

    def show(self, table: TableRef, grid: Grid) -> None:
        """The grid shows the columns of `table` from now on; other ones than before stand as
        they would, so they are arranged anew.
        """
        names = tuple(column.name for column in grid.columns.columns)
        if table == self._table and names == self._names:
            return
        self._table, self._names, self._grid = table, names, grid
        if (arranged := self._tables.of(str(table))) is not None:
            grid.columns.arrange(arranged)
            grid.rearranged()
        self._before = grid.columns.arranged

    def keep(self) -> None:
        """Keep what a person changed; before the grid gets other columns, and at the end."""
        if self._grid is None or self._table is None:
            return
        arranged = self._grid.columns.arranged
        if arranged != self._before:
            self._tables.keep(str(self._table), arranged)
            self._before = arranged

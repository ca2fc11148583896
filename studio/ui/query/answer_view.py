"""What a query tab shows of a statement's answer while it comes: the sink of its runner."""

from collections.abc import Callable, Sequence
from time import perf_counter

from studio.backends.base import Backend
from studio.model.catalog import Column, ColumnKind
from studio.model.page import Value
from studio.queries.query import Query
from studio.queries.result import Result
from studio.ui.query.result_source import ResultRows
from studio.ui.query.words import summary
from studio.ui.widgets.columns import GridColumn
from studio.ui.widgets.grid import Grid

_PAINT_S = 0.05


class AnswerView:
    """Rows in a grid, growing; an earlier answer stays until the first of them."""

    def __init__(
        self, grid: Grid, backend: Backend, say: Callable[[str], None], *, grouped: bool = False
    ) -> None:
        """`say` shows how far it is; `grouped`: amounts are written as 1,234,567."""
        self._grouped = grouped
        self._grid = grid
        self._backend = backend
        self._say = say
        self._painted = 0.0
        self._rows = ResultRows()
        self.columns: tuple[Column, ...] = ()
        """Of the rows in the grid."""
        self.is_shown = False
        """Whether what the grid shows is of the statement that runs."""

    def begin(self, query: Query) -> None:
        """Wait for its first rows."""
        del query
        self._rows, self.is_shown = ResultRows(), False

    def take(self, rows: Sequence[tuple[Value, ...]], so_far: Result) -> None:
        """Show the first rows at once, and those that follow every now and then."""
        self._rows.extend(rows)
        if not self.is_shown:
            self._show(so_far)
        elif perf_counter() - self._painted >= _PAINT_S:
            self._grow(so_far)

    def end(self, result: Result) -> None:
        """Show all there is."""
        if self.is_shown:
            self._grow(result)

    def forget(self) -> None:
        """No answer stands under an error as if it were the statement's."""
        self.columns = ()
        self._grid.set_columns([])
        self._grid.show(ResultRows())

    def _show(self, result: Result) -> None:
        self.is_shown = True
        self._grid.remove_class("-stale")
        kinds = self._backend.result_kinds(result.type_codes)
        kinds = (*kinds, *[ColumnKind.OTHER] * (len(result.columns) - len(kinds)))
        self.columns = tuple(
            Column(name, kind.value, kind)
            for name, kind in zip(result.columns, kinds, strict=False)
        )
        seen = self._rows.kind_seen
        self._grid.set_columns(
            [
                GridColumn(
                    c.name,
                    seen(i) if c.kind is ColumnKind.ANY else c.kind,
                    is_grouped=self._grouped,
                )
                for i, c in enumerate(self.columns)
            ]
        )
        self._grid.show(self._rows)
        self._painted = perf_counter()
        self._say(summary(result))

    def _grow(self, result: Result) -> None:
        self._grid.source_changed()
        self._painted = perf_counter()
        self._say(summary(result))

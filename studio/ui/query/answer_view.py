"""What a query tab shows of statements' answers while they come: the sink of its runners."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import TextIO

from studio.backends.base import Backend
from studio.db.transaction import InTurn
from studio.export.held import export_held
from studio.export.tables import Exported
from studio.model.catalog import Column, ColumnKind, Table
from studio.model.page import Value
from studio.model.words import plural
from studio.queries.outcome import StepOutcome
from studio.queries.query import Query, Values
from studio.queries.result import Result
from studio.rows.wrapped import result_table
from studio.ui.query.answer import Answer
from studio.ui.query.result_source import ResultRows
from studio.ui.query.words import summary
from studio.ui.rows.exporting import ExportScope
from studio.ui.widgets.grid import Grid
from studio.ui.widgets.grid_column import columns_of

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
        self._answer = Answer()
        self.on_told: Callable[[StepOutcome, Answer | None], None] | None = None
        """Called with what became of each statement, and its rows if it gave any."""
        self.guard: Callable[[Query], None] | None = None
        """Called before a statement is sent; may refuse it."""
        self.columns: tuple[Column, ...] = ()
        """Of the rows in the grid."""
        self.values: Values = {}
        """Of the statements that run."""
        self.start = 0
        """Where their text starts in the editor."""
        self.holds_back = False
        """Whether what comes is shown by somebody else, when all of it came."""
        self.on_shown: Callable[[], None] | None = None
        """Called when the grid shows other rows, or none."""
        self._shown = self._answer
        """Whose rows the grid has."""
        self.is_shown = False
        """Whether what the grid shows is of the statement that runs."""

    @property
    def shown(self) -> Answer | None:
        """Whose rows the grid has; None: none are in it."""
        return self._shown if self.columns else None

    async def before(self, query: Query, run: InTurn) -> None:
        """Let it be refused. Raises Refused."""
        del run
        if self.guard is not None:
            self.guard(query)

    def begin(self, query: Query) -> None:
        """Wait for its first rows."""
        self._answer = Answer(query.text, self.values, self.start, query.text)
        self.is_shown = False

    def take(self, rows: Sequence[tuple[Value, ...]], so_far: Result) -> None:
        """Show the first rows at once, and those that follow every now and then."""
        self._answer.rows.extend(rows)
        self._answer.result = so_far
        if self.holds_back:
            return
        if not self.is_shown:
            self.show(self._answer)
            self._say(summary(so_far))
        elif perf_counter() - self._painted >= _PAINT_S:
            self._grow(so_far)

    def end(self, result: Result) -> None:
        """Show all there is."""
        self._answer.result = result
        if self.is_shown:
            self._grow(result)

    def told(self, outcome: StepOutcome) -> None:
        """A statement of several came to its end."""
        has_rows = bool(outcome.result.columns)
        if has_rows:
            self.end(outcome.result)
        if self.on_told is not None:
            self.on_told(outcome, self._answer if has_rows else None)
        self._answer = Answer()

    @property
    def scope(self) -> ExportScope | None:
        """The rows in the grid, to be exported; None: there are none."""
        if not self.columns:
            return None
        columns, shown = self.columns, self._shown
        rows = shown.rows.held()
        more = "; the statement has more, which were not read" if shown.result.is_cut else ""

        async def write(form: str, out: TextIO, tell: Callable[[int], None]) -> Exported:
            return await export_held(self._backend, columns, rows, form, out, tell)

        return ExportScope(f"{plural(len(rows), 'row')} that came{more}", write, len(rows))

    def forget(self) -> None:
        """No answer stands under an error as if it were the statement's."""
        self.columns = ()
        self._grid.set_columns([])
        self._grid.show(ResultRows())
        self._tell_shown()

    def show(self, answer: Answer) -> None:
        """Show these rows in the grid."""
        self.is_shown, self._shown = answer is self._answer, answer
        self._grid.remove_class("-stale")
        table = self.table_of(answer)
        # Names that come again are the same in sight, whatever they are called in a filter.
        names = answer.result.columns
        self.columns = tuple(
            replace(column, name=name) for column, name in zip(table.columns, names, strict=True)
        )
        self.head_columns(answer)
        self._grid.show(answer.rows)
        self._painted = perf_counter()
        self._tell_shown()

    def head_columns(self, answer: Answer) -> None:
        """Let the headings tell of the order."""
        table, names = self.table_of(answer), answer.result.columns
        order = answer.question.order
        every = columns_of(table, table.column_names, order, grouped=self._grouped)
        kinds = (
            answer.rows.kind_seen(i) if each.kind is ColumnKind.ANY else each.kind
            for i, each in enumerate(every)
        )
        self._grid.set_columns(
            [
                each._replace(name=name, kind=kind)
                for each, name, kind in zip(every, names, kinds, strict=True)
            ]
        )

    def table_of(self, answer: Answer) -> Table:
        """Its columns, each by a name of its own."""
        result = answer.result
        kinds = self._backend.result_kinds(result.type_codes)[: len(result.columns)]
        every = (*kinds, *[ColumnKind.OTHER] * (len(result.columns) - len(kinds)))
        return result_table(result.columns, every)

    def _tell_shown(self) -> None:
        if self.on_shown is not None:
            self.on_shown()

    def _grow(self, result: Result) -> None:
        self._grid.source_changed()
        self._painted = perf_counter()
        self._say(summary(result))

"""A result as a chart, over the tab it is of."""

import os
from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from studio.model.catalog import Column
from studio.model.page import Value
from studio.rows.chart import ChartData, ChartKind, along, chart_data, chosen, numeric
from studio.ui.keys.commands import Command, bindings
from studio.ui.query.answer import Answer
from studio.ui.query.answer_view import AnswerView
from studio.ui.query.chart_lines import chart_lines
from studio.ui.shell.tab import Tab
from studio.ui.terminal.clipboard import copy
from studio.ui.widgets.dialog import Dialog
from studio.ui.widgets.glyphs import glyphs_for

_AROUND = (4, 4)
"""Cells and lines of the frame."""


class ChartScreen(Dialog[None]):
    """Bars, a line or a histogram of one column."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("chart.bars", "A bar for each row", "b", "kind('bars')", "bars"),
        Command("chart.line", "A line along the other column", "l", "kind('line')", "line"),
        Command(
            "chart.histogram", "How often which numbers come", "h", "kind('histogram')", "histogram"
        ),
        Command("chart.next", "Another column of numbers", "tab,right", "column(1)", "column"),
        Command("chart.previous", "The column before", "shift+tab,left", "column(-1)"),
        Command("chart.along", "Another column along the chart", "x", "along", "along"),
        Command("chart.copy", "Copy the chart as text", "y", "copy", "copy"),
        Command("chart.close", "Back to the rows", "escape,q,v", "close", "back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    ChartScreen { align: center middle; }
    ChartScreen > Vertical {
        width: 100%; height: 100%; background: $surface; border: round $primary; padding: 0 1;
    }
    ChartScreen #chart { height: 1fr; }
    ChartScreen #keys { height: 1; color: $dim; }
    """

    def __init__(
        self, columns: Sequence[Column], rows: Sequence[Sequence[Value]], y: int, more: str
    ) -> None:
        """`more`: what the rows are not."""
        super().__init__()
        self._columns = columns
        self._rows = rows
        self._numeric = numeric(columns, rows)
        self._y = y
        self._x = along(columns, y)
        self._more = more
        self._kind: ChartKind | None = None
        self.lines: list[str] = []
        """As it is drawn."""

    def compose(self) -> ComposeResult:
        """The chart and its keys."""
        with Vertical():
            yield Static("", id="chart", markup=False)
            keys = "b bars   l line   h histogram   tab column   x along   y copy   esc back"
            yield Static(keys, id="keys", markup=False)

    def on_resize(self) -> None:
        """Draw for the room there is now."""
        self._show()

    @property
    def data(self) -> ChartData:
        """What is drawn."""
        return chart_data(self._columns, self._rows, self._y, self._x)

    def _show(self) -> None:
        width, height = self.size.width - _AROUND[0], self.size.height - _AROUND[1]
        data = self.data
        is_plain = glyphs_for(os.environ).ascii_only
        more = 1 if self._more else 0
        kind = self._kind or data.usual
        self.lines = chart_lines(data, kind, width, height - more, ascii_only=is_plain)
        self.lines += [self._more] if more else []
        self.query_one("#chart", Static).update("\n".join(self.lines))

    def action_kind(self, kind: str) -> None:
        """Draw it so."""
        self._kind = ChartKind(kind)
        self._show()

    def action_column(self, by: int) -> None:
        """Draw another column."""
        place = (self._numeric.index(self._y) + by) % len(self._numeric)
        self._y = self._numeric[place]
        if self._x == self._y:
            self._x = along(self._columns, self._y)
        self._show()

    def action_along(self) -> None:
        """Draw it along another column, or row by row."""
        others: list[int | None] = [i for i in range(len(self._columns)) if i != self._y]
        others.append(None)
        self._x = others[(others.index(self._x) + 1) % len(others)]
        self._show()

    def action_copy(self) -> None:
        """Copy what is drawn."""
        copy(self.app, "\n".join(line.rstrip() for line in self.lines) + "\n")

    def action_close(self) -> None:
        """Back to the rows."""
        self.dismiss(None)


def show_chart(tab: Tab, answers: AnswerView, answer: Answer, cursor: int) -> None:
    """Draw the rows that are shown, or say why there is nothing to draw."""
    columns, rows = answers.table_of(answer).columns, answer.rows.held()
    found = chosen(columns, rows, cursor)
    if found is None:
        tab.notify("no column here holds numbers: there is nothing to draw", markup=False)
        return
    more = "of the first rows alone: the statement has more" if answer.result.is_cut else ""
    tab.app.push_screen(ChartScreen(columns, rows, found[0], more))

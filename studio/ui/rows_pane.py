"""What a person does with the rows of one relation: filter, sort, look closer, go places."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.widgets import Input

from studio.backends.base import Purpose
from studio.model.catalog import Table
from studio.model.errors import StudioError
from studio.model.page import (
    Filter,
    Operator,
    PageKey,
    PageRequest,
    Shortened,
    Value,
)
from studio.rows.count import count
from studio.rows.related import keyed_columns
from studio.rows.value import fetch_value
from studio.rows.window import RowWindow
from studio.ui.commands import Command, bindings
from studio.ui.row_order import turned
from studio.ui.rows_view import RowsView, shown_names
from studio.ui.screens.ask import AskText
from studio.ui.screens.copy_as import CopyAs
from studio.ui.screens.relations import Relations
from studio.ui.screens.value import ValueScreen
from studio.ui.tabs.tab import Tab
from studio.ui.widgets.grid import Cell, Grid

_MOST_TYPED = 32 * 1024
"""A longer value makes no line that anybody could read or change."""


class RowsPane(RowsView):
    """The rows, and the commands that read them."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("rows.record", "The whole record, beside the rows", "space", "record", "record"),
        Command("rows.filter", "Filter", "slash", "filter", "filter"),
        Command("rows.filter-cell", "Only rows with this value", "f", "filter_cell", "by cell"),
        Command("rows.clear-filter", "All rows again", "F", "clear_filter"),
        Command("rows.sort", "Sort by this column: up, down, not", "s", "sort", "sort"),
        Command("rows.sort-more", "Add this column to the order", "S", "sort_more"),
        Command(
            "rows.relations",
            "Rows this points to, rows that point here",
            "r",
            "relations",
            "relations",
        ),
        Command("rows.copy", "Copy as…", "y", "copy", "copy"),
        Command("rows.go-to", "Go to a row, a percentage, or a key", "percent_sign,colon", "go_to"),
        Command("rows.count", "Count the rows exactly", "C", "count"),
        Command("rows.refresh", "Read again", "R", "refresh"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    # -- filter and order ------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Type a filter."""
        self.add_class("-filtering")
        self.query_one("#filter", Input).focus()

    @on(Input.Submitted, "#filter")
    def _filter_typed(self, message: Input.Submitted) -> None:
        if self._parse(message.value):
            self.remove_class("-filtering", "-problem")
            self._ask()
            self.focus_grid()

    def action_filter_cell(self) -> None:
        """Keep only the rows that have this value here."""
        cell = self._cell()
        if cell is not None and self.table is not None:
            self._filter_by(self.table, cell)

    @work(group="filter-cell", exclusive=True)
    async def _filter_by(self, table: Table, cell: Cell) -> None:
        name = cell.column.name
        try:
            value = await self.whole(table, cell.row, name, cell.value)
        except StudioError as error:
            self.fail(error)
            return
        if isinstance(value, Shortened) or (
            isinstance(value, str | bytes) and len(value) > _MOST_TYPED
        ):
            self.notify(f"this value is too long to filter by: / {name} ~ a part", markup=False)
            return
        if table is self.table:
            kind = Operator.IS_NULL if value is None else Operator.EQUAL
            self._filters += (Filter(name, kind, value),)
            self._ask()

    def action_clear_filter(self) -> None:
        """All rows again."""
        self._filters = ()
        self._ask()

    def action_sort(self) -> None:
        """Order by this column alone: ascending, descending, not at all."""
        if (cell := self._cell()) is not None:
            self._order = turned((), self._order, cell.column.name)
            self._ask()

    def action_sort_more(self) -> None:
        """Add this column to the order, or turn it round."""
        if (cell := self._cell()) is not None:
            kept = tuple(sort for sort in self._order if sort.column != cell.column.name)
            self._order = turned(kept, self._order, cell.column.name)
            self._ask()

    @on(Grid.HeaderClicked)
    def _header_clicked(self, message: Grid.HeaderClicked) -> None:
        self.grid.move_to(column=message.column)
        self.action_sort()

    # -- looking closer --------------------------------------------------------------------------

    @on(Grid.CellActivated)
    def _activated(self) -> None:
        self.action_value()

    def action_value(self) -> None:
        """Show the whole value."""
        cell = self._cell()
        if cell is not None and self.table is not None:
            self._show_value(self.table, cell)

    @work(group="value", exclusive=True)
    async def _show_value(self, table: Table, cell: Cell) -> None:
        try:
            value = await self.whole(table, cell.row, cell.column.name, cell.value)
        except StudioError as error:
            self.fail(error)
            return
        self.app.push_screen(ValueScreen(table.column(cell.column.name), value))

    async def whole(self, table: Table, row: int, column: str, shown: Value) -> Value:
        """The value itself, read again when the page holds only its head. Raises StudioError."""
        held = self.source.held(row) if self.source is not None else None
        if not isinstance(shown, Shortened) or held is None or not held.identity:
            return shown
        return await fetch_value(self.lane, table, held.identity, column)

    def action_record(self) -> None:
        """Show the record beside the rows, or take it away."""
        self.toggle_class("-record")
        if self.has_class("-record"):
            self._show_record()

    def action_relations(self) -> None:
        """Follow a foreign key, either way."""
        if self.table is not None and (row := self._values(self.grid.cursor[0])) is not None:
            self._relations(self.table, row)

    @work(group="relations", exclusive=True)
    async def _relations(self, table: Table, row: Sequence[Value]) -> None:
        here = self.grid.cursor[0]
        values = dict(zip(shown_names(table), row, strict=False))
        self.post_message(Tab.Working("reading the catalog"))
        try:
            catalog = await self.workspace.load_catalog()
            # The page may hold only the head of a long key, which is not the key.
            for name in keyed_columns(catalog, table) & values.keys():
                values[name] = await self.whole(table, here, name, values[name])
        except StudioError as error:
            self.fail(error)
            return
        finally:
            self.post_message(Tab.Working())
        values = {k: v for k, v in values.items() if not isinstance(v, Shortened)}
        column = self._cell()
        self.app.push_screen(
            Relations(self.workspace, catalog, table, values, column.column.name if column else ""),
            self._follow,
        )

    def _follow(self, request: PageRequest | None) -> None:
        if request is not None:
            self.post_message(Tab.Follow(request.table, request.filters))

    def action_copy(self) -> None:
        """Copy the cell or the row."""
        cell = self._cell()
        row = self._values(cell.row) if cell is not None else None
        if cell is None or row is None or self.table is None:
            return
        names = shown_names(self.table)
        columns = [self.table.column(name) for name in names]
        table, number = self.table, cell.row

        async def whole(column: str, shown: Value) -> Value:
            return await self.whole(table, number, column, shown)

        self.app.push_screen(CopyAs(table.ref, columns, row, cell.index, whole))

    # -- going places ----------------------------------------------------------------------------

    def action_go_to(self) -> None:
        """Go to a row number, a percentage, or a key."""
        self.app.push_screen(
            AskText("Go to row, percent, or key", placeholder="1200   50%   =key"), self._go_to
        )

    def _go_to(self, text: str | None) -> None:
        window, table = self.window, self.table
        if not text or window is None or table is None:
            return
        text = text.strip().replace(",", "").replace("_", "")
        try:
            if text.startswith("="):
                window.key(self._key(text[1:], table))
            elif text.endswith("%"):
                window.percent(min(100.0, max(0.0, float(text[:-1]))) / 100)
            else:
                self.grid.move_to(max(0, int(text) - 1))
        except ValueError as error:
            self.notify(f"not a row, a percentage or a key: {error}", markup=False)
            return
        visible = self.grid.visible_rows
        self._want(visible.start, visible.stop, 1)

    def _key(self, text: str, table: Table) -> PageKey:
        if self._order or len(table.identity) != 1 or table.identity[0] not in table.column_names:
            raise ValueError("only an unsorted table with one key column has keys to go to")
        return PageKey((self.lane.backend.parse(text, table.column(table.identity[0])),))

    def action_count(self) -> None:
        """Count the rows exactly, in the background."""
        if self.window is not None:
            self._count(self.window)

    @work(group="count", exclusive=True)
    async def _count(self, window: RowWindow) -> None:
        self._counting = True
        self.post_message(Tab.Working(f"counting {window.table.ref}"))
        try:
            lane = self.workspace.session.lane(Purpose.WATCH)
            known = await count(lane, window.table, window.request.filters)
        except StudioError as error:
            self.fail(error)
        else:
            self._learn(window, known)
        finally:
            self._counting = False
            self.post_message(Tab.Working())

"""The rows of one relation as they are shown: the grid, and the pages behind it."""

import asyncio
from collections.abc import Callable, Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from studio.backends.base import Purpose
from studio.config.settings import Settings
from studio.db.lane import Lane
from studio.model.catalog import Table
from studio.model.change import Change
from studio.model.errors import StudioError
from studio.model.page import (
    AllOf,
    AnyOf,
    Condition,
    Direction,
    Filter,
    Not,
    Operator,
    PageRequest,
    RowCount,
    Sort,
    Value,
)
from studio.rows.count import estimate, look_closer
from studio.rows.filter_text import format_filters
from studio.rows.pages import fetch_page
from studio.rows.parse import FilterInvalid, parse_filters
from studio.rows.window import RowWindow
from studio.ui.editing import RowEditing
from studio.ui.labels import plain_lines
from studio.ui.request import OpenRequest
from studio.ui.row_order import order_of
from studio.ui.staged_source import StagedSource
from studio.ui.staging import Staged
from studio.ui.tabs.tab import Tab
from studio.ui.widgets.columns import columns_of
from studio.ui.widgets.grid import Cell, Grid
from studio.ui.widgets.record_view import RecordView
from studio.ui.workspace import Workspace


class RowsView(Vertical):
    """Asks for pages as the grid moves; a page that is no longer wanted is never shown."""

    DEFAULT_CSS = """
    RowsView #filter-line { height: 1; display: none; }
    RowsView.-filtering #filter-line, RowsView.-filtered #filter-line { display: block; }
    RowsView #where { width: 7; color: $dim; padding: 0 1; }
    RowsView #filter { width: 1fr; }
    RowsView #problem { height: auto; color: $error; padding: 0 1; display: none; }
    RowsView.-problem #problem { display: block; }
    RowsView #rows { height: 1fr; }
    RowsView RecordView { display: none; width: 40%; border-left: tall $panel; }
    RowsView.-record RecordView { display: block; }
    """

    class Shown(Message):
        """Rows came, or what is known of them changed."""

    class RereadWanted(Message):
        """The table and its rows should be read again."""

    def __init__(self, workspace: Workspace, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self.workspace = workspace
        self.table: Table | None = None
        self.window: RowWindow | None = None
        self._order: tuple[Sort, ...] = ()
        self._filters: tuple[Condition, ...] = ()
        self._settings = Settings()
        self._elapsed_ms = 0.0
        self._on_way: PageRequest | None = None
        self._counting = False
        self._is_outdated = False
        """Whether something was applied since the rows were read."""
        self._sought: tuple[Change, str] | None = None
        """A change whose row is wanted on the screen, and the column."""
        self._unlisten: Callable[[], None] = lambda: None

    def on_mount(self) -> None:
        """Read again what was applied."""
        self._unlisten = self.workspace.staging.listen(self._staged)

    def on_unmount(self) -> None:
        """Hear no more of it."""
        self._unlisten()

    def _staged(self, staged: Staged) -> None:
        if self.table is None:
            return
        if staged.is_applied:
            self._is_outdated = True
            self._catch_up()
        self.post_message(self.Shown())
        if self.has_class("-record"):
            self._show_record()

    def on_show(self) -> None:
        """What was applied while another tab was on the screen shows now."""
        self._catch_up()

    def _catch_up(self) -> None:
        if self._is_outdated and self.is_on_screen:
            self._is_outdated = False
            self.action_refresh()

    def compose(self) -> ComposeResult:
        """Filter line, what is wrong with it, the grid, the record."""
        with Horizontal(id="filter-line"):
            yield Static("where", id="where", markup=False)
            yield Input(
                id="filter", placeholder="kind = login and amount > 100", select_on_focus=False
            )
        yield Static(id="problem", markup=False)
        with Horizontal(id="rows"):
            yield RowEditing(self.workspace)
            yield RecordView()

    @property
    def grid(self) -> Grid:
        """The grid."""
        return self.query_one(Grid)

    @property
    def editing(self) -> RowEditing:
        """The grid with what changes rows."""
        return self.query_one(RowEditing)

    @property
    def source(self) -> StagedSource | None:
        """The rows with what is staged, once some were read."""
        return self.editing.source

    @property
    def _has_grid(self) -> bool:
        """Not any more once its tab closes: the grid goes first, then the workers."""
        return bool(self.query(Grid))

    @property
    def lane(self) -> Lane:
        """Where pages are read."""
        return self.workspace.session.lane(Purpose.BROWSE)

    @property
    def filters(self) -> tuple[Condition, ...]:
        """What the rows are filtered by."""
        return self._filters

    # -- what is asked ---------------------------------------------------------------------------

    def open(self, table: Table, filters: tuple[Condition, ...], request: OpenRequest) -> None:
        """Show the rows of `table`; `request` may hold a filter and an order as text."""
        self.table = table
        self._filters = filters
        self._settings = request.settings
        self._order, unknown = order_of(request.order, table)
        if unknown:
            self.notify(
                f"not sorted by {unknown}: {table.ref} has no such column",
                severity="warning",
                markup=False,
            )
        is_wrong = bool(request.where) and not self._parse(request.where or "")
        self.grid.set_columns(columns_of(table, shown_names(table), self._order))
        self._ask()
        if is_wrong:
            # What was asked stays in sight: all rows without a word would be another answer.
            self.add_class("-filtering")
            self.query_one("#filter", Input).value = request.where or ""

    def _ask(self) -> None:
        """Ask the question anew: other filters, or another order."""
        if self.table is None:
            return
        self.set_class(bool(self._filters), "-filtered")
        shown = format_filters(self._filters, self.table, self.lane.backend)
        self.query_one("#filter", Input).value = shown
        settings = self._settings
        self.window = RowWindow(
            self.table,
            self._order,
            self._filters,
            page_rows=settings.page_rows,
            max_bytes=settings.cache_mib * 1024 * 1024,
        )
        self.grid.set_columns(columns_of(self.table, shown_names(self.table), self._order))
        self.grid.add_class("-stale")
        self._want(0, self.grid.size.height, 1)

    @on(Grid.NeedRows)
    def _rows_needed(self, message: Grid.NeedRows) -> None:
        self._want(message.first, message.last, message.direction)

    @on(Grid.EndWanted)
    def _end_wanted(self) -> None:
        window = self.window
        if window is not None and not window.is_exact:
            # The height is a guess: ask for the end itself, whatever its number.
            window.last()
            visible = self.grid.visible_rows
            self._want(visible.start, visible.stop, 1)

    def _want(self, first: int, last: int, direction: int) -> None:
        if self.window is None:
            return
        if self.source is not None and self.source.window is self.window:
            first, last = self.source.in_window(first, last)
        way = Direction.BACKWARD if direction < 0 else Direction.FORWARD
        request = self.window.wanted(first, last, way)
        if request is not None:
            self._fetch(self.window, request)

    @work(group="page", exclusive=True)
    async def _fetch(self, window: RowWindow, request: PageRequest) -> None:
        table = window.table
        self._on_way = request
        self.post_message(Tab.Working(f"reading {table.ref}"))
        try:
            page = await fetch_page(self.lane, table, request)
        except StudioError as error:
            window.failed(request)
            self.fail(error)
            return
        except asyncio.CancelledError:
            window.failed(request)
            raise
        finally:
            if self._on_way is request:
                self._on_way = None
                self.post_message(Tab.Working())
        if window is not self.window or not self._has_grid:
            return
        moved = window.accept(page)
        if moved is None:
            return
        self._elapsed_ms = page.elapsed_ms
        self._show(window, moved.shift, moved.goto)

    def _show(self, window: RowWindow, shift: int, goto: int | None) -> None:
        grid = self.grid
        if grid.has_class("-stale"):
            grid.remove_class("-stale")
            cursor_column = grid.cursor[1]
            self.editing.show(StagedSource(window, self.workspace.staging))
            grid.move_to(0, cursor_column)
            if not self.has_class("-filtering"):
                self.remove_class("-problem")
            if window.count is None and not window.is_exact:
                self._estimate(window)
        else:
            self.editing.window_changed(shift)
        if goto is not None and self.source is not None:
            grid.move_to(self.source.from_window(goto))
        self.post_message(self.Shown())
        if self._sought is not None:
            change, column = self._sought
            self._sought = None
            self.editing.go_to(change, column)
        visible = grid.visible_rows
        self._want(visible.start, visible.stop, 1)

    @work(group="estimate", exclusive=True)
    async def _estimate(self, window: RowWindow) -> None:
        filters = window.request.filters
        try:
            about = await estimate(self.lane, window.table, filters)
            if about is not None:
                self._learn(window, about)
            if filters or (about is not None and about.exact):
                return
            better = await look_closer(self.lane, window.table)
        except StudioError:
            # Only a number is missing: the rows are there, and say so better than a message would.
            return
        if better is not None:
            self._learn(window, better)

    def _learn(self, window: RowWindow, known: RowCount) -> None:
        if window is self.window and self._has_grid:
            moved = window.learn(known)
            self.editing.window_changed(moved.shift)
            self.post_message(self.Shown())

    def go_to_change(self, change: Change, column: str) -> None:
        """Put the cursor on the row of a staged change: now, or when its rows have come."""
        self._sought = None
        if self.source is None or self.grid.has_class("-stale"):
            self._sought = (change, column)
        elif not self.editing.go_to(change, column) and self.table is not None:
            if not set(change.identity) <= set(self.table.column_names):
                self.notify("the row is not among those read: scroll to it", markup=False)
                return
            self._filters = tuple(
                Filter(name, Operator.IS_NULL if value is None else Operator.EQUAL, value)
                for name, value in change.identity.items()
            )
            self.notify("only the row itself is shown; F shows every row again", markup=False)
            self._sought = (change, column)
            self._ask()

    def fail(self, error: StudioError) -> None:
        """Say what went wrong, above the rows that are still there."""
        if not self._has_grid:
            return
        self.query_one("#problem", Static).update(plain_lines(str(error)))
        self.add_class("-problem")
        self.post_message(self.Shown())

    @property
    def is_reading(self) -> bool:
        """Whether a page is on its way."""
        return self._on_way is not None

    # -- where one is ----------------------------------------------------------------------------

    @property
    def count_text(self) -> str:
        """How many rows there are, `~` when estimated; empty while unknown."""
        window = self.window
        if window is None or not window.is_loaded:
            return ""
        if window.is_exact:
            return f"{window.height:,}"
        return f"~{window.count.rows:,}" if window.count is not None else ""

    @property
    def place(self) -> str:
        """`row 3 of ~2,000,000 · 41 ms`."""
        window = self.window
        if window is None or not window.is_loaded:
            return ""
        if not self.grid.view.height:
            return "no rows" + (" match" if window.request.filters else "")
        if self.source is None or not (number := self.source.number(self.grid.cursor[0])):
            return "new row"
        words = f"row {number}"
        if self.count_text:
            words += f" of {self.count_text}"
        return f"{words} · {self._elapsed_ms:.0f} ms"

    @on(Grid.CursorMoved)
    def _cursor_moved(self, message: Grid.CursorMoved) -> None:
        message.stop()
        if self.has_class("-record"):
            self._show_record()
        self.post_message(Tab.Moved())

    def focus_grid(self) -> None:
        """Into the rows."""
        self.grid.focus()

    def stop(self) -> bool:
        """Stop what runs, else close what is on top; whether there was either."""
        if self._on_way is not None or self._counting:
            self.workers.cancel_group(self, "page")
            self.workers.cancel_group(self, "count")
            self.notify("stopped", markup=False)
            return True
        if self.has_class("-filtering"):
            self._leave_filter()
            return True
        for name in ("-problem", "-record"):
            if self.has_class(name):
                self.remove_class(name)
                self.focus_grid()
                return True
        return self.editing.clear_marks()

    def _leave_filter(self) -> None:
        """Back to the rows, and to the filter they have: what was mistyped is not one."""
        self.remove_class("-filtering")
        if self.has_class("-mistyped"):
            self.remove_class("-mistyped", "-problem")
        if self.table is not None:
            shown = format_filters(self._filters, self.table, self.lane.backend)
            self.query_one("#filter", Input).value = shown
        self.focus_grid()

    def _parse(self, text: str) -> bool:
        if self.table is None:
            return False
        try:
            self._filters = parse_filters(text, self.table, self.lane.backend)
        except FilterInvalid as error:
            self.fail(error)
            self.add_class("-mistyped")
            return False
        self.remove_class("-mistyped")
        return True

    def _cell(self) -> Cell | None:
        cell = self.grid.cell()
        return cell if cell is not None and cell.is_loaded else None

    def _show_record(self) -> None:
        if self.table is None or self.source is None:
            return
        row = self._values(self.grid.cursor[0])
        names = shown_names(self.table)
        columns = [self.table.column(name) for name in names]
        if row is not None:
            record = self.query_one(RecordView)
            record.show(columns, row)
            record.select(self.grid.cursor[1])

    def _values(self, row: int) -> Sequence[Value] | None:
        """The row as it would be with what is staged."""
        source = self.source
        return source.row(row) if source is not None and row < source.height else None

    def action_refresh(self) -> None:
        """Read what is on the screen again, the table's structure first."""
        self.post_message(self.RereadWanted())

    def reopen(self, table: Table) -> None:
        """Show the rows of `table`, whose columns changed; filters and order go as far as they
        still can.
        """
        self.table = table
        names = table.column_names
        self._order = tuple(sort for sort in self._order if sort.column in names)
        kept = tuple(one for one in self._filters if _names_of(one) <= set(names))
        if kept != self._filters:
            self.notify("a column of the filter is gone, and the filter with it", markup=False)
        self._filters = kept
        self._ask()

    def refresh_rows(self) -> None:
        """Read what is on the screen again."""
        if self.window is not None:
            self.remove_class("-problem")
            self.window.refresh()
            visible = self.grid.visible_rows
            self._want(visible.start, visible.stop, 1)


def shown_names(table: Table) -> tuple[str, ...]:
    """The columns that `SELECT *` shows, in order."""
    return tuple(column.name for column in table.columns if not column.hidden)


def _names_of(condition: Condition) -> set[str]:
    """The columns a condition is about."""
    match condition:
        case AllOf(conditions) | AnyOf(conditions):
            return set().union(*map(_names_of, conditions))
        case Not(inner):
            return _names_of(inner)
        case Filter(column=str(name)):
            return {name}
    return set()

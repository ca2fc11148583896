"""The rows of one relation as they are shown, and the question that they answer."""

from collections import Counter
from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from studio.backends.base import Purpose
from studio.config.settings import Settings
from studio.db.lane import Lane
from studio.model.catalog import Table
from studio.model.change import Change
from studio.model.errors import StudioError
from studio.model.page import Condition, RowCount, Shortened, Value
from studio.rows.deleted_rows import DeletedRows
from studio.rows.parse import FilterInvalid
from studio.rows.question import Question, shown_names
from studio.rows.row_order import order_of
from studio.rows.window import Moved, RowWindow
from studio.ui.editing.grid_editing import RowEditing
from studio.ui.editing.staged_source import StagedSource
from studio.ui.editing.staging import Staged
from studio.ui.request import OpenRequest
from studio.ui.rows.filter_bar import FilterBar
from studio.ui.rows.freshness import Freshness
from studio.ui.rows.kept_columns import KeptColumns
from studio.ui.rows.page_loader import PageLoader
from studio.ui.rows.place import count_words, kept_words, place_words, size_words
from studio.ui.rows.problem_line import ProblemLine
from studio.ui.rows.record_beside import CursorRow, RecordBeside
from studio.ui.rows.record_pane import RecordPane
from studio.ui.rows.record_view import RecordView
from studio.ui.rows.row_counter import RowCounter
from studio.ui.shell.tab import Tab
from studio.ui.widgets.grid import Cell, Grid
from studio.ui.widgets.grid_column import columns_of
from studio.ui.workspace import Workspace

_MOST_OFFERED = 200
"""Values of a column, while a filter is typed."""


class RowsView(Vertical):
    """Asks for rows and shows them; what it says above them is always what they are."""

    DEFAULT_CSS = """
    RowsView #rows { height: 1fr; }
    RowsView RecordPane { display: none; }
    RowsView.-record RecordPane { display: block; }
    """

    class Shown(Message):
        """Rows came, or what is known of them changed."""

    class RereadWanted(Message):
        """The table and its rows should be read again."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.table: Table | None = None
        self.question = Question()
        """What is asked."""
        self._settings = Settings()
        self._pages = PageLoader(self, lambda: self.lane, self)
        self.counter = RowCounter(self, workspace, self._learn, self.fail, self._count_ended)
        """Counts the rows."""
        self.record = RecordBeside(self, workspace, self._cursor_row)
        """The record of the cursor's row."""
        self.freshness = Freshness(workspace, self.counter, self._shown_window, self._tell)
        """Whether the rows are still so."""
        self.deleted = DeletedRows(workspace.hidden_deleted, self.ask)
        """Hides rows that are marked as deleted."""
        self._is_outdated = False
        """Whether something was applied since the rows were read."""
        self._sought: tuple[Change, str] | None = None
        """A change whose row is wanted on the screen, and the column."""
        self._unlisten: Callable[[], None] = lambda: None
        self._arranged = KeptColumns(workspace)

    def compose(self) -> ComposeResult:
        """Filter line, what is wrong, the grid, the record."""
        yield FilterBar(self.workspace.session.backend)
        yield ProblemLine()
        with Horizontal(id="rows"):
            yield RowEditing(self.workspace)
            yield RecordPane(lambda: self.editing.has_effect("edit"))

    def on_mount(self) -> None:
        """Read again what was applied; show times as it was chosen."""
        self._unlisten = self.workspace.staging.listen(self._staged)
        times = self.workspace.times.chosen
        self.grid.show_times(times)
        self.query_one(RecordView).show_times(times)

    def on_unmount(self) -> None:
        """Hear no more of it."""
        self._unlisten()
        self.freshness.forget()
        self._arranged.keep()

    # -- its parts -------------------------------------------------------------------------------

    @property
    def grid(self) -> Grid:
        """The rows on the screen, with what is staged drawn in."""
        return self.query_one(Grid)

    @property
    def editing(self) -> RowEditing:
        """The grid with what changes rows."""
        return self.query_one(RowEditing)

    @property
    def filter_bar(self) -> FilterBar:
        """The line that says which rows are shown."""
        return self.query_one(FilterBar)

    @property
    def problem(self) -> ProblemLine:
        """What went wrong."""
        return self.query_one(ProblemLine)

    @property
    def source(self) -> StagedSource | None:
        """The rows with what is staged, once some were read."""
        return self.editing.source

    @property
    def window(self) -> RowWindow | None:
        """The rows that are asked for."""
        return self._pages.window

    @property
    def lane(self) -> Lane:
        """Where pages are read."""
        return self.workspace.session.lane(Purpose.BROWSE)

    @property
    def settings(self) -> Settings:
        """What the person decided."""
        return self._settings

    @property
    def filters(self) -> tuple[Condition, ...]:
        """What the rows are filtered by."""
        return self.question.filters

    @property
    def is_reading(self) -> bool:
        """Whether a page is on its way."""
        return self._pages.is_reading

    # -- what is asked ---------------------------------------------------------------------------

    def open(self, table: Table, filters: tuple[Condition, ...], request: OpenRequest) -> None:
        """Show the rows of `table`; `request` may hold a filter and an order as text."""
        self.table = table
        self._settings = request.settings
        order, unknown = order_of(request.order, table)
        if unknown:
            said = f"not sorted by {unknown}: {table.ref} has no such column"
            self.notify(said, severity="warning", markup=False)
        typed = self.filter_bar.awaited
        text = typed if typed is not None else request.where
        if text is None and not filters:
            filters = self.deleted.at_first(table)
        if text is not None:
            try:
                filters = self.filter_bar.parse(text, table)
            except FilterInvalid as error:
                # What was asked stays in sight: all rows without a word would be another answer.
                self.filter_bar.edit(text)
                self.problem.say(error, is_typed=True)
        self.ask(Question(filters, order))

    def ask(self, question: Question) -> None:
        """Ask anew: other filters, or another order."""
        if self.table is None:
            return
        self.question = question
        settings = self._settings
        self._pages.window = RowWindow(
            self.table,
            question.order,
            question.filters,
            page_rows=settings.page_rows,
            max_bytes=settings.cache_mib * 1024 * 1024,
        )
        self._show_question(self.table)
        self.grid.add_class("-stale")
        self.freshness.begin()
        self._want(0, self.grid.size.height, 1)

    def _show_question(self, table: Table) -> None:
        self.filter_bar.show(self.question.filters, table)
        self._arranged.keep()
        self.grid.set_columns(
            columns_of(
                table,
                shown_names(table),
                self.question.order,
                grouped=self._settings.group_digits,
            )
        )
        self._arranged.show(table.ref, self.grid)

    def _take_back(self) -> Question | None:
        """Let what is said be what the rows are, when what was asked is not answered: the question
        that is given up; None: there was none, or there are no rows.
        """
        self.freshness.give_up()
        shown = self._shown_window()
        if shown is None or shown is self.window or shown.table is not self.table:
            return None
        given_up, self.question = self.question, Question.of(shown)
        shown.retry()
        self._pages.window, self._sought = shown, None
        self._show_question(shown.table)
        self.grid.remove_class("-stale")
        self.post_message(self.Shown())
        self.want_visible()
        return given_up

    def _say_stopped(self, given_up: Question | None) -> None:
        said = "stopped"
        if self.source is None:
            said += " before any row was read: R reads again"
        elif given_up is not None and given_up.filters != self.filters:
            said += ": the filter is again that of these rows"
        elif given_up is not None:
            said += ": the rows are in the order they had"
        self.notify(said, markup=False)

    def reopen(self, table: Table) -> None:
        """Show the rows of `table`, whose columns changed; filters and order go as far as they
        still can.
        """
        self.table = table
        fitting = self.question.fitting(table)
        if fitting.filters != self.filters:
            self.notify("a column of the filter is gone, and the filter with it", markup=False)
        self.ask(fitting)

    def refresh_rows(self) -> None:
        """Read what is on the screen again."""
        if self.window is not None:
            self.problem.clear()
            # A number from before says nothing of the rows that come.
            self.window.doubt()
            self.window.refresh()
            self.freshness.begin()
            self.want_visible()

    def _shown_window(self) -> RowWindow | None:
        return self.source.window if self.source is not None else None

    def _tell(self) -> None:
        self.post_message(self.Shown())

    @on(Grid.NeedRows)
    def _rows_needed(self, message: Grid.NeedRows) -> None:
        self._want(message.first, message.last, message.direction)

    @on(Grid.EndWanted)
    def _end_wanted(self) -> None:
        if self.window is not None and not self.window.is_exact:
            # The height is a guess: ask for the end itself, whatever its number.
            self.window.last()
            self.want_visible()

    def want_visible(self) -> None:
        """Let what is on the screen be read, as far as it is not."""
        visible = self.grid.visible_rows
        self._want(visible.start, visible.stop, 1)

    def _want(self, first: int, last: int, direction: int) -> None:
        if self.source is not None and self.source.window is self.window:
            first, last = self.source.in_window(first, last)
        self._pages.want(first, last, direction)

    @on(FilterBar.Typed)
    def _filter_typed(self, message: FilterBar.Typed) -> None:
        if self.table is None:
            self.filter_bar.awaited = message.text
        else:
            try:
                filters = self.filter_bar.parse(message.text, self.table)
            except FilterInvalid as error:
                self.problem.say(error, is_typed=True)
                return
            self.problem.clear()
            self.ask(Question(filters, self.question.order))
        self.focus_grid()

    def _leave_filter(self) -> None:
        """Back to the rows, and to the filter they have: what was mistyped is not one."""
        self.filter_bar.leave()
        if self.problem.is_typed:
            self.problem.clear()
        if self.table is not None:
            self.filter_bar.show(self.filters, self.table)
        self.focus_grid()

    # -- what came -------------------------------------------------------------------------------

    def page_came(self, window: RowWindow, moved: Moved) -> None:
        """Show what the window holds now."""
        grid = self.grid
        self.freshness.came(window)
        if grid.has_class("-stale"):
            grid.remove_class("-stale")
            cursor_column = grid.cursor[1]
            self.record.forget_labels()
            self.editing.show(StagedSource(window, self.workspace.staging))
            grid.move_to(0, cursor_column)
        else:
            self.editing.window_changed(moved.shift)
        if not self.problem.is_typed:
            # Rows that come are the answer: an error from before them is none any more.
            self.problem.clear()
        if moved.goto is not None and self.source is not None:
            grid.move_to(self.source.from_window(moved.goto))
        self.post_message(self.Shown())
        self.record.follow()
        if self._sought is not None:
            change, column = self._sought
            self._sought = None
            self.editing.go_to(change, column)
        self.want_visible()

    def page_failed(self, window: RowWindow, error: StudioError) -> None:
        """Keep the rows there are, and what was typed for others."""
        given_up = self._take_back()
        is_typed = given_up is not None and given_up.filters != self.filters
        if given_up is not None and is_typed:
            self.filter_bar.edit_filters(given_up.filters, window.table)
        self.fail(error, is_typed=is_typed)

    def _learn(self, window: RowWindow, known: RowCount) -> None:
        if window is self.window:
            moved = window.learn(known)
            self.editing.window_changed(moved.shift)
            self.post_message(self.Shown())

    def _count_ended(self) -> None:
        if self.is_attached:
            self.post_message(self.Shown())

    def fail(self, error: StudioError, *, is_typed: bool = False) -> None:
        """Say what went wrong, above the rows that are still there."""
        self.problem.say(error, is_typed=is_typed)
        self.post_message(self.Shown())

    def _staged(self, staged: Staged) -> None:
        if self.table is None:
            return
        if staged.is_applied:
            self._is_outdated = True
            self._catch_up()
        self.post_message(self.Shown())
        self.record.follow()

    def on_show(self) -> None:
        """What was applied while another tab was on the screen shows now."""
        self._catch_up()

    def _catch_up(self) -> None:
        if self._is_outdated and self.is_on_screen:
            self._is_outdated = False
            self.reread()
        if self.table is not None and self.is_on_screen:
            self.deleted.catch_up(self.table, self.question)

    def reread(self) -> None:
        """Read what is on the screen again, the table's structure first."""
        self.post_message(self.RereadWanted())

    # -- where one is ----------------------------------------------------------------------------

    @property
    def count_text(self) -> str:
        """How many rows there are, `~` when estimated; empty while unknown."""
        return count_words(self.window)

    def size_text(self, whole: RowCount | None) -> str:
        """How many of the rows of `whole`, which is the relation without a filter, are kept: for
        the title. `…` while they are counted.
        """
        window = self.window
        if window is None or not window.request.filters:
            return size_words(self.count_text)
        is_sought = not window.is_loaded or self.counter.seeks(window)
        return kept_words(window, self.count_text, whole, is_sought=is_sought)

    @property
    def place(self) -> str:
        """`row 3 of ~2,000,000 · 41 ms`."""
        window = self.window
        if window is None or not window.is_loaded:
            return ""
        row = self.grid.cursor[0] if self.grid.view.height else None
        return place_words(window, self.source, row, self._pages.elapsed_ms)

    @on(Grid.CursorMoved)
    def _cursor_moved(self, message: Grid.CursorMoved) -> None:
        message.stop()
        self.record.follow()
        self.post_message(Tab.Moved())

    def focus_grid(self) -> None:
        """Into the rows."""
        self.grid.focus()

    def go_to_change(self, change: Change, column: str) -> None:
        """Put the cursor on the row of a staged change: now, or when its rows have come."""
        self._sought = None
        if self.source is None or self.grid.has_class("-stale"):
            self._sought = (change, column)
        elif not self.editing.go_to(change, column) and self.table is not None:
            if not set(change.identity) <= set(self.table.column_names):
                self.notify("the row is not among those read: scroll to it", markup=False)
                return
            self.notify("only the row itself is shown; F shows every row again", markup=False)
            self._sought = (change, column)
            self.ask(Question.for_row(change, self.question.order))

    def stop(self) -> bool:
        """Stop what runs, else close what is on top; whether there was either."""
        is_reading, is_counting = self._pages.stop(), self.counter.stop()
        if is_reading or is_counting:
            self._say_stopped(self._take_back() if is_reading else None)
            return True
        if self.filter_bar.is_typing:
            self._leave_filter()
            return True
        if self.problem.is_shown or self.record.is_shown:
            if self.problem.is_shown:
                self.problem.clear()
            else:
                self.record.hide()
            self.focus_grid()
            return True
        return self.editing.clear_marks()

    def cell(self) -> Cell | None:
        """What the cursor is on, once it is read."""
        cell = self.grid.cell()
        return cell if cell is not None and cell.is_loaded else None

    @property
    def may_hold_rows(self) -> bool:
        """False once it is known that there are none."""
        return self.window is None or not self.window.is_loaded or self.grid.view.height > 0

    @property
    def why_no_cell(self) -> str:
        """Why the cursor is on none."""
        if self.window is None or not self.window.is_loaded:
            return "the rows are not read yet"
        if self.grid.view.height:
            return "this row is not read yet"
        return "no row matches" if self.filters else "there is no row here"

    def values(self, row: int) -> Sequence[Value] | None:
        """The row as it would be with what is staged."""
        source = self.source
        return source.row(row) if source is not None and row < source.height else None

    def seen_values(self, column: str) -> tuple[Value, ...]:
        """The values of a column in the rows that are held, the most frequent first."""
        window, table = self.window, self.table
        if window is None or table is None or column not in shown_names(table):
            return ()
        at = shown_names(table).index(column)
        rows = filter(None, map(window.row, window.held))
        values = (row.values[at] for row in rows if not isinstance(row.values[at], Shortened))
        return tuple(value for value, _ in Counter(values).most_common(_MOST_OFFERED))

    def _cursor_row(self) -> CursorRow | None:
        row = self.values(self.grid.cursor[0])
        return (self.table, row) if self.table is not None and row is not None else None

    @on(RecordPane.Asked)
    def _asked_of_record(self, message: RecordPane.Asked) -> None:
        message.stop()
        self.grid.move_to(column=message.column)
        if message.is_edit:
            self.editing.action_edit()
        elif self.cell() is not None:
            # Not by the grid: what it sends in answer to this would not bubble beyond here.
            self.post_message(Grid.CellActivated(self.grid, *self.grid.cursor))

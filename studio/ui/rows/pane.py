"""What a person does with the rows of one relation: filter, sort, look closer, go places."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from studio.config.settings import keeps_history
from studio.model.catalog import Table
from studio.model.change import Insert
from studio.model.page import Condition, Value
from studio.rows.filter_text import format_filters
from studio.rows.going import Unsized, go_to
from studio.rows.profile import ProfiledColumn
from studio.rows.question import Question, shown_names
from studio.rows.run import WindowRow
from studio.ui.keys.commands import Command, bindings
from studio.ui.rows.closer_look import WholeValues
from studio.ui.rows.export_scopes import note, scopes
from studio.ui.rows.exporting import Exporting
from studio.ui.rows.filter_bar import FilterBar, FilterField
from studio.ui.rows.filter_history import FilterHistory, PickCondition
from studio.ui.rows.grid_labels import GridLabels
from studio.ui.rows.importing import Importing
from studio.ui.rows.live import Live
from studio.ui.rows.profile import ProfileScreen
from studio.ui.rows.table_profile import TableProfile
from studio.ui.rows.view import RowsView
from studio.ui.widgets.ask import AskText
from studio.ui.widgets.grid import Cell, Grid
from studio.ui.workspace import Workspace

_OF_A_ROW = frozenset(
    {"record", "filter_cell", "exclude_cell", "sort", "sort_more", "relations", "copy"}
)
"""Actions that need one under the cursor."""


class RowsPane(Vertical):
    """The rows, and the commands that read them."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("rows.record", "The whole record, beside the rows", "space", "record", "record"),
        Command("rows.filter", "Filter", "slash", "filter", "filter"),
        Command("rows.filter-cell", "Only rows with this value", "f", "filter_cell", "by cell"),
        Command(
            "rows.exclude-cell", "Only rows without this value", "exclamation_mark", "exclude_cell"
        ),
        Command("rows.drop-condition", "Drop a condition of the filter", "minus", "drop_condition"),
        Command("rows.clear-filter", "All rows again", "F", "clear_filter"),
        Command(
            "rows.deleted",
            "Hide deleted rows, or not",
            "H",
            "deleted",
        ),
        Command("rows.sort", "Sort by this column: up, down, not", "s", "sort", "sort"),
        Command("rows.sort-more", "Add this column to the order", "S", "sort_more"),
        Command(
            "rows.relations",
            "Rows this points to, rows that point here",
            "r",
            "relations",
            "relations",
        ),
        Command("rows.labels", "What foreign keys lead to, beside them", "g l", "labels"),
        Command("rows.copy", "Copy as…", "y", "copy", "copy"),
        Command("rows.profile", "What this column's values are like", "p", "profile", "profile"),
        Command("rows.profile-table", "What every column's values are like", "", "profile_table"),
        Command("rows.export", "Export these rows to a file", "X", "export"),
        Command("rows.import", "Import rows of a file", "I", "import"),
        Command("rows.go-to", "Go to a row, a percentage, or a key", "percent_sign", "go_to"),
        Command("rows.count", "Count the rows exactly", "C", "count"),
        Command("rows.refresh", "Read again", "R", "refresh"),
        Command("rows.live", "Follow what others write, or no more", "L", "live"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    def __init__(self, workspace: Workspace, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self.rows = RowsView(workspace)
        self.exporting = Exporting(self)
        """Writes rows into files."""
        self.importing = Importing(self, workspace, self._take_rows, self.rows.reread)
        """Takes rows of files."""
        target = workspace.target
        self._filters = FilterHistory(
            self,
            target,
            lambda: self.rows.filter_bar,
            lambda: keeps_history(self.rows.settings, target),
        )
        self.live = Live(self, self.rows, lambda: self.rows.post_message(RowsView.Shown()))
        """Reads the rows again when they are others."""
        self._labels = GridLabels(self, workspace, lambda: self.rows.grid, self.rows.values)
        self._look = WholeValues(self, workspace, self._held, self.rows.fail)

    def compose(self) -> ComposeResult:
        """The rows alone."""
        yield self.rows

    def _held(self, row: int) -> WindowRow | None:
        source = self.rows.source
        return source.held(row) if source is not None else None

    def has_effect(self, action: str) -> bool:
        """Without rows, only what finds or makes some."""
        return action not in _OF_A_ROW or self.rows.grid.view.height > 0

    def _cell(self) -> Cell | None:
        """What the cursor is on; where that is nothing, why is said."""
        cell = self.rows.cell()
        if cell is None:
            self.notify(self.rows.why_no_cell, markup=False)
        return cell

    # -- filter and order ------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Type a filter."""
        self._filters.begin()
        self.rows.filter_bar.values = self.rows.seen_values
        self.rows.filter_bar.edit()
        self.rows.filter_bar.field.focus()

    @on(FilterBar.Typed)
    def _filter_typed(self, message: FilterBar.Typed) -> None:
        if self.rows.table is not None and not self.rows.filter_bar.is_typing:
            self._filters.used(str(self.rows.table.ref), message.text)

    @on(FilterField.Recalled)
    def _recalled(self, message: FilterField.Recalled) -> None:
        if self.rows.table is not None:
            self._filters.recall(str(self.rows.table.ref), message.by)

    @on(FilterField.SaveWanted)
    def _save_filter(self) -> None:
        if self.rows.table is not None:
            self._filters.save(str(self.rows.table.ref), self.rows.filter_bar.field.value)

    @on(FilterField.ChoiceWanted)
    def _choose_filter(self) -> None:
        if self.rows.table is not None:
            self._filters.choose(str(self.rows.table.ref), self.rows.filter_bar.edit)

    def action_filter_cell(self) -> None:
        """Keep only the rows that have this value here."""
        cell = self._cell()
        if cell is not None and self.rows.table is not None:
            self._look.filter_by(self.rows.table, cell, self._use_value)

    def action_exclude_cell(self) -> None:
        """Keep only the rows that have another value here, or none."""
        cell = self._cell()
        if cell is not None and self.rows.table is not None:
            self._look.filter_by(self.rows.table, cell, self._exclude_value)

    def _exclude_value(self, table: Table, column: str, value: Value) -> None:
        if table is self.rows.table:
            self.rows.ask(self.rows.question.without_value(column, value))

    def action_drop_condition(self) -> None:
        """Keep rows by one condition less: of several, the one that is chosen."""
        rows, question = self.rows, self.rows.question
        if rows.table is None or not question.filters:
            self.notify("there is no filter here", markup=False)
        elif len(question.filters) == 1:
            rows.ask(question.dropped(0))
        else:
            backend = rows.workspace.session.backend
            each = [format_filters((one,), rows.table, backend) for one in question.filters]
            self.app.push_screen(PickCondition(each), partial(self._drop, question))

    def _drop(self, question: Question, place: int | None) -> None:
        if place is not None and question is self.rows.question:
            self.rows.ask(question.dropped(place))

    def _use_value(self, table: Table, column: str, value: Value) -> None:
        if table is self.rows.table:
            self.rows.ask(self.rows.question.with_value(column, value))

    def action_clear_filter(self) -> None:
        """All rows again."""
        self.rows.ask(Question(order=self.rows.question.order))

    def action_deleted(self) -> None:
        """Hide rows that are marked as deleted, or show them."""
        if (table := self.rows.table) is not None:
            self.notify(self.rows.deleted.turn(table, self.rows.question), markup=False)

    def action_sort(self) -> None:
        """Order by this column alone: ascending, descending, not at all."""
        if (cell := self._cell()) is not None:
            self.rows.ask(self.rows.question.turned(cell.column.name, alone=True))

    def action_sort_more(self) -> None:
        """Add this column to the order, or turn it round."""
        if (cell := self._cell()) is not None:
            self.rows.ask(self.rows.question.turned(cell.column.name, alone=False))

    @on(Grid.HeaderClicked)
    def _header_clicked(self, message: Grid.HeaderClicked) -> None:
        self.rows.grid.move_to(column=message.column)
        self.action_sort()

    # -- looking closer --------------------------------------------------------------------------

    @on(Grid.CellActivated)
    def _activated(self) -> None:
        self.action_value()

    def action_value(self) -> None:
        """Show the whole value."""
        cell = self._cell()
        if cell is not None and self.rows.table is not None:
            at = self.rows.grid.cell_on_screen()
            self._look.show_value(self.rows.table, cell, at, self._keep_node)

    def _keep_node(self, kept: Condition | None) -> None:
        self._keep_rows(None if kept is None else (kept,))

    def action_record(self) -> None:
        """Show the record beside the rows, or take it away."""
        rows = self.rows
        # Opened before its row has come, it fills then.
        if rows.record.is_shown or rows.may_hold_rows or self._cell() is not None:
            rows.record.toggle()

    def action_relations(self) -> None:
        """Follow a foreign key, either way."""
        cell = self._cell()
        values = self.rows.values(cell.row) if cell is not None else None
        if cell is not None and values is not None and self.rows.table is not None:
            self._look.show_relations(self.rows.table, cell.row, values, cell.column.name)

    def action_profile(self) -> None:
        """Show what the values of the cursor's column are like; a line there keeps its rows."""
        table = self.rows.table
        names = () if table is None else shown_names(table)
        place = self.rows.grid.cursor[1]
        if place < len(names):
            self._profile(names[place])

    def action_profile_table(self) -> None:
        """List every column with what is known of it; one that is chosen is shown whole."""
        rows = self.rows
        if rows.table is not None:
            screen = TableProfile(rows.workspace, rows.table, rows.filters)
            self.app.push_screen(screen, self._profile)

    def _profile(self, name: str | None) -> None:
        table, rows = self.rows.table, self.rows
        if table is not None and name in table.column_names:
            subject = ProfiledColumn(table, table.column(name), rows.filters)
            self.app.push_screen(ProfileScreen(rows.workspace, subject), self._keep_rows)

    def _keep_rows(self, kept: tuple[Condition, ...] | None) -> None:
        if kept is not None:
            self.rows.ask(self.rows.question.kept_by(kept))

    def action_copy(self) -> None:
        """Copy the cell, the row, or the marked rows."""
        cell = self._cell()
        values = self.rows.values(cell.row) if cell is not None else None
        if cell is not None and values is not None and self.rows.table is not None:
            marked, at = self.rows.editing.marked(), self.rows.grid.cell_on_screen()
            self._look.show_copies(self.rows.table, cell, values, marked, at)

    def action_export(self) -> None:
        """Write what is in sight, what is marked, or the whole table into a file."""
        table = self.rows.table
        if table is not None:
            self.exporting.ask(table.ref.name, scopes(self.rows, table), note(self.rows, table))

    def action_import(self) -> None:
        """Take the rows of a file."""
        if (table := self.rows.editing.takes_rows()) is not None:
            self.importing.ask(table)

    def _take_rows(self, rows: Sequence[Insert]) -> None:
        self.rows.editing.insert(rows)

    # -- labels of foreign keys --------------------------------------------------------------------

    def action_labels(self) -> None:
        """Show the labels of the rows that foreign keys lead to, or take them away."""
        if (table := self.rows.table) is not None and not self._labels.toggle(table):
            self.notify(f"no foreign key leads from {table.ref} to another table", markup=False)

    @on(Grid.NeedRows)
    def _rows_moved(self) -> None:
        self._labels.look(self.rows.table)

    @on(RowsView.Shown)
    def _rows_came(self) -> None:
        self.live.came()
        self._labels.look(self.rows.table)

    @on(RowsView.RereadWanted)
    def _rows_doubted(self) -> None:
        if self.rows.table is not None:
            self._labels.use(self.rows.table)

    # -- going places ----------------------------------------------------------------------------

    def action_go_to(self) -> None:
        """Go to a row number, a percentage, or a key."""
        self.app.push_screen(
            AskText("Go to row, percent, or key", placeholder="1200   50%   =key"), self._go_to
        )

    def _go_to(self, text: str | None) -> None:
        if not text or self.rows.window is None:
            return
        try:
            row = go_to(text, self.rows.window, self.rows.lane.backend)
        except Unsized as error:
            self.notify(str(error), markup=False)
            return
        except ValueError as error:
            self.notify(f"not a row, a percentage or a key: {error}", markup=False)
            return
        if row is not None:
            self.rows.grid.move_to(row)
        self.rows.want_visible()

    def action_count(self) -> None:
        """Count the rows exactly, in the background."""
        if self.rows.window is not None:
            self.rows.counter.count(self.rows.window)

    def action_refresh(self) -> None:
        """Read what is on the screen again, the table's structure first."""
        self.rows.reread()

    def action_live(self) -> None:
        """Let the rows follow the database by themselves, or stay as they are."""
        self.live.toggle()

"""What statements gave: the strip of results, the rows, and the keys for both."""

from typing import ClassVar, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from studio.backends.base import Backend
from studio.ui.keys.commands import Command, bindings
from studio.ui.query.earlier import Earlier
from studio.ui.query.notified import NotifiedLines
from studio.ui.query.results import OutcomeList, ResultStrip
from studio.ui.rows.filter_bar import FilterBar
from studio.ui.widgets.grid import Grid
from studio.ui.widgets.labels import plain

_PIN_COLUMN = "rows.pin-column"
_SHARE, _STEP, _LEAST, _MOST = 35, 10, 15, 85
"""Percent of the height that the editor has."""


class ActsOnResults(Protocol):
    """Whoever does what the keys of the results ask for."""

    def again(self) -> None:
        """Run the statement of these rows again."""

    def pin(self) -> None:
        """Keep these rows beside those of the next run, or no longer."""

    def sort(self, *, alone: bool) -> None:
        """By the cursor's column: up, down, not; `alone`: by nothing else."""

    def filter_by(self, text: str) -> None:
        """Only the rows that `text` keeps."""

    def filter_cell(self) -> None:
        """Only rows with the cursor's value."""

    def clear(self) -> None:
        """All rows, as they came."""

    def edit(self) -> None:
        """Open the table of these rows where they can be changed."""


class ResultGrid(Grid, inherit_bindings=False):
    """`P` pins the result here; a column is pinned in the list of columns."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = tuple(
        command for command in Grid.COMMANDS_HERE if command.id != _PIN_COLUMN
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)


class ResultHead(Static):
    """What the rows below are: how many of how many, when they came, who sorted them."""

    DEFAULT_CSS = """
    ResultHead {
        height: 1; padding: 0 1; color: $dim; text-overflow: ellipsis; text-wrap: nowrap;
        display: none;
    }
    """

    def __init__(self) -> None:
        super().__init__(markup=False, id="result-head")
        self._said = ""

    def show(self, text: str) -> None:
        """Say it; nothing takes no room."""
        if text != self._said:
            self._said = text
            self.display = bool(text)
            self.update(plain(text))


class ResultsPane(Vertical):
    """Everything below the editor's own lines."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("results.again", "Run the statement of these rows again", "R", "again", "again"),
        Command("results.pin", "Pin these rows beside the next ones, or not", "P", "pin", "pin"),
        Command("results.filter", "Filter these rows", "slash", "filter", "filter"),
        Command("results.filter-cell", "Only rows with this value", "f", "filter_cell"),
        Command("results.clear", "All rows as they came", "F", "clear"),
        Command("results.sort", "Sort by this column: up, down, not", "s", "sort(True)", "sort"),
        Command("results.sort-more", "Add this column to the order", "S", "sort(False)"),
        Command("results.edit", "Edit these rows in their table's tab", "e", "edit", "edit"),
        Command("results.taller", "More room for the results", "plus", "grow(1)"),
        Command("results.lower", "Less room for the results", "minus", "grow(-1)"),
        Command("results.alone", "The results alone, or with the editor", "Z", "alone"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    ResultsPane { height: 1fr; }
    ResultsPane Grid { height: 1fr; }
    QueryTab.-alone SqlEditor { display: none; }
    """

    def __init__(self, backend: Backend) -> None:
        super().__init__(id="results-pane")
        self._backend = backend
        self.grid = ResultGrid(id="results")
        """The rows."""
        self.strip = ResultStrip()
        self.outcomes = OutcomeList()
        self.head = ResultHead()
        self.notified = NotifiedLines()
        self.acts: ActsOnResults | None = None
        """Set by the tab."""
        self._share = _SHARE

    def compose(self) -> ComposeResult:
        """A line for each thing that is there to be said, then rows."""
        yield self.strip
        yield self.head
        yield FilterBar(self._backend)
        yield self.outcomes
        yield Earlier()
        yield self.grid
        yield self.notified

    @property
    def filter_bar(self) -> FilterBar:
        """The line that says which rows are shown."""
        return self.query_one(FilterBar)

    def has_effect(self, action: str) -> bool:
        """Without rows there is nothing to do with them."""
        return action in {"grow", "alone"} or self.shows_rows

    @property
    def shows_rows(self) -> bool:
        """Whether rows are on the screen, and not what became of each statement."""
        return bool(self.grid.columns.columns) and bool(self.grid.display)

    def leave_filter(self) -> bool:
        """Type no filter any more; whether one was typed."""
        if not self.filter_bar.is_typing:
            return False
        self.filter_bar.leave()
        self.grid.focus()
        return True

    @on(FilterBar.Typed)
    def _filter_typed(self, message: FilterBar.Typed) -> None:
        message.stop()
        if self.acts is not None:
            self.acts.filter_by(message.text)

    @on(Grid.HeaderClicked)
    def _header_clicked(self, message: Grid.HeaderClicked) -> None:
        self.grid.move_to(column=message.column)
        self.action_sort(True)

    def action_again(self) -> None:
        """Run it again."""
        if self.acts is not None:
            self.acts.again()

    def action_pin(self) -> None:
        """Pin it, or no longer."""
        if self.acts is not None:
            self.acts.pin()

    def action_sort(self, alone: bool) -> None:
        """Sort by the cursor's column."""
        if self.acts is not None:
            self.acts.sort(alone=alone)

    def action_filter(self) -> None:
        """Type a filter."""
        if self.has_effect("filter"):
            self.filter_bar.edit()
            self.filter_bar.field.focus()

    def action_filter_cell(self) -> None:
        """Keep rows like this one."""
        if self.acts is not None:
            self.acts.filter_cell()

    def action_clear(self) -> None:
        """As they came."""
        if self.acts is not None:
            self.acts.clear()

    def action_edit(self) -> None:
        """Where they can be changed."""
        if self.acts is not None:
            self.acts.edit()

    def action_grow(self, by: int) -> None:
        """Give the results more of the screen, or less."""
        tab = self.parent
        if isinstance(tab, Vertical):
            self._share = max(_LEAST, min(_MOST, self._share - by * _STEP))
            for editor in tab.query("SqlEditor"):
                editor.styles.height = f"{self._share}%"

    def action_alone(self) -> None:
        """Hide the editor, or bring it back."""
        if isinstance(self.parent, Vertical):
            self.parent.toggle_class("-alone")

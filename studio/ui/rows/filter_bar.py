"""The line that says which rows are shown, and is typed in to see others."""

import re
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Static

from studio.backends.base import Backend
from studio.model.catalog import Table
from studio.model.page import Condition
from studio.rows.filter_completion import Values, continued
from studio.rows.filter_example import example_of
from studio.rows.filter_text import format_filters
from studio.rows.parse import parse_filters
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.labels import plain

_WHERE, _SQL = "where", "sql"
"""What stands before the line; it may begin with that word itself, and is SQL then."""
_BEGINS_WITH_WHERE = re.compile(r"\s*where\b", re.IGNORECASE)


class FilterField(Input):
    """The line itself."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("filter.show", "Show the rows of this filter", "enter", "submit", "show"),
        Command("filter.leave", "Back to the rows and the filter they have", "escape",
                "screen.stop", "back"),
        Command("filter.earlier", "The filter typed before", "up", "recall(1)"),
        Command("filter.later", "The one typed after it", "down", "recall(-1)"),
        Command("filter.saved", "Filters with a name, and those typed before", "f9,ctrl+o",
                "choose", "saved"),
        Command("filter.save", "Save it under a name", "ctrl+s", "save"),
        Command("filter.take", "Take what is offered behind it", "tab", "take"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)

    class Recalled(Message):
        """One so many steps earlier is wanted; a later one: fewer than none."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    class ChoiceWanted(Message):
        """Those with a name are wanted."""

    class SaveWanted(Message):
        """This one is to have a name."""

    def action_recall(self, by: int) -> None:
        """Go back or forth in what was typed before."""
        self.post_message(self.Recalled(by))

    def action_choose(self) -> None:
        """Offer what has a name."""
        self.post_message(self.ChoiceWanted())

    def action_save(self) -> None:
        """Give it a name."""
        self.post_message(self.SaveWanted())

    def action_take(self) -> None:
        """Take what is offered."""
        self.action_cursor_right()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without an offer, the key is what it is elsewhere."""
        if action == "take":
            return bool(self._suggestion) and self.cursor_at_end
        return super().check_action(action, parameters)


class _Offers(Suggester):
    """What could follow in the line."""

    def __init__(self, offer: Callable[[str], str | None]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._offer = offer

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line with it."""
        return self._offer(value)


class FilterBar(Horizontal):
    """Shown while there is a filter, or one is typed."""

    DEFAULT_CSS = """
    FilterBar { height: 1; display: none; }
    FilterBar.-filtering, FilterBar.-filtered { display: block; }
    FilterBar #where { width: 7; color: $dim; padding: 0 1; }
    FilterBar #filter { width: 1fr; }
    """

    class Typed(Message):
        """These rows are wanted."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, backend: Backend) -> None:
        super().__init__(id="filter-line")
        self._backend = backend
        self.awaited: str | None = None
        """What was typed before the table was read."""
        self.values: Values = lambda _column: ()
        """Values that are known of a column."""
        self._table: Table | None = None

    def compose(self) -> ComposeResult:
        """A word and a line."""
        yield Static(_WHERE, id="where", markup=False)
        offers = _Offers(self._continued)
        yield FilterField(id="filter", select_on_focus=False, suggester=offers)

    @property
    def field(self) -> Input:
        """The line."""
        return self.query_one("#filter", Input)

    def _continued(self, text: str) -> str | None:
        if self._table is None or not self.is_typing:
            return None
        return continued(text, self._table, self._backend, self.values)

    @property
    def is_typing(self) -> bool:
        """Whether what it says is not yet what is asked."""
        return self.has_class("-filtering")

    def edit(self, text: str | None = None) -> None:
        """Let it be typed, from `text` or from what it says."""
        self.add_class("-filtering")
        if text is not None:
            self.field.value = text
        # What is typed on begins at its end, and ctrl+u takes all of it away.
        self.field.cursor_position = len(self.field.value)

    def edit_filters(self, filters: Sequence[Condition], table: Table) -> None:
        """Let these be typed on: they could not be asked."""
        self.edit(format_filters(tuple(filters), table, self._backend))

    def parse(self, text: str, table: Table) -> tuple[Condition, ...]:
        """What `text` asks for; then it is no longer typed. Raises FilterInvalid."""
        found = parse_filters(text, table, self._backend)
        self.leave()
        return found

    def leave(self) -> None:
        """Type no more."""
        self.remove_class("-filtering")
        self.awaited = None

    def show(self, filters: Sequence[Condition], table: Table) -> None:
        """Say which rows are asked for; what is being typed is not taken away."""
        self._table = table
        self.set_class(bool(filters), "-filtered")
        self.field.placeholder = plain(example_of(table, self._backend))
        if not self.is_typing:
            self.field.value = format_filters(tuple(filters), table, self._backend)

    def forget(self) -> None:
        """There are no rows that could be filtered."""
        self.leave()
        self.remove_class("-filtered")
        self.field.value = ""

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        label = _SQL if _BEGINS_WITH_WHERE.match(message.value) else _WHERE
        if (line := self.query_one("#where", Static)).content != label:
            line.update(label)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.post_message(self.Typed(message.value))

"""A line to type in above a list that narrows: the shape of every picker."""

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.dialog import Dialog

T = TypeVar("T")
_GAP = 2
_MOST_NAME = 46
"""Cells of the first column at most: the others are to stay in sight."""


def in_columns(lines: Sequence[tuple[str, ...]], *, right: bool = False) -> list[Text]:
    """Lines of plain words, each column as wide as its longest; all but the first dim. `right`: the
    last one stands at its right edge, as numbers do.
    """
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    if widths:
        widths[0] = min(widths[0], _MOST_NAME)
    made = []
    for line in lines:
        text = Text(no_wrap=True, overflow="ellipsis")
        for place, (word, width) in enumerate(zip(line, widths, strict=True)):
            is_last = place == len(widths) - 1
            blank = " " * max(0, width - cell_len(word))
            padded = f"{blank}{word}" if right and is_last else f"{word}{'' if is_last else blank}"
            text.append(padded, style="dim" if place else "")
            text.append("" if is_last else " " * _GAP)
        made.append(text)
    return made


class Pick(Dialog[T | None], Generic[T]):
    """Type to narrow, enter to take. What is offered, and what a line means, says the subclass."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("pick.down", "Next line", "down,ctrl+n", "move(1)"),
        Command("pick.up", "Previous line", "up,ctrl+p", "move(-1)"),
        Command("pick.page-down", "Page down", "pagedown", "move(10)"),
        Command("pick.page-up", "Page up", "pageup", "move(-10)"),
        Command("pick.cancel", "Never mind", "escape", "cancel", "back"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)
    ENTER: ClassVar[str] = "take"
    PLACEHOLDER: ClassVar[str] = "type to narrow"
    DEFAULT_CSS = """
    Pick { align: center top; }
    Pick > Vertical {
        width: 80; max-width: 96%; height: auto; max-height: 80%; margin-top: 2;
        background: $surface; border: round $primary;
    }
    Pick OptionList {
        height: auto; max-height: 22; border: none; background: $surface; padding: 0;
        scrollbar-size-vertical: 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    Pick OptionList:focus { border: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_filling = False
        """Whether lines are still on their way: enter waits for them."""
        self._is_due = False
        """Whether enter was pressed, and waits."""
        self._is_moved = False
        """Whether the person chose the line that is highlighted."""

    def compose(self) -> ComposeResult:
        """The line and the list."""
        with Vertical():
            yield Input(placeholder=self.PLACEHOLDER)
            lines = OptionList(markup=False)
            lines.can_focus = False
            yield lines
            yield from self.below()

    def below(self) -> ComposeResult:
        """What stands below the list."""
        return iter(())

    def on_mount(self) -> None:
        """Offer everything at first."""
        self._narrow("")

    def offer(self, typed: str) -> list[Option]:
        """The lines for what was typed, best first."""
        raise NotImplementedError

    def value(self, index: int) -> T | None:
        """What line `index` of the last offer stands for."""
        raise NotImplementedError

    def typed(self, text: str) -> T | None:
        """What the typed text itself stands for when no line is taken; None: nothing."""
        del text
        return None

    def mark(self, index: int) -> object:
        """What line `index` of the last offer is known by while lines come before it."""
        return index

    @property
    def lines(self) -> OptionList:
        """The list."""
        return self.query_one(OptionList)

    def refill(self) -> None:
        """Offer what there is by now, for the same text; a line one went to stays highlighted."""
        marked = self.marked
        self.show_options(self.offer(self.query_one(Input).value), marked)

    def _narrow(self, text: str) -> None:
        self._is_moved = self._is_due = False
        self.show_options(self.offer(text))

    @property
    def marked(self) -> object:
        """The mark of the line one went to; None: one went to none."""
        here = self.lines.highlighted
        return self.mark(here) if self._is_moved and here is not None else None

    def show_options(self, options: list[Option], marked: object = None) -> None:
        """Show these lines instead; the one with that mark is highlighted, else the first."""
        lines = self.lines
        lines.clear_options()
        lines.add_options(options)
        if lines.option_count:
            at = (i for i in range(len(options)) if marked is not None and self.mark(i) == marked)
            lines.highlighted = next(at, 0)
        if self._is_due and not (self.is_filling and self._is_empty):
            self._is_due = False
            self._take()

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        self._narrow(message.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._take()

    def _take(self) -> None:
        """Close with the typed text or the line, as soon as there can be one."""
        lines = self.lines
        if (own := self.typed(self.query_one(Input).value)) is not None:
            self.dismiss(own)
        elif self.is_filling and self._is_empty:
            self._is_due = True
        elif lines.highlighted is not None:
            self.dismiss(self.value(lines.highlighted))

    @property
    def _is_empty(self) -> bool:
        """Whether there is no line that could be taken."""
        return all(option.disabled for option in self.lines.options)

    @on(OptionList.OptionSelected)
    def _clicked(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self.value(message.option_index))

    def action_move(self, by: int) -> None:
        """Move the highlight."""
        lines = self.query_one(OptionList)
        if lines.option_count:
            self._is_moved = True
            here = lines.highlighted or 0
            lines.highlighted = max(0, min(lines.option_count - 1, here + by))

    def action_cancel(self) -> None:
        """Close without a choice."""
        self.dismiss(None)

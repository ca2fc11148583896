"""The results of several statements: a strip with one entry each, and what became of them."""

from collections.abc import Callable
from time import perf_counter
from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from studio.backends.halves.running import TransactionNow
from studio.queries.outcome import Outcome
from studio.ui.keys.commands import Command, bindings
from studio.ui.query.answer_view import Answer
from studio.ui.query.outcome_words import FAILED, beneath, head_of, in_strip, sign_of, what_came
from studio.ui.widgets.grid import Grid

_BEFORE = 3
"""Entries of the strip that stay in sight before the one that is shown."""
_SHOWN_S = 0.25
_FITTING = 8
"""So many entries need no scrolling on most screens."""
_MOST_LISTED = 1_000


class ResultStrip(Static):
    """One line: an entry for each statement, the one that is shown in reverse."""

    DEFAULT_CSS = "ResultStrip { height: 1; background: $panel; color: $foreground; padding: 0 1; }"

    def __init__(self) -> None:
        super().__init__(markup=False, id="strip")
        self.display = False


class OutcomeList(OptionList):
    """A line or more for each statement."""

    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        Command("results.go-there", "To where it stands, or failed", "enter", "select", "go there"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE)
    DEFAULT_CSS = """
    OutcomeList {
        height: 1fr; border: none; padding: 0 1; background: $background;
        scrollbar-size-vertical: 1; display: none;
    }
    OutcomeList:focus { border: none; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False, id="outcomes")


class Results:
    """What the statements of the last run came to; the tab holds it."""

    def __init__(
        self,
        strip: ResultStrip,
        listed: OutcomeList,
        grid: Grid,
        show: Callable[[Answer], None],
    ) -> None:
        """`show` brings rows into `grid`."""
        self._strip = strip
        self._list = listed
        self._grid = grid
        self._show_rows = show
        self._first_line = 0
        self._drawn = 0.0
        self.entries: list[tuple[Outcome, Answer | None]] = []
        """In the order of the text."""
        self.shown: int | None = None
        """The entry whose rows are shown; None: the list of all."""

    def begin(self, first_line: int, *, several: bool) -> None:
        """Other statements run, whose text begins on this line of the editor, from 0."""
        self.entries, self.shown, self._first_line = [], None, first_line
        self._strip.display = several
        self._list.display = False
        self._grid.display = True
        self._draw_strip()

    def add(self, outcome: Outcome, answer: Answer | None) -> None:
        """What became of the next one."""
        self.entries.append((outcome, answer))
        if self._strip.display and perf_counter() - self._drawn >= _SHOWN_S:
            self._draw_strip()

    def end(self) -> None:
        """Nothing runs any more: show the list, or the last rows where all gave rows."""
        if not self._strip.display or not self.entries:
            return
        rows = [place for place, (_, answer) in enumerate(self.entries) if answer is not None]
        self._list.clear_options()
        outcomes = [outcome for outcome, _ in self.entries[:_MOST_LISTED]]
        before = [None, *outcomes]
        lines = (self._line(one, other) for one, other in zip(outcomes, before, strict=False))
        self._list.add_options(map(Option, lines))
        self.show(rows[-1] if len(rows) == len(self.entries) else None)
        failed = (i for i, (outcome, _) in enumerate(self.entries) if outcome.failure is not None)
        self._list.highlighted = min(next(failed, 0), self._list.option_count - 1)

    def step(self, by: int) -> None:
        """Show the next entry's rows, or its line where it gave none."""
        if not self._strip.display or not self.entries:
            return
        here = self.shown if self.shown is not None else (self._list.highlighted or 0)
        if self.shown is None and self._has_rows(here) and by > 0:
            by = 0
        self.show(max(0, min(len(self.entries) - 1, here + by)))

    def _has_rows(self, place: int) -> bool:
        return self.entries[place][1] is not None

    def show(self, place: int | None) -> None:
        """Show the rows of this entry; None, or no rows: the list."""
        answer = self.entries[place][1] if place is not None else None
        had_focus = self._grid.has_focus or self._list.has_focus
        self.shown = place if answer is not None else None
        self._grid.display = answer is not None
        self._list.display = answer is None
        if answer is not None:
            self._show_rows(answer)
        elif place is not None:
            self._list.highlighted = min(place, self._list.option_count - 1)
        if had_focus:
            (self._grid if answer is not None else self._list).focus()
        self._draw_strip()

    def _line(self, outcome: Outcome, before: Outcome | None) -> Text:
        was_open = before is not None and before.transaction is TransactionNow.OPEN
        line = Text(f"{head_of(outcome, self._first_line)}  ")
        if sign_of(outcome) == FAILED:
            line.append(f"\n          {what_came(outcome)}", "bold")
        else:
            line.append(what_came(outcome), "dim")
        for words in beneath(outcome, self._first_line, was_open=was_open):
            line.append(f"\n          {words}", "dim")
        return line

    def _draw_strip(self) -> None:
        self._drawn = perf_counter()
        chosen, last = self.shown, len(self.entries) - 1
        first = max(0, (last if chosen is None else chosen) - _BEFORE)
        first = 0 if last < _FITTING else first
        line = Text("─ " if first == 0 else "‹ ", no_wrap=True, overflow="ellipsis")
        for place, (outcome, _) in enumerate(self.entries[first : first + 30], start=first):
            if place > first:
                line.append(" │ ")
            line.append(in_strip(place + 1, outcome), "reverse" if place == chosen else "")
        line.append(" ─ [ ] walk" if self.entries else "")
        self._strip.update(line)

"""The results of several statements: a strip with one entry each, and what became of them."""

from collections.abc import Callable
from time import perf_counter
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual.binding import BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from studio.backends.halves.running import TransactionNow
from studio.queries.outcome import StepOutcome
from studio.ui.keys.commands import Command, bindings
from studio.ui.query.answer import Answer
from studio.ui.query.outcome_words import (
    FAILED,
    beneath,
    count_in_strip,
    head_of,
    in_strip,
    sign_of,
    what_came,
)
from studio.ui.widgets.grid import Grid

_BEFORE = 3
"""Entries of the strip that stay in sight before the one that is shown."""
_INDENT = 10
"""Cells before what is said below a statement: it begins where that does."""
_SHOWN_S = 0.25
_FITTING = 8
"""So many entries need no scrolling on most screens."""
_MOST_LISTED = 1_000
MOST_PINNED = 6
"""Each holds its rows in memory."""

Entry = tuple[StepOutcome, Answer | None]


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


class RunResults:
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
        self._several = False
        self.pinned: list[Entry] = []
        """Of earlier runs, oldest first."""
        self.entries: list[Entry] = []
        """Of the last run, in the order of the text."""
        self.on_shown: Callable[[], None] | None = None
        """Called when other rows are shown, or the list of all."""
        self.shown: int | None = None
        """The place in `every` whose rows are shown; None: the list of all."""

    @property
    def every(self) -> list[Entry]:
        """What is pinned, then what ran last."""
        return [*self.pinned, *self.entries]

    def begin(self, first_line: int, *, several: bool) -> None:
        """Other statements run, whose text begins on this line of the editor, from 0."""
        self.pinned = [entry for entry in self.every if entry[1] and entry[1].is_pinned]
        self.entries, self.shown, self._first_line = [], None, first_line
        self._several = several
        self._list.display = False
        self._grid.display = True
        self._draw_strip()

    def add(self, outcome: StepOutcome, answer: Answer | None) -> None:
        """What became of the next one."""
        self.entries.append((outcome, answer))
        if self._several and perf_counter() - self._drawn >= _SHOWN_S:
            self._draw_strip()

    def end(self) -> None:
        """Nothing runs any more: show the list, or the last rows where all gave rows."""
        if not self.entries:
            return
        last = len(self.pinned) + len(self.entries) - 1
        if not self._several:
            self.shown = last if self.entries[-1][1] is not None else None
            self._draw_strip()
            return
        has_rows = all(answer is not None for _, answer in self.entries)
        self._fill_list()
        self.show(last if has_rows else None)
        failed = (i for i, (outcome, _) in enumerate(self.entries) if outcome.failure is not None)
        self._list.highlighted = min(next(failed, 0), self._list.option_count - 1)

    def _fill_list(self) -> None:
        self._list.clear_options()
        outcomes = [outcome for outcome, _ in self.entries[:_MOST_LISTED]]
        before = [None, *outcomes]
        lines = (self._line(one, other) for one, other in zip(outcomes, before, strict=False))
        self._list.add_options(map(Option, lines))

    def replace(self, old: Answer, outcome: StepOutcome, new: Answer) -> None:
        """Other rows in the place of `old`, which ran again; show them."""
        new.is_pinned = old.is_pinned
        for entries in (self.pinned, self.entries):
            for place, (_, answer) in enumerate(entries):
                if answer is old:
                    entries[place] = outcome, new
        if self._list.option_count:
            self._fill_list()
        self.show_answer(new)

    def refresh(self, answer: Answer, outcome: StepOutcome) -> None:
        """`answer` has other rows now, of a run that came to `outcome`."""
        for entries in (self.pinned, self.entries):
            for place, (before, each) in enumerate(entries):
                if each is answer and count_in_strip(before) != count_in_strip(outcome):
                    entries[place] = outcome, answer
                    self._draw_strip()

    def part(self, kept: Answer, live: Answer, came: StepOutcome | None = None) -> None:
        """`kept` stays as it is beside the results; `live` goes on in its place, or behind them
        where it is of an earlier run. `came`: what its own run came to.
        """
        for place, (outcome, each) in enumerate(self.entries):
            if each is kept:
                self.entries[place] = came or outcome, live
                self.pinned.append((outcome, kept))
                break
        else:
            if came is not None:
                self.entries.append((came, live))
        self.show_answer(live)

    def show_answer(self, answer: Answer) -> None:
        """Show the rows of a result that is among these."""
        found = (place for place, (_, each) in enumerate(self.every) if each is answer)
        self.show(next(found, None))

    def pin(self, answer: Answer) -> bool:
        """Keep it beside those of the next runs, or no longer; False: too many are."""
        pinned = sum(each is not None and each.is_pinned for _, each in self.every)
        if not answer.is_pinned and pinned >= MOST_PINNED:
            return False
        answer.is_pinned = not answer.is_pinned
        if not answer.is_pinned:
            self.pinned = [entry for entry in self.pinned if entry[1] is not answer]
            found = (place for place, (_, each) in enumerate(self.every) if each is answer)
            self.shown = next(found, None)
        self._draw_strip()
        return True

    def step(self, by: int) -> None:
        """Show the next entry's rows, or its line where it gave none."""
        every = self.every
        if not self._strip.display or not every:
            return
        listed = len(self.pinned) + (self._list.highlighted or 0)
        here = self.shown if self.shown is not None else min(listed, len(every) - 1)
        if self.shown is None and every[here][1] is not None and by > 0:
            by = 0
        self.show(max(0, min(len(every) - 1, here + by)))

    def show(self, place: int | None) -> None:
        """Show the rows of this entry; None, or no rows: the list."""
        answer = self.every[place][1] if place is not None else None
        had_focus = self._grid.has_focus or self._list.has_focus
        self.shown = place if answer is not None else None
        self._grid.display = answer is not None
        self._list.display = answer is None
        if answer is not None:
            self._show_rows(answer)
        elif place is not None:
            if not self._list.option_count:
                self._fill_list()
            wanted = place - len(self.pinned)
            self._list.highlighted = max(0, min(wanted, self._list.option_count - 1))
        if had_focus:
            (self._grid if answer is not None else self._list).focus()
        self._draw_strip()
        if self.on_shown is not None:
            self.on_shown()

    def _line(self, outcome: StepOutcome, before: StepOutcome | None) -> RenderableType:
        was_open = before is not None and before.transaction is TransactionNow.OPEN
        begins = Table.grid(expand=True, padding=(0, 0, 0, 2))
        begins.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        begins.add_column(justify="right")
        has_failed = sign_of(outcome) == FAILED
        said = Text() if has_failed else Text(what_came(outcome), "dim")
        begins.add_row(Text(head_of(outcome, self._first_line)), said)
        below = [Text(what_came(outcome), "bold")] if has_failed else []
        words = beneath(outcome, self._first_line, was_open=was_open)
        below += [Text(line, "dim") for line in words]
        return Group(begins, *(Padding(line, (0, 0, 0, _INDENT)) for line in below))

    def _draw_strip(self) -> None:
        self._drawn = perf_counter()
        every = self.every
        self._strip.display = self._several or any(a is not None and a.is_pinned for _, a in every)
        if not self._strip.display:
            return
        chosen, last = self.shown, len(every) - 1
        first = max(0, (last if chosen is None else chosen) - _BEFORE)
        first = 0 if last < _FITTING else first
        line = Text("─ " if first == 0 else "‹ ", no_wrap=True, overflow="ellipsis")
        for place, entry in enumerate(every[first : first + 30], start=first):
            if place > first:
                line.append(" │ ")
            line.append(self._in_strip(place, entry), "reverse" if place == chosen else "")
        line.append(" ─ [ ] walk" if every else "")
        self._strip.update(line)

    def _in_strip(self, place: int, entry: Entry) -> str:
        outcome, answer = entry
        number = place + 1 - len(self.pinned)
        if number < 1 and answer is not None:
            return f"pin {answer.clock} {count_in_strip(outcome)}"
        pin = "pin " if answer is not None and answer.is_pinned else ""
        return f"{pin}{in_strip(number, outcome)}"

"""What ran on this connection, newest first: into the tab, once more, kept with a star, or gone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from studio.model.words import local_time, plural
from studio.queries.history import STOPPED, Ran, StatementHistory
from studio.ui.keys.commands import Command, bindings
from studio.ui.widgets.labels import plain, plain_lines
from studio.ui.widgets.pick import Pick

_MOST_OFFERED = 200
_STAR = "*"
_UNDONE = "rolled back"
_SHOWN_LINES = 5
_SHOWN_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class ChosenStatement:
    """A statement that was chosen, and whether it is to run at once."""

    ran: Ran
    runs: bool


class PickStatement(Pick[ChosenStatement]):
    """Type some of its words; below the list stands all of the highlighted one."""

    PLACEHOLDER: ClassVar[str] = "words of a statement that ran here"
    COMMANDS_HERE: ClassVar[tuple[Command, ...]] = (
        *Pick.COMMANDS_HERE,
        Command("history.run", "Run it again", "ctrl+r", "again", "run"),
        Command("history.star", "Keep it with a star, or no longer", "ctrl+s", "star", "star"),
        Command("history.delete", "Delete it from the history", "ctrl+x", "delete", "delete"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(COMMANDS_HERE, priority=True)
    DEFAULT_CSS = """
    PickStatement OptionList { max-height: 14; }
    PickStatement #whole { height: auto; max-height: 8; padding: 0 1; border-top: solid $dim; }
    """

    def __init__(self, history: StatementHistory) -> None:
        """Stars and deletes in `history`; its lines come by `fill`."""
        super().__init__()
        self._entries: list[Ran] = []
        self._history = history
        self._offered: list[Ran] = []
        self.is_filling = True

    def fill(self, entries: Sequence[Ran]) -> None:
        """Show these, the newest first."""
        self._entries = list(entries)
        self.is_filling = False
        if self.is_mounted:
            self.refill()

    def below(self) -> ComposeResult:
        """The highlighted statement."""
        yield Static("", id="whole", markup=False)

    def offer(self, typed: str) -> list[Option]:
        """Statements that hold every typed word; those with a star stand out, not first."""
        words = typed.casefold().split()
        found = [e for e in self._entries if all(word in e.sql.casefold() for word in words)]
        self._offered = found[:_MOST_OFFERED]
        return [Option(line_of(entry)) for entry in self._offered]

    def value(self, index: int) -> ChosenStatement | None:
        """The statement of that line."""
        return (
            ChosenStatement(self._offered[index], runs=False)
            if index < len(self._offered)
            else None
        )

    def mark(self, index: int) -> object:
        """By its text."""
        return self._offered[index].sql if index < len(self._offered) else None

    @property
    def _here(self) -> Ran | None:
        place = self.lines.highlighted
        return None if place is None or place >= len(self._offered) else self._offered[place]

    def action_again(self) -> None:
        """Close, and run it."""
        if (here := self._here) is not None:
            self.dismiss(ChosenStatement(here, runs=not here.is_cut))

    def action_star(self) -> None:
        """Put a star on it, or take it off."""
        if (here := self._here) is None:
            return
        self._history.star(here.sql, on=not here.is_starred)
        if not self._failed():
            starred = replace(here, is_starred=not here.is_starred)
            self._entries = [starred if e.sql == here.sql else e for e in self._entries]
            self._is_moved = True
            self.refill()

    def action_delete(self) -> None:
        """Forget it; one with a star is not forgotten by one key."""
        if (here := self._here) is None:
            return
        if here.is_starred:
            self.notify("it has a star: take that off first (ctrl+s)", markup=False)
            return
        self._history.delete(here.sql)
        if not self._failed():
            self._entries = [e for e in self._entries if e.sql != here.sql]
            self.refill()

    def _failed(self) -> bool:
        if self._history.fault:
            self.notify(plain(self._history.fault), severity="error", markup=False)
        return bool(self._history.fault)

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        here = self._here
        self.query_one("#whole", Static).update("" if here is None else _whole(here))


def line_of(ran: Ran) -> Text:
    """When it ran, how it went, and how it begins, on one line."""
    when = plain(local_time(ran.at))[:16]
    star = _STAR if ran.is_starred else " "
    if ran.error:
        how = STOPPED if ran.error == STOPPED else "failed"
    else:
        how = _UNDONE if ran.is_undone else f"{ran.ms:,.0f} ms"
    text = " ".join(ran.sql[:_SHOWN_CHARACTERS].split())
    return Text.assemble((f"{star}{when}  {how:>11}  ", "dim"), plain(text), no_wrap=True, end="")


def _whole(ran: Ran) -> str:
    facts = [plain(local_time(ran.at))]
    facts += [ran.tab] if ran.tab else []
    if ran.rows >= 0:
        facts.append(plural(ran.rows, "row"))
    facts.append(f"{ran.ms:,.1f} ms")
    if ran.is_undone:
        facts.append(_UNDONE)
    if ran.is_cut:
        facts.append("a secret was left out")
    if ran.error == STOPPED:
        facts.append(STOPPED)
    said = [f"failed: {ran.error}"] if ran.error not in {"", STOPPED} else []
    lines = ran.sql[:_SHOWN_CHARACTERS].strip().splitlines()
    more = ["…"] if len(lines) > _SHOWN_LINES else []
    return plain_lines("\n".join([" · ".join(facts), *said, *lines[:_SHOWN_LINES], *more]))

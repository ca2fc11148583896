"""What a change set would do besides what it says, as far as that is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from studio.edits.applying.effects import Effects
from studio.edits.applying.lasting import Lasting
from studio.model.words import plural
from studio.ui.widgets.labels import plain, plain_lines
from studio.ui.widgets.theme_styles import styles


class Sight(Enum):
    """Whether it is known what a set would do."""

    LOOKING = "looking"
    KNOWN = "known"
    UNKNOWN = "unknown"
    """And will not be: the person decides without."""
    REFUSED = "refused"
    """It can do nothing: no database takes it so."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What was found out so far."""

    effects: Effects
    notes: Sequence[str]
    """What cannot be taken back, of a set that takes another back."""
    lasting: Sequence[Lasting]


class WhatFollows(VerticalScroll):
    """A line for each, and one for what is still being found out; scrolls where they are many."""

    DEFAULT_CSS: ClassVar[str] = """
    WhatFollows { height: auto; max-height: 8; display: none; scrollbar-size-vertical: 1; }
    WhatFollows.-shown { display: block; }
    WhatFollows #effects { height: auto; padding: 0 1; }
    """

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Static(id="effects", markup=False)

    def tell(self, found: Consequences, sight: Sight, what: str) -> None:
        """Say what was found; `what`: what is being found out, or why it is not known."""
        look = styles(self.app, "dim", "error", "warning")
        text = Text()
        for stops, line in effect_words(found.effects):
            text.append(f"{'!' if stops else ' '} {line}\n", look["error"] if stops else "")
        for note in found.notes:
            text.append(f"! {plain(note)}\n", look["warning"])
        # What undo would leave is known from the schema alone.
        for line in lasting_words(found.lasting):
            text.append(f"↶ {line}\n", look["dim"])
        if sight is Sight.LOOKING and what:
            text.append(f"… still being found out: {what}", look["dim"])
        elif sight is Sight.UNKNOWN:
            text.append(f"! what follows is not known: {plain_lines(what)}", look["error"])
        text.rstrip()
        self.query_one("#effects", Static).update(text)
        self.set_class(bool(text.plain), "-shown")


def lasting_words(found: Sequence[Lasting]) -> list[str]:
    """What undo would leave as it is; worth a line each before anything is sent."""
    return [plain(str(one)) for one in found]


def effect_words(effects: Effects) -> list[tuple[bool, str]]:
    """What follows besides: (whether it stops the set, a line)."""
    lines: list[tuple[bool, str]] = []
    for one in effects.followed:
        rows = plural(one.rows, "row")
        columns = ", ".join(map(plain, one.columns))
        table, source = plain(str(one.table)), plain(str(one.source))
        if one.blocks:
            keep = "keeps" if one.rows == 1 else "keep"
            lines.append(
                (True, f"{rows} of {table} ({columns}) {keep} rows of {source} from going")
            )
        else:
            lose = "loses its" if one.rows == 1 else "lose their"
            verb = {"CASCADE": "deleted with them", "SET NULL": f"{lose} reference"}
            does = verb.get(one.action, one.action.lower())
            lines.append((False, f"cascades: {table} ({columns}) {rows} {does}"))
    for fired in effects.fired:
        names = ", ".join(map(plain, fired.triggers))
        where = plain(str(fired.table))
        lines.append(
            (False, f"triggers: {names} on {fired.event} of {plural(fired.rows, 'row')} of {where}")
        )
    return lines

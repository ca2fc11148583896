"""The line above: what one is connected to, always, and what waits."""

from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from studio.ui.shell.tab import TabStanding
from studio.ui.widgets.labels import plain

PRODUCTION = "PRODUCTION"
_JOINED = " · "
_HELD = ", "
_MAY = ("editable", "read-only")
_LEAST_LABEL = 12
"""Cells that are left to a name before what can be done is cut."""
_ROOM_FOR_WORDS = 100
"""Columns from which a badge ends with what it counts."""


class TopLine(Widget):
    """Left: database, engine, how it was opened. Right: what is staged, and badges."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"top-line--warning", "top-line--error"}
    DEFAULT_CSS = """
    TopLine { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    TopLine .top-line--warning { color: $warning; text-style: bold; }
    TopLine .top-line--error { color: $error; text-style: bold; }
    TopLine.-production .top-line--warning { color: $background; text-style: bold; }
    TopLine.-production .top-line--error { color: $background; text-style: bold reverse; }
    TopLine.-production { background: $error; color: $background; }
    TopLine.-past { background: $warning; color: $background; }
    TopLine.-offline { color: $warning; }
    """

    label: reactive[str] = reactive("studio")
    facts: reactive[str] = reactive("")
    right: reactive[str] = reactive("ctrl+p")
    awaited: reactive[str] = reactive("starting")
    """What is still on its way, though rows may be there already."""
    badge: reactive[str] = reactive("")
    """What waits outside the tabs: shown before `right`, in fewer words where there is no room."""

    ills: reactive[str] = reactive("")
    """What was found wrong, and when; in its first two words where there is no room."""

    elsewhere: reactive[str] = reactive("")
    """What is open in tabs that are not on the screen."""

    standing: reactive[TabStanding] = reactive(TabStanding())
    """What the tab on the screen holds."""

    def render(self) -> Text:
        """Both ends of the line; the facts give way first."""
        room = self.content_size.width
        right = plain(self.right)
        if self.badge:
            right = f"{plain(self._badge(room))}   {right}"
        if self.ills:
            ills = self.ills if room >= _ROOM_FOR_WORDS else " ".join(self.ills.split()[:2])
            right = f"{plain(ills)}   {right}"
        if self.awaited:
            right = f"{plain(self.awaited)}   {right}"
        if self.elsewhere:
            right = f"{plain(self.elsewhere)}   {right}"
        held = plain(self.standing.transaction)
        held = f"{held}   " if held else ""
        label = plain(self.label)
        taken = cell_len(held) + cell_len(right)
        most = max(4, room - taken - 2)
        facts = _JOINED.join(
            _that_fit(plain(self.facts), plain(self.standing.session), most - cell_len(label) - 2)
        )
        left = Text(label, style="bold", no_wrap=True)
        if facts:
            left.truncate(max(_LEAST_LABEL, most - cell_len(facts) - 2), overflow="ellipsis")
            left.append(f"  {facts}", style="not bold")
        left.truncate(most, overflow="ellipsis")
        left.append(" " * max(1, room - left.cell_len - taken))
        left.append(held, style=self._tone)
        left.append(right, style="not bold")
        return left

    @property
    def _tone(self) -> Style:
        tone = self.standing.tone
        if not tone:
            return Style(bold=False)
        return self.get_component_rich_style(f"top-line--{tone}", partial=True)

    def _badge(self, room: int) -> str:
        return self.badge if room >= _ROOM_FOR_WORDS else self.badge.rpartition(" ")[0]


def _that_fit(facts: str, session: str, room: int) -> list[str]:
    """Facts in so many cells, none of them in half: what can be done stays longest, then that it
    is production, then what the session on the screen holds.
    """
    words = facts.split(_JOINED) if facts else []
    held = session.split(_HELD) if session else []
    may = next((i for i, word in enumerate(words) if word.startswith(_MAY)), len(words))
    going = [*reversed(words[may + 1 :]), *(word for word in words[:may] if word != PRODUCTION)]
    while True:
        more = ["…"] if held and len(held) <= session.count(_HELD) else []
        shown = [*words, *filter(None, [_HELD.join([*held, *more])])]
        if cell_len(_JOINED.join(shown)) <= room or not (going or held):
            return shown
        if going:
            words.remove(going.pop(0))
        else:
            held.pop()

"""The line above: what one is connected to, always, and what waits."""

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from studio.ui.widgets.labels import plain

_ROOM_FOR_WORDS = 100
"""Columns from which a badge ends with what it counts."""


class TopLine(Widget):
    """Left: database, engine, how it was opened. Right: what is staged, and badges."""

    DEFAULT_CSS = """
    TopLine { height: 1; background: $panel; color: $foreground; padding: 0 1; }
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
        label = plain(self.label)
        facts = plain(self.facts)
        left = Text(label, style="bold", no_wrap=True)
        if facts:
            left.append(f"  {facts}", style="not bold")
        left.truncate(max(4, room - len(right) - 2), overflow="ellipsis")
        left.append(" " * max(1, room - left.cell_len - len(right)))
        left.append(right, style="not bold")
        return left

    def _badge(self, room: int) -> str:
        return self.badge if room >= _ROOM_FOR_WORDS else self.badge.rpartition(" ")[0]

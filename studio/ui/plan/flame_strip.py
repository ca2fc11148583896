"""One line: every node as wide as its own time, in the order of the plan."""

from dataclasses import dataclass

from rich.style import Style
from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget

from studio.backends.plans.outline import PARTS, Outline
from studio.ui.widgets.labels import fit
from studio.ui.widgets.theme_styles import themed_style

_LEAST = 1
_NAMED = 4
"""Cells from which a part bears a name."""
_HOT, _WARM = 0.4, 0.15


@dataclass(frozen=True, slots=True)
class _Part:
    line: int
    width: int
    share: float


class FlameStrip(Widget):
    """Where the whole went, at one glance; a click goes to the node."""

    COMPONENT_CLASSES = {"flame--hot", "flame--warm", "flame--cool", "flame--here"}  # noqa: RUF012 Textual's own idiom
    DEFAULT_CSS = """
    FlameStrip {
        height: 1; background: $surface;
        & .flame--hot { background: $error; color: $background; }
        & .flame--warm { background: $warning; color: $background; }
        & .flame--cool { background: $panel; color: $foreground; }
        &.-none { display: none; }
        & .flame--here { text-style: bold underline; }
    }
    """

    class Picked(Message):
        """A node was clicked."""

        def __init__(self, line: int) -> None:
            super().__init__()
            self.line = line

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 Textual's own name
        super().__init__(id=id)
        self._outline: Outline | None = None
        self._here = -1

    def show(self, outline: Outline) -> None:
        """Another plan, or another heat."""
        self._outline = outline
        self.set_class(outline.heat not in PARTS or not outline.is_whole, "-none")
        self.refresh()

    def point_at(self, line: int) -> None:
        """The node the cursor is on."""
        if line != self._here:
            self._here = line
            self.refresh()

    def _parts(self, width: int) -> list[_Part]:
        outline = self._outline
        if outline is None:
            return []
        shares = ((line, outline.share(line)) for line in range(len(outline.parents)))
        seen = [(line, share) for line, share in shares if share * width >= _LEAST]
        return [_Part(line, int(share * width), share) for line, share in seen]

    def render(self) -> Text:
        """Coloured stretches with as much of each name as fits."""
        outline, width = self._outline, self.size.width
        text = Text(no_wrap=True, overflow="crop", end="")
        if outline is None:
            return text
        for part in self._parts(width):
            pieces = outline.words(part.line, 40)
            name = next((p.text for p in pieces if p.role == "name"), pieces[0].text)
            text.append(
                fit(name if part.width >= _NAMED else "", part.width), style=self._style(part)
            )
        return text

    def _style(self, part: _Part) -> Style:
        name = "hot" if part.share >= _HOT else "warm" if part.share >= _WARM else "cool"
        behind = {"hot": "plan-hot", "warm": "plan-warm", "cool": ""}[name]
        style = themed_style(self, f"flame--{name}", behind=behind)
        return style + Style(underline=True, bold=True) if part.line == self._here else style

    def on_click(self, event: events.Click) -> None:
        """Go to the node under the mouse."""
        x = 0
        for part in self._parts(self.size.width):
            x += part.width
            if event.x < x:
                self.post_message(self.Picked(part.line))
                return

"""The figures above the sessions: each of them whole, on as many lines as they need."""

from collections.abc import Iterator, Sequence

from rich.text import Text
from textual.widgets import Static

from studio.ui.widgets.labels import fit, plain

_BETWEEN = " · "


class HeadLine(Static):
    """Grows by a line where the width asks for it, and shrinks only with another width: what stands
    below does not jump from one look to the next.
    """

    DEFAULT_CSS = """
    HeadLine { height: auto; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__("looking…", id="title", markup=False)
        self._parts: tuple[str, ...] = ()
        self._said = Text("looking…")
        self._lines = 1

    def say(self, parts: Sequence[str]) -> None:
        """Show `parts`, whose text may be a stranger's, the most important first."""
        self._parts = tuple(map(plain, parts))
        self._draw()

    def on_resize(self) -> None:
        """The width decides how many lines it takes."""
        self._lines = 1
        self._draw()

    def _draw(self) -> None:
        lines = list(packed(self._parts, max(4, self.size.width)))
        self._lines = max(self._lines, len(lines))
        lines += [""] * (self._lines - len(lines))
        said = Text("\n".join(lines), style="bold", no_wrap=True)
        if self._parts and said != self._said:
            # What stays the same is not sent again.
            is_as_tall = said.plain.count("\n") == self._said.plain.count("\n")
            self._said = said
            self.update(said, layout=not is_as_tall)


def packed(parts: Sequence[str], width: int) -> Iterator[str]:
    """`parts` on lines of `width` cells; only one that is longer than a line is cut."""
    line = ""
    for part in parts:
        longer = f"{line}{_BETWEEN}{part}" if line else part
        if Text(longer).cell_len <= width:
            line = longer
            continue
        if line:
            yield line
        line = part if Text(part).cell_len <= width else fit(part, width).rstrip()
    if line:
        yield line

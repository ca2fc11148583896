"""Textual's frames on their way to the terminal: what is sent is what changes there."""

from collections.abc import Iterator, Mapping

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, Console
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate

from studio.ui.terminal.pen import Pens
from studio.ui.terminal.shown import Piece, ShownCells

Frame = LayoutUpdate | ChopsUpdate
"""The whole screen, or spans of its lines."""
_SEEN_AT_ONCE = 1024
"""Characters that arrive together: no terminal shows half of so little."""
_ERASE_IN_COLOUR = (
    "xterm", "alacritty", "contour", "foot", "ghostty", "kitty", "konsole", "linux", "mintty",
    "nsterm", "rxvt", "st-", "vte", "wezterm",
)  # fmt: skip
"""How the names of those begin whose terminfo says bce. Neither screen's nor tmux's does."""


class TerminalFrames:
    """What one terminal was sent, and what it must be sent next."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """`environment`: TERM says what the terminal can."""
        self._erases_in_colour = environment.get("TERM", "").startswith(_ERASE_IN_COLOUR)
        self._shown: ShownCells | None = None
        self._cursor: tuple[int, int] | None = None

    def forget(self) -> None:
        """The terminal may show anything: somebody else drew on it, or it missed a frame."""
        self._shown = None
        self._cursor = None

    def sequence(
        self,
        frame: Frame,
        console: Console,
        width: int,
        cursor: tuple[int, int] | None,
        *,
        is_synchronised: bool,
    ) -> str:
        """What shows `frame` on a terminal of this width, and puts its cursor on a cell when that
        matters; empty: it is as it is to be. `is_synchronised`: it can be told what is one frame.
        """
        if self._shown is None:
            self._shown = self._nothing(console)
        text = self._shown.changes(_pieces(frame), width, cursor)
        if not text and cursor is not None and cursor != self._cursor:
            text = f"\x1b[{cursor[1] + 1};{cursor[0] + 1}H"
        if text:
            self._cursor = cursor
        if len(text) > _SEEN_AT_ONCE and is_synchronised:
            return f"{SYNC_START}{text}{SYNC_END}"
        return text

    def _nothing(self, console: Console) -> ShownCells:
        system = COLOR_SYSTEMS.get(console.color_system or "", ColorSystem.TRUECOLOR)
        return ShownCells(
            Pens(system),
            lambda strip: strip.render(console),
            erases_in_colour=self._erases_in_colour,
        )


def _pieces(frame: Frame) -> Iterator[Piece]:
    """What Textual would write, and where."""
    if isinstance(frame, LayoutUpdate):
        for y, line in enumerate(frame.strips, frame.region.y):
            x = frame.region.x
            for drawn in line:
                yield x, y, drawn
                x += drawn.cell_length
        return
    for y, first, end in frame.spans:
        for strip_end, (x, strip) in zip(frame.chop_ends[y], frame.chops[y].items(), strict=False):
            if strip is not None and x < end and strip_end > first:
                yield x, y, strip.crop(0, min(strip_end, end) - x)

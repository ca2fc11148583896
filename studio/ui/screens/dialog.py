"""What every question over a screen has in common: what is below is dimmed, and cheaply so."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

from rich.console import RenderableType
from rich.segment import Segment
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen

if TYPE_CHECKING:
    from rich.style import Style

T = TypeVar("T")


class _Dimmed(BackgroundScreen):
    """The same colours as Textual's, mixed once a style: a screen has a thousand pieces and some
    twenty styles, and mixing all of them takes longer than drawing them.
    """

    @classmethod
    def process_segments(cls, segments: Iterable[Segment], color: Color) -> Iterable[Segment]:
        mixed: dict[Style | None, Style | None] = {}
        for segment in segments:
            if segment.control:
                yield segment
                continue
            style = segment.style
            if style not in mixed:
                one = super().process_segments([Segment(" ", style)], color)
                mixed[style] = next(iter(one)).style
            yield Segment(segment.text, mixed[style])


class Dialog(ModalScreen[T], Generic[T]):
    """A screen over the dimmed one that asked for it."""

    def render(self) -> RenderableType:
        """What is below, dimmed."""
        below = super().render()
        if isinstance(below, BackgroundScreen):
            return _Dimmed(below.screen, below.color)
        return below

"""The grid's colours: from its component classes, a theme's `$grid-…` variables, and NO_COLOR."""

from dataclasses import dataclass

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.widget import Widget

from studio.ui.widgets.cells import Role

COMPONENTS = frozenset(
    {f"grid--{role}" for role in Role} | {"grid--cursor", "grid--cursor-gutter", "grid--bar"}
)


@dataclass(frozen=True, slots=True)
class GridStyles:
    """A complete style for everything the grid draws: nothing paints behind it."""

    roles: dict[Role, Style]
    cursor: Style
    cursor_gutter: Style
    bar: Style


def styles_of(widget: Widget) -> GridStyles:
    """What the theme in force makes of the widget's component classes."""
    return GridStyles(
        roles={role: _style(widget, role) for role in Role},
        cursor=_style(widget, "cursor", reverse=True),
        cursor_gutter=_style(widget, "cursor-gutter", bold=True),
        bar=_style(widget, "bar"),
    )


def _style(widget: Widget, name: str, *, reverse: bool = False, bold: bool = False) -> Style:
    style = widget.get_component_rich_style(f"grid--{name}")
    chosen = widget.app.theme_variables.get(f"grid-{name}")
    if chosen is not None:
        colour = _rich(chosen, style)
        style += Style(bgcolor=colour) if name == "cursor" else Style(color=colour)
    if widget.app.no_color:
        style += Style(reverse=reverse, bold=bold)
    return _filtered(widget, style)


def _rich(text: str, style: Style) -> RichColor:
    """A theme's colour; one that shines through is laid over the background it will have."""
    colour = Color.parse(text)
    if colour.a < 1 and style.bgcolor is not None and style.bgcolor.triplet is not None:
        colour = Color.from_rich_color(style.bgcolor) + colour
    return colour.rich_color


def _filtered(widget: Widget, style: Style) -> Style:
    """What Textual does to every line it paints itself, done once for each style instead."""
    segments = [Segment(" ", style)]
    _, background = widget.background_colors
    for line_filter in widget.get_line_filters():
        segments = line_filter.apply(segments, background)
    return segments[0].style or style

"""A theme's variables as styles: for text that widgets draw themselves, and for their parts."""

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color, ColorParseError
from textual.widget import Widget


def styles(app: App[object], *names: str) -> dict[str, Style]:
    """The variables called `names`; one the theme does not have is no style."""
    variables = app.theme_variables
    return {name: _style(variables.get(name, "")) for name in names}


def _style(colour: str) -> Style:
    try:
        return Style(color=Color.parse(colour).rich_color) if colour else Style()
    except ColorParseError:
        return Style()


def themed_style(widget: Widget, component: str, *, text: str = "", behind: str = "") -> Style:
    """The component's style; the theme's variables called `text` and `behind`, where it has them,
    are its colour and its background.
    """
    if not widget.is_attached:
        # Removed while a paint was on its way: it has no styles any more, and nobody will see it.
        return Style()
    style = widget.get_component_rich_style(component)
    variables = widget.app.theme_variables
    if behind in variables:
        style += Style(bgcolor=_laid_over(variables[behind], style))
    if text in variables:
        style += Style(color=_laid_over(variables[text], style))
    return style


def filtered(widget: Widget, style: Style) -> Style:
    """What Textual does to each line it paints itself, for widgets that paint every cell."""
    segments = [Segment(" ", style)]
    _, background = widget.background_colors
    for line_filter in widget.get_line_filters():
        segments = line_filter.apply(segments, background)
    return segments[0].style or style


def _laid_over(text: str, style: Style) -> RichColor:
    """A theme's colour; one that shines through is laid over the background it will have."""
    colour = Color.parse(text)
    if colour.a < 1 and style.bgcolor is not None and style.bgcolor.triplet is not None:
        colour = Color.from_rich_color(style.bgcolor) + colour
    return colour.rich_color

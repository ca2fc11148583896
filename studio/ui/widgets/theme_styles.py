"""A theme's variables as styles for text that widgets draw themselves."""

from rich.style import Style
from textual.app import App
from textual.color import Color, ColorParseError


def styles(app: App[object], *names: str) -> dict[str, Style]:
    """The variables called `names`; one the theme does not have is no style."""
    variables = app.theme_variables
    return {name: _style(variables.get(name, "")) for name in names}


def _style(colour: str) -> Style:
    try:
        return Style(color=Color.parse(colour).rich_color) if colour else Style()
    except ColorParseError:
        return Style()

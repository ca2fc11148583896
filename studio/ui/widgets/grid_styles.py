"""The grid's colours: its component classes, and a theme's `$grid-…` variables before them."""

from typing import NamedTuple

from rich.style import Style
from textual.widget import Widget

from studio.ui.widgets.cells import Role
from studio.ui.widgets.theme_styles import filtered, themed_style

COMPONENTS = frozenset(
    {f"grid--{role}" for role in Role} | {"grid--cursor", "grid--cursor-gutter", "grid--bar"}
)
STAGED_ROLES = (Role.STAGED, Role.INSERTED, Role.DELETED)
_VARIABLES = {
    Role.JSON: "grid-text",
    Role.BYTES: "grid-text",
    Role.DIM: "grid-null",
    Role.CONTROL: "grid-null",
    Role.EXPECTED: "grid-inserted",
    Role.GUTTER: "dim",
    Role.MARK: "accent",
}
"""Where a role has no variable of its own."""


class GridStyles(NamedTuple):
    """A complete style for everything the grid draws: nothing paints behind it."""

    roles: dict[Role, Style]
    cursor: Style
    cursor_on: dict[Role, Style]
    """Over what is staged: the cursor in the colour of the difference."""
    cursor_gutter: Style
    bar: Style


def styles_of(widget: Widget) -> GridStyles:
    """What the theme in force makes of the widget's component classes."""
    seen: dict[Style, Style] = {}
    styles = {role: _role_style(widget, role) for role in Role}
    return GridStyles(
        # One object for equal styles: lines are merged by identity, which is much cheaper.
        roles={role: seen.setdefault(style, style) for role, style in styles.items()},
        cursor=_cursor_style(widget),
        cursor_on={role: _cursor_on(widget, styles[role]) for role in STAGED_ROLES},
        cursor_gutter=_marked(
            widget, themed_style(widget, "grid--cursor-gutter"), Style(bold=True)
        ),
        bar=filtered(widget, themed_style(widget, "grid--bar", text="dim")),
    )


def _role_style(widget: Widget, role: Role) -> Style:
    variable = _VARIABLES.get(role, f"grid-{role}")
    return filtered(widget, themed_style(widget, f"grid--{role}", text=variable))


def _cursor_style(widget: Widget) -> Style:
    if not widget.has_focus:
        return _marked(widget, themed_style(widget, "grid--cursor"), Style(underline=True))
    style = themed_style(widget, "grid--cursor", text="grid-cursor-text", behind="grid-cursor")
    return _marked(widget, style, Style(reverse=True))


def _cursor_on(widget: Widget, role: Style) -> Style:
    if not widget.has_focus:
        return role + Style(underline=True)
    # The other way round: as well told from its background as the text is from its own.
    turned = role + Style(color=role.bgcolor, bgcolor=role.color)
    return _marked(widget, turned, Style(reverse=True))


def _marked(widget: Widget, style: Style, mark: Style) -> Style:
    """Told apart by more than colour where there is none."""
    return filtered(widget, style + mark if widget.app.no_color else style)

"""ThemeSpec → Textual's theme, with the variables the widgets are styled by."""

from textual.theme import Theme

from studio.config.themes import ThemeSpec


def textual_theme(spec: ThemeSpec) -> Theme:
    """The Textual theme that `spec` describes; its sections give `$grid-null`, `$plan-hot`, …"""
    palette = spec.palette
    sections = {"syntax": spec.syntax, "grid": spec.grid, "plan": spec.plan}
    variables = {
        f"{section}-{key.replace('_', '-')}": colour
        for section, colours in sections.items()
        for key, colour in colours.items()
    }
    return Theme(
        name=spec.name,
        dark=spec.dark,
        ansi=spec.ansi,
        primary=palette["primary"],
        secondary=palette["secondary"],
        accent=palette["accent"],
        warning=palette["warning"],
        error=palette["error"],
        success=palette["success"],
        foreground=palette["foreground"],
        background=palette["background"],
        surface=palette["surface"],
        panel=palette["panel"],
        variables=variables
        | {
            "dim": palette["dim"],
            # Textual asks for these two of every ANSI theme, and makes them itself for the others.
            **(
                {
                    "ansi-background": palette["background"],
                    "ansi-foreground": palette["foreground"],
                }
                if spec.ansi
                else {}
            ),
            "link-colour": palette["link"],
            "block-cursor-background": palette["primary"],
            "block-cursor-foreground": spec.grid["cursor_text"],
            "border": palette["primary"],
            "border-blurred": palette["panel"],
            "scrollbar": palette["panel"],
            "scrollbar-background": palette["background"],
        },
    )

"""The keys of a dialog on one line: as many as fit whole, the most important first."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text


def key_line(
    keys: Sequence[tuple[str, str]],
    width: int,
    styles: tuple[Style, Style] = (Style(), Style()),
    gap: str = "   ",
) -> Text:
    """(key, word) pairs in at most `width` cells, none of them cut; `styles` of keys and words."""
    line = Text(no_wrap=True, overflow="crop")
    for key, word in keys:
        between = gap if line.plain else ""
        if line.cell_len + cell_len(f"{between}{key} {word}") > width:
            break
        line.append(between)
        line.append(key, styles[0] + Style(bold=True))
        line.append(f" {word}" if word else "", styles[1])
    return line

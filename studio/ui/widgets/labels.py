"""Names and messages that hold database text, made harmless for lines outside the grid."""

import os
from functools import cache
from unicodedata import category

from studio.ui.widgets import safe_text
from studio.ui.widgets.glyphs import Glyphs, glyphs_for


@cache
def _glyphs() -> Glyphs:
    return glyphs_for(os.environ)


def plain(text: str) -> str:
    """`text` on one line, with whatever could steer a terminal replaced by symbols."""
    if text.isascii() and text.isprintable():
        return text
    if _glyphs().ascii_only:
        # The frame's own sign; in a name from the database it reads the same.
        text = text.replace("·", "-")
    return "".join(unit.text for unit in safe_text.units_of(text, _glyphs()))


def plain_lines(text: str) -> str:
    """The same line by line: line ends of `text` stay."""
    return "\n".join(map(plain, text.expandtabs(4).splitlines()))


def one_line(text: str) -> str:
    """`text` for a field of one line: a blank for each line end and tab, no control characters."""
    joined = " ".join(text.strip("\n").splitlines()).replace("\t", " ")
    return "".join(c for c in joined if category(c) != "Cc")


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells: padded with blanks, or cut with an ellipsis."""
    pieces = safe_text.fit(text, max(0, width), _glyphs())
    shown = "".join(piece.text for piece in pieces)
    used = safe_text.cells_up_to(shown, width, _glyphs()) if shown else 0
    return shown + " " * (width - used)

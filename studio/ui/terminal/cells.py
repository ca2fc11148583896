"""A strip as cells, where every terminal agrees how many cells each character takes."""

from bisect import bisect
from dataclasses import dataclass

from textual.strip import Strip

from studio.ui.terminal.pen import Pen, Pens

_SURE = (
    (0x20, 0x7E, 1),
    (0xA1, 0xAC, 1),
    (0xAE, 0x2FF, 1),
    (0x386, 0x386, 1),
    (0x388, 0x38A, 1),
    (0x391, 0x3A1, 1),
    (0x3A3, 0x482, 1),
    (0x48A, 0x52F, 1),
    (0x2010, 0x2027, 1),
    (0x2030, 0x205E, 1),
    (0x2190, 0x21FF, 1),
    (0x2200, 0x22FF, 1),
    (0x2500, 0x25FC, 1),
    (0x2713, 0x2713, 1),
    (0x2717, 0x2717, 1),
    (0x3041, 0x3096, 2),
    (0x30A1, 0x30FA, 2),
    (0x4E00, 0x9FFF, 2),
    (0xAC00, 0xD7A3, 2),
)
"""First, last, cells. Everything else (what combines, joins, is an emoji, or is newer than a
terminal may be) may take another number of cells there than Rich believes."""
_FIRSTS = [first for first, _, _ in _SURE]


@dataclass(frozen=True, slots=True)
class Cells:
    """What is in each cell and how it is drawn. The second half of a wide character is empty."""

    characters: list[str]
    pens: list[Pen]


def sure_width(character: str) -> int | None:
    """Cells it takes on every terminal; None: not sure."""
    code = ord(character)
    _, last, width = _SURE[max(0, bisect(_FIRSTS, code) - 1)]
    return width if _FIRSTS[0] <= code <= last else None


def cells_of(strip: Strip, pens: Pens) -> Cells | None:
    """Its cells; None where the terminal may see others."""
    characters: list[str] = []
    drawn: list[Pen] = []
    for text, style, control in strip:
        if control or not text:
            continue
        pen, blank = pens.of(style)
        if text.isascii() and text.isprintable():
            characters.extend(text)
            if pen is blank:
                drawn.extend([pen] * len(text))
            else:
                drawn.extend([blank if one == " " else pen for one in text])
            continue
        for one in text:
            width = sure_width(one)
            if width is None:
                return None
            characters.append(one)
            drawn.append(blank if one == " " else pen)
            if width == 2:  # noqa: PLR2004 the only other one
                characters.append("")
                drawn.append(pen)
    return Cells(characters, drawn) if len(characters) == strip.cell_length else None

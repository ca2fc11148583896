"""Text from a database made safe to draw: nothing that could move, reorder or hide is left in it.

Whatever a terminal might act on, draw at an unsure width, or not draw at all, is replaced by a
symbol. So the cells counted here are the cells any terminal takes, and lines stay aligned.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category

from rich.cells import get_character_cell_size

from studio.ui.widgets.glyphs import Glyphs


class TextPiece(NamedTuple):
    """Text to draw, and whether it stands for something that cannot be drawn."""

    text: str
    is_symbol: bool
    role: str = ""
    """What it is in a text of a known language; empty: nothing more than text."""


class _Unit(NamedTuple):
    text: str
    cells: int
    is_symbol: bool


_NOTHING = _Unit("", 0, is_symbol=True)
_CIRCLE = _Unit("◌", 1, is_symbol=False)

MAX_MARKS = 4
"""Combining marks drawn on one character; more than any language needs is an attack."""

_MOST_PER_CELL = 2 * MAX_MARKS
"""Characters looked at for each cell of a line, so that a line costs what it shows."""
_FIRST_MARK = "\u0300"
"""Below this every printable character is one cell wide."""
_JOINING_SCRIPTS = "\u0590"
"""Scripts from here on use the joiners in ordinary words; before, they only hide things."""
_JOINERS = "\u200c\u200d"
_BLANKS = " \u3000"
"""Blanks drawn as they are: their widths are beyond doubt."""
_EMOJI_CELLS = 2

_DELETE, _LAST_BYTE = 0x7F, 0xFF
_CONTROL_PICTURES = 0x2400
_SURROGATE_BYTES = range(0xDC80, 0xDD00)
"""What decoding with surrogateescape makes of bytes that are not UTF-8."""
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_SELECTORS = range(0xFE00, 0xFE10)
_NONCHARACTERS = frozenset(range(0xFDD0, 0xFDF0)) | {
    plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF)
}
_INVISIBLE = range(0xE0000, 0xE1000)
_LEADING_JAMO = range(0x1100, 0x115F)
_VOWEL_JAMO = range(0x1161, 0x1200)
_MARKS = {"Mn", "Me", "Mc"}
_UNDRAWABLE = {"Cs", "Cf", "Co", "Zl", "Zp"}
_GRAPHEME_JOINER = "\u034f"


def fit(text: str, width: int, glyphs: Glyphs, *, is_head: bool = False) -> list[TextPiece]:
    """As much of `text` as fits `width` cells, with an ellipsis where it is cut.

    `is_head`: the text itself is only the beginning of the value, so it always counts as cut.
    """
    head = text[: width + 1]
    if is_plain(head, glyphs):
        if len(head) <= width and not is_head:
            return [TextPiece(head, is_symbol=False)]
        return [TextPiece(head[: max(0, width - 1)], is_symbol=False), _ellipsis(width, glyphs)]
    units, used, is_cut = _take(text, width, glyphs)
    if not (is_cut or is_head):
        return _merged(units)
    while units and used > width - 1:
        used -= units.pop().cells
    return [*_merged(units), _ellipsis(width, glyphs)]


def cells_up_to(text: str, limit: int, glyphs: Glyphs) -> int:
    """How many cells the whole text takes, counted no further than `limit`."""
    head = text[: limit + 1]
    if is_plain(head, glyphs):
        return min(len(head), limit)
    _, used, is_cut = _take(text, limit, glyphs)
    return limit if is_cut else used


def wrapped_line(text: str, start: int, width: int, glyphs: Glyphs) -> tuple[list[TextPiece], int]:
    """The line of at most `width` cells that begins at `start`, and where the next one begins.

    A line feed shows its symbol and ends its line.
    """
    chunk = text[start : start + width]
    if is_plain(chunk, glyphs):
        end = start + len(chunk)
        # Its line feed goes with a full line: alone on the next it would look like an empty one.
        if text[end : end + 1] != "\n":
            return [TextPiece(chunk, is_symbol=False)], end
    newline = _unit("\n", glyphs)
    units: list[_Unit] = []
    used, end = 0, start
    for unit, length in _units_and_ends(text[start : start + width * _MOST_PER_CELL], glyphs):
        is_newline = unit == newline
        if used + unit.cells > width and used and not is_newline:
            break
        end = start + length
        if is_newline and used + unit.cells > width:
            break
        units.append(unit)
        used += unit.cells
        if is_newline:
            break
    return _merged(units), max(end, start + 1)


def is_plain(text: str, glyphs: Glyphs) -> bool:
    """Whether every character is safe and one cell wide, told cheaply."""
    if text.isascii():
        return text.isprintable()
    return not glyphs.ascii_only and text.isprintable() and max(text) < _FIRST_MARK


def units_of(text: str, glyphs: Glyphs) -> Iterator[_Unit]:
    """Each drawn character with the marks that sit on it, or each symbol."""
    return (unit for unit, _ in _units_and_ends(text, glyphs))


def _units_and_ends(text: str, glyphs: Glyphs) -> Iterator[tuple[_Unit, int]]:
    base, last, marks = _NOTHING, "", 0
    for place, character in enumerate(text):
        unit = _unit(character, glyphs)
        if not unit.cells:
            if _is_dropped(character, last, base):
                continue
            if marks < MAX_MARKS and _is_mark(character, last):
                if base.is_symbol:
                    yield base, place
                    base = _CIRCLE
                base = base._replace(text=base.text + character)
                marks += 1
                continue
            unit = _code(character, glyphs)
        else:
            marks = 0
        yield base, place
        base, last = unit, character
    yield base, len(text)


def _take(text: str, width: int, glyphs: Glyphs) -> tuple[list[_Unit], int, bool]:
    units: list[_Unit] = []
    used = 0
    for unit, _ in _units_and_ends(text, glyphs):
        if used + unit.cells > width:
            return units, used, True
        units.append(unit)
        used += unit.cells
    return units, used, False


def _merged(units: Iterable[_Unit]) -> list[TextPiece]:
    pieces: list[TextPiece] = []
    for text, _, is_symbol in units:
        if pieces and pieces[-1].is_symbol == is_symbol:
            pieces[-1] = TextPiece(pieces[-1].text + text, is_symbol)
        else:
            pieces.append(TextPiece(text, is_symbol))
    return pieces


def _ellipsis(width: int, glyphs: Glyphs) -> TextPiece:
    return TextPiece(glyphs.ellipsis if width > 0 else "", is_symbol=True)


@lru_cache(maxsize=8192)
def _unit(character: str, glyphs: Glyphs) -> _Unit:
    """One character by itself; no cells: what becomes of it depends on those before it."""
    code, kind = ord(character), category(character)
    if glyphs.ascii_only:
        return _drawn(character) if " " <= character <= "~" else _code(character, glyphs)
    if code in _FLAG_LETTERS:
        # Half a flag: terminals disagree whether it is one cell wide or two.
        return _Unit(chr(code - _FLAG_LETTERS[0] + ord("A")), 1, is_symbol=True)
    if code in _SKIN_TONES or code in _SELECTORS or character in _JOINERS:
        return _Unit(character, 0, is_symbol=True)
    if kind == "Zs" and character not in _BLANKS:
        return _Unit(glyphs.space, 1, is_symbol=True)
    if kind == "Cc" or kind in _UNDRAWABLE or code in _NONCHARACTERS or code in _INVISIBLE:
        return _code(character, glyphs)
    return _drawn(character)


def _drawn(character: str) -> _Unit:
    return _Unit(character, get_character_cell_size(character), is_symbol=False)


def _is_dropped(character: str, last: str, base: _Unit) -> bool:
    """Whether it only says how the character before it looks or joins."""
    code = ord(character)
    if base.is_symbol:
        return False
    if code in _SKIN_TONES:
        return base.cells == _EMOJI_CELLS
    if code in _SELECTORS:
        return not last.isalpha() or last >= _JOINING_SCRIPTS
    return character in _JOINERS and last >= _JOINING_SCRIPTS


def _is_mark(character: str, last: str) -> bool:
    code = ord(character)
    if code in _SELECTORS or character == _GRAPHEME_JOINER:
        return False
    if code in _VOWEL_JAMO:
        return last != "" and ord(last) in _LEADING_JAMO
    return category(character) in _MARKS


def _code(character: str, glyphs: Glyphs) -> _Unit:
    """A symbol for a character that is not drawn, or its number."""
    code = ord(character)
    if glyphs.ascii_only:
        shown = _escaped(code)
    elif character == "\n":
        shown = "⏎"
    elif code < ord(" "):
        shown = chr(_CONTROL_PICTURES + code)
    elif code == _DELETE:
        shown = "␡"
    elif code in _SURROGATE_BYTES:
        shown = glyphs.broken
    else:
        shown = f"‹{code:04X}›"
    return _Unit(shown, len(shown), is_symbol=True)


def _escaped(code: int) -> str:
    if code == ord("\n"):
        return "\\n"
    if code in _SURROGATE_BYTES:
        code &= _LAST_BYTE
    return f"\\x{code:02x}" if code <= _LAST_BYTE else f"\\u{code:04x}"


def one_for_one(text: str) -> str:
    """`text` with one drawable character for each of its own: places in it keep their numbers."""
    if text.isascii() and text.replace("\t", " ").isprintable():
        return text
    return "".join(map(_single, text))


@lru_cache(maxsize=8192)
def _single(character: str) -> str:
    code, kind = ord(character), category(character)
    if character == "\t":
        return character
    if code < ord(" "):
        return chr(_CONTROL_PICTURES + code)
    if code == _DELETE:
        return "␡"
    if kind in _UNDRAWABLE or kind == "Cc" or code in _NONCHARACTERS or code in _INVISIBLE:
        return "\N{REPLACEMENT CHARACTER}"
    return character

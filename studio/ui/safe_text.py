"""Text from a database, made harmless for a terminal and cut to a width in cells."""

import unicodedata

from rich.cells import cell_len, set_cell_size

_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
_HOSTILE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINER = "\u200d"


def plain(text: str) -> str:
    """`text` with every character that could steer a terminal replaced by a visible one."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if picture := _PICTURES.get(ord(character)):
        return picture
    if character != _JOINER and unicodedata.category(character) in _HOSTILE:
        return "�"
    return character


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells: padded with blanks, or cut with `…`."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)

"""Values as the filter bar writes and reads them, with a mark where a column would misread them.

e'two\\nlines'    text as it stands, with escapes: \\n \\t \\r \\0 \\' \\\\ \\uXXXX \\UXXXXXXXX
x'00ff'          bytes
n'12'  n'-inf'   a number, true or false;  d'12.50'  a decimal number
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from studio.model.page import Shortened, Value

PLAIN = re.compile(r"[^\W\d]\w*", re.ASCII)
"""Words that need no quotes."""
RESERVED = frozenset({"and", "or", "not", "in", "is", "like", "between", "null"})
MARKS = "exnd"

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "'": "'", '"': '"', "\\": "\\"}
_WRITTEN = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0", "\\": "\\\\"}
_LAST_CHARACTER, _LAST_SHORT = 0x10FFFF, 0xFFFF
_SURROGATES = range(0xD800, 0xE000)
_BYTES = range(0xDC80, 0xDD00)
"""Surrogates that stand for bytes which are no text."""
_WHOLE = re.compile(r"[+-]?[0-9]+", re.ASCII)
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it was typed."""

    text: str
    quoted: bool
    position: int
    value: Value = None
    """What a mark says it is, whatever its column; None without a mark."""


def marked(mark: str, body: str) -> Value:
    """The value of a marked literal. Raises ValueError with its rule."""
    match mark.lower():
        case "e":
            return unescaped(body)
        case "x":
            try:
                return bytes.fromhex(body)
            except ValueError:
                raise ValueError("bytes in hexadecimal, two digits each: x'48656c6c6f'") from None
        case "d":
            try:
                return Decimal(body)
            except InvalidOperation:
                raise ValueError("a decimal number: d'12.50'") from None
    return _number(body)


def _number(body: str) -> Value:
    if body in _TRUTH:
        return _TRUTH[body]
    try:
        return int(body) if _WHOLE.fullmatch(body) else float(body)
    except ValueError:
        raise ValueError("a number, true or false: n'12.5'") from None


def unescaped(body: str) -> str:
    """The text an e'…' stands for. Raises ValueError for an escape that stands for nothing."""
    return _ESCAPE.sub(_character, body)


def _character(found: re.Match[str]) -> str:
    short, long, letter = found.groups()
    if letter is not None:
        if letter not in _LETTERS:
            raise ValueError(r"one of the escapes \n \t \r \0 \' \\ \uXXXX \UXXXXXXXX")
        return _LETTERS[letter]
    code = int(short or long, 16)
    if code > _LAST_CHARACTER or (code in _SURROGATES and code not in _BYTES):
        raise ValueError("a character that exists")
    return chr(code)


def escaped(text: str, quote: str = "'") -> str:
    """`text` in quotes on one line, every character of it visible."""
    return f"e{quote}{''.join(_shown(c, quote) for c in text)}{quote}"


def _shown(character: str, quote: str) -> str:
    if character == quote:
        return quote * 2
    if character in _WRITTEN:
        return _WRITTEN[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= _LAST_SHORT else f"\\U{code:08x}"


def quoted(text: str, quote: str = "'") -> str:
    """`text` in quotes; with escapes where some of it could not be seen."""
    if not text.isprintable():
        return escaped(text, quote)
    return quote + text.replace(quote, quote * 2) + quote


def is_plain(text: str) -> bool:
    """Whether `text` reads as itself without quotes."""
    return bool(PLAIN.fullmatch(text)) and text.lower() not in RESERVED


def spellings(value: Value) -> Iterator[str]:
    """Ways to write `value`, the plainest first; the last one is right in any column.

    Raises ValueError for the head of a value: it is not the value.
    """
    match value:
        case Shortened() | None:
            raise ValueError("only a whole value can be written as a filter")
        case bool():
            yield "true" if value else "false"
            yield f"n'{str(value).lower()}'"
        case int() | float():
            yield repr(value)
            yield f"n'{value!r}'"
        case Decimal():
            yield str(value)
            yield f"d'{value}'"
        case bytes():
            yield f"'\\x{value.hex()}'"
            yield f"x'{value.hex()}'"
        case str():
            if is_plain(value):
                yield value
            yield quoted(value)
            yield escaped(value)

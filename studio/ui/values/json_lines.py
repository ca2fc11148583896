"""JSON as the lines it is laid out in, found from its start as far as somebody wants to see.

Nothing is decoded: a line is a place in the text, its depth and what it is in. So 10 MB stand on
the screen at once, and the rest is read while a person looks.
"""

import json
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_STRING = r'(?>"[^"\\]*(?:\\.[^"\\]*){0,40}")'
"""With so many escapes at most: `_string_end` is for longer ones, as this takes its time."""
_LINE = re.compile(
    rf"\s*(?:({_STRING})\s*:\s*)?"
    rf'(?:({_STRING}(?!\s*:)|[^\s\[\]{{}},:"]+)|([\[{{])(\s*[\]}}])?|([\]}}]))(\s*,)?',
    re.DOTALL,
)
"""Key, value, bracket that opens, and one that closes it at once, bracket that closes, comma."""
_BLANKS = re.compile(r"\s*")
_COLON = re.compile(r"\s*:\s*")
_COMMA = re.compile(r"\s*,")
_SCALARS = frozenset('"-0123456789')
"""How a value begins that is no container and no word."""
_WORDS = frozenset(("true", "false", "null", "NaN", "Infinity"))
_CLOSES = {"{": "}", "[": "]"}
_REST = re.compile(r"\s*\Z")
_IDENTIFIER = re.compile(r'"[A-Za-z_][A-Za-z0-9_]*"')
_STEP = 256
"""Lines found between two looks at the clock."""
ROOT = -1
UNKNOWN = 0
"""The line that closes another is never the first."""


class _Token(NamedTuple):
    """What one line is made of, by its places in the text."""

    start: int
    """Of the key, or of the value that has none."""
    value: int
    value_end: int
    has_comma: bool
    end: int


class LineParts(NamedTuple):
    """A line's tokens as they stand in the text."""

    key: str
    value: str
    """A scalar, or the bracket that opens or closes."""
    closed_by: str
    """The bracket that closes at once what this one opens."""
    comma: str


@dataclass(slots=True)
class _Open:
    """A container whose end was not seen yet."""

    line: int
    closes: str
    children: int = 0


class JsonLines:
    """The lines of one text; `find` goes on from where it was."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.is_whole = False
        """Whether every line is known."""
        self.broken_at: int | None = None
        """Where it is no JSON any more; the last line is the rest."""
        self._starts, self._values, self._value_ends = array("Q"), array("Q"), array("Q")
        self._depths, self._parents = array("I"), array("q")
        self._ordinals, self._ends = array("Q"), array("Q")
        self._place = 0
        self._open: list[_Open] = []
        self._after_comma = False

    def __len__(self) -> int:
        """How many are known."""
        return len(self._starts)

    @property
    def share(self) -> float:
        """How much of the text was looked at."""
        return 1.0 if self.is_whole else self._place / len(self.text)

    def find(self, lines: int = _STEP) -> None:
        """Find so many more."""
        for _ in range(lines):
            if self.is_whole:
                return
            token = _token(self.text, self._place)
            if token is None or not self._take(token):
                self._end()

    def _take(self, token: _Token) -> bool:
        """Note one line; False where it cannot stand there."""
        first = self.text[token.value]
        around = self._open[-1] if self._open else None
        if first in "]}":
            return self._close(token, around, first)
        opens = first in _CLOSES and token.value_end == token.value + 1
        if not self._fits(token, around, first) or (opens and token.has_comma):
            return False
        self._note(token, around)
        if opens:
            self._open.append(_Open(len(self) - 1, _CLOSES[first]))
        self._after_comma = token.has_comma
        return bool(self._open) or not token.has_comma

    def _fits(self, token: _Token, around: _Open | None, first: str) -> bool:
        """Whether a value may stand there, and is one."""
        has_key = token.start != token.value
        if around is None:
            is_due = not self._starts and not has_key
        else:
            is_due = has_key is (around.closes == "}")
            is_due = is_due and self._after_comma is not (around.children == 0)
        if first in _CLOSES:
            is_pair = self.text[token.value_end - 1] in {first, _CLOSES[first]}
            return is_due and is_pair
        is_scalar = first in _SCALARS or self.text[token.value : token.value_end] in _WORDS
        return is_due and is_scalar

    def _close(self, token: _Token, around: _Open | None, closes: str) -> bool:
        if around is None or closes != around.closes or self._after_comma:
            return False
        if token.start != token.value:
            return False
        self._open.pop()
        self._ends[around.line] = len(self)
        self._append(token, around.line, around.children)
        self._after_comma = token.has_comma
        return bool(self._open) or not token.has_comma

    def _note(self, token: _Token, around: _Open | None) -> None:
        if around is None:
            self._append(token, ROOT, 0)
            return
        self._append(token, around.line, around.children)
        around.children += 1

    def _append(self, token: _Token, parent: int, ordinal: int) -> None:
        self._starts.append(token.start)
        self._values.append(token.value)
        self._value_ends.append(token.value_end)
        self._depths.append(len(self._open))
        self._parents.append(parent)
        self._ordinals.append(ordinal)
        self._ends.append(UNKNOWN)
        self._place = token.end

    def _end(self) -> None:
        self.is_whole = True
        is_closed = bool(self._starts) and not self._open and not self._after_comma
        if is_closed and _REST.match(self.text, self._place):
            return
        self.broken_at = self._place
        if self._place < (end := len(self.text)):
            self._open.clear()
            self._append(_Token(self._place, self._place, end, has_comma=False, end=end), ROOT, 0)

    # -- what is known of a line -----------------------------------------------------------------

    def is_rest(self, line: int) -> bool:
        """Whether it is everything after what could be read."""
        return self.broken_at is not None and self._starts[line] == self.broken_at

    def start(self, line: int) -> int:
        """Its place in the text."""
        return self._starts[line]

    def depth(self, line: int) -> int:
        """In how many containers it stands."""
        return self._depths[line]

    def parent(self, line: int) -> int:
        """The line that opens what it is in; for one that closes, the one that opened it."""
        return self._parents[line]

    def end(self, line: int) -> int:
        """The line that closes what this one opens; UNKNOWN: none, or not found yet."""
        return self._ends[line]

    def children(self, line: int) -> int:
        """How many values stand in what this line opens, where its end is known."""
        return self._ordinals[self._ends[line]]

    def parts(self, line: int) -> LineParts:
        """Its tokens."""
        text, value, end = self.text, self._values[line], self._value_ends[line]
        if self.is_rest(line):
            return LineParts("", text[value:], "", "")
        comma = "," if _COMMA.match(text, end) else ""
        key = self._key(line)
        if text[value] in _CLOSES:
            return LineParts(key, text[value], text[end - 1] if end > value + 1 else "", comma)
        return LineParts(key, text[value:end], "", comma)

    def _key(self, line: int) -> str:
        start = self._starts[line]
        return (
            "" if start == self._values[line] else self.text[start : _string_end(self.text, start)]
        )

    def opens(self, line: int) -> bool:
        """Whether it opens something that has lines of its own."""
        value = self._values[line]
        return (
            self.text[value] in _CLOSES
            and self._value_ends[line] == value + 1
            and not self.is_rest(line)
        )

    def owner(self, line: int) -> int:
        """The line a value begins on: of a closing bracket, the one that opened it."""
        parent = self._parents[line]
        return parent if parent != ROOT and self._ends[parent] == line else line

    def path(self, line: int) -> str:
        """Where a value is, as JSONPath: `$.users[3]."odd key"`."""
        steps = (f"[{step}]" if isinstance(step, int) else step for step in self._way(line))
        named = (
            step if step[0] == "[" else f".{step[1:-1] if _IDENTIFIER.fullmatch(step) else step}"
            for step in steps
        )
        return "$" + "".join(named)

    def steps(self, line: int) -> tuple[str | int, ...]:
        """The same as keys and places. Raises ValueError for a key that is no text."""
        return tuple(
            step if isinstance(step, int) else str(json.loads(step, strict=False))
            for step in self._way(line)
        )

    def has_escapes(self, line: int) -> bool:
        """Whether a key on the way there is written with escapes."""
        return any(isinstance(step, str) and "\\" in step for step in self._way(line))

    def _way(self, line: int) -> list[str | int]:
        """From the whole to a value: keys as they are written, places in arrays."""
        way: list[str | int] = []
        line = self.owner(line)
        while (parent := self._parents[line]) != ROOT:
            way.append(self._key(line) or self._ordinals[line])
            line = parent
        return way[::-1]

    def value(self, line: int) -> str | None:
        """The text of the value that begins there, whole; None while its end is not known."""
        line = self.owner(line)
        start, end = self._values[line], self._value_ends[line]
        if self.opens(line):
            last = self._ends[line]
            if last == UNKNOWN:
                return None
            end = self._value_ends[last]
        return self.text[start:end]

    def ancestors(self, line: int) -> Iterator[int]:
        """The lines it stands in, the nearest first."""
        while (line := self._parents[line]) != ROOT:
            yield line


def may_be_json(text: str) -> bool:
    """Whether a long text looks like JSON, by its ends and the lines it begins with."""
    head, tail = text[:_STEP].lstrip(), text[-_STEP:].rstrip()
    if not head or not tail or _CLOSES.get(head[0]) != tail[-1]:
        return False
    lines = JsonLines(text)
    lines.find()
    return lines.broken_at is None


def _token(text: str, place: int) -> _Token | None:
    found = _LINE.match(text, place)
    if found is None:
        return _long(text, place)
    key, value = found.start(1), found.start(2)
    end = found.end(2)
    if value < 0:
        value, end = found.start(3), found.end(3)
        if value < 0:
            value, end = found.start(5), found.end(5)
        elif found.start(4) >= 0:
            end = found.end(4)
    return _Token(value if key < 0 else key, value, end, found.start(6) >= 0, found.end())


def _long(text: str, place: int) -> _Token | None:
    """The same where a key or a value is a text with more escapes than a pattern can do with."""
    start = _ends(_BLANKS, text, place)
    end = _string_end(text, start)
    if end < 0:
        return None
    colon = _COLON.match(text, end)
    if colon is not None:
        after = _token(text, colon.end())
        is_value = (
            after is not None and after.start == after.value and text[after.value] not in "]}"
        )
        return after._replace(start=start) if after is not None and is_value else None
    comma = _COMMA.match(text, end)
    return _Token(start, start, end, comma is not None, comma.end() if comma else end)


def _ends(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return place if found is None else found.end()


def _string_end(text: str, start: int) -> int:
    """The place after a text in quotes that begins there; -1: there is none."""
    if text[start : start + 1] != '"':
        return -1
    end = start
    while (end := text.find('"', end + 1)) >= 0:
        escapes = end - 1
        while text[escapes] == "\\":
            escapes -= 1
        if (end - escapes) % 2:
            return end + 1
    return -1

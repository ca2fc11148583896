"""The text forms of arrays, composites, ranges and hstore, read as the server writes them.

Source of the rules: PostgreSQL's documentation, 8.15.6 (arrays), 8.16.6 (composites), 8.17.5
(ranges), F.17.1 (hstore).
"""

import re
from typing import NamedTuple, TypeAlias

Elements: TypeAlias = "list[str | Elements | None]"

_DIMENSIONS = re.compile(r"((?:\[[+-]?\d+:[+-]?\d+\])+)=")
_LOWER = re.compile(r"\[([+-]?\d+):")
_MOST_DEEP = 6
"""MAXDIM of the server."""


class PrintedArray(NamedTuple):
    """Elements, nested as deep as there are dimensions, and the number of the first of each."""

    lower: tuple[int, ...]
    elements: Elements


class PrintedRange(NamedTuple):
    """The bounds; None: there is none on that side."""

    lower: str | None
    upper: str | None
    has_lower: bool
    """Whether the bound itself is in the range."""
    has_upper: bool


class _Reader:
    """A place in a text. Its methods raise ValueError where the text is no such thing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    @property
    def here(self) -> str:
        return self.text[self.place : self.place + 1]

    def take(self, wanted: str) -> bool:
        """Go on behind `wanted`, if that stands here."""
        if found := self.text.startswith(wanted, self.place):
            self.place += len(wanted)
        return found

    def need(self, wanted: str) -> None:
        if not self.take(wanted):
            raise ValueError(f"no {wanted} at {self.place}")

    def blanks(self) -> None:
        while self.here and self.here in " \t\n\r\v\f":
            self.place += 1

    def end(self) -> None:
        if self.place != len(self.text):
            raise ValueError(f"more text at {self.place}")

    def token(self, ends: str, *, doubles: bool) -> tuple[str, bool]:
        """Text up to one of `ends`, quoted in whole or in part or not, and whether any of it was;
        `doubles`: two quotes within quotes are one.
        """
        parts: list[str] = []
        text, in_quotes, was_quoted = self.text, False, False
        start = self.place
        while self.place < len(text):
            sign = text[self.place]
            if sign not in '"\\' and (in_quotes or sign not in ends):
                self.place += 1
                continue
            parts.append(text[start : self.place])
            if not in_quotes and sign in ends:
                return "".join(parts), was_quoted
            self.place += 1
            if sign == "\\":
                parts.append(text[self.place : self.place + 1])
                self.place += 1
            elif in_quotes and doubles and self.here == '"':
                parts.append('"')
                self.place += 1
            else:
                in_quotes, was_quoted = not in_quotes, True
            start = self.place
        raise ValueError("it ends too early")


def printed_array(text: str, delimiter: str = ",") -> PrintedArray:
    """`{1,NULL,"a b"}` or `[0:1]={…}`. Raises ValueError."""
    reader = _Reader(text)
    lower: tuple[int, ...] = ()
    if found := _DIMENSIONS.match(text):
        lower = tuple(int(number) for number in _LOWER.findall(found[1]))
        reader.place = found.end()
    elements = _elements(reader, delimiter, 1)
    reader.end()
    return PrintedArray(lower, elements)


def _elements(reader: _Reader, delimiter: str, depth: int) -> Elements:
    if depth > _MOST_DEEP:
        raise ValueError("no array is so deep")
    reader.need("{")
    found: Elements = []
    if reader.take("}"):
        return found
    while True:
        reader.blanks()
        if reader.here == "{":
            found.append(_elements(reader, delimiter, depth + 1))
        else:
            text, was_quoted = reader.token(f"{delimiter}}}", doubles=False)
            is_null = not was_quoted and text.strip().upper() == "NULL"
            found.append(None if is_null else text if was_quoted else text.strip())
        reader.blanks()
        if reader.take("}"):
            return found
        reader.need(delimiter)


def printed_fields(text: str) -> list[str | None]:
    """`(1,"a ""b",)`: where nothing stands is NULL. Raises ValueError."""
    reader = _Reader(text)
    reader.need("(")
    found: list[str | None] = []
    while True:
        field, was_quoted = reader.token(",)", doubles=True)
        found.append(field if field or was_quoted else None)
        if reader.take(")"):
            reader.end()
            return found
        reader.need(",")


def printed_ranges(text: str) -> list[PrintedRange]:
    """`[1,10)`, `empty`, which is none, or `{[1,3),[5,)}`. Raises ValueError."""
    if text == "empty":
        return []
    reader = _Reader(text)
    if not reader.take("{"):
        found = [_range(reader)]
    elif reader.take("}"):
        found = []
    else:
        found = [_range(reader)]
        while reader.take(","):
            found.append(_range(reader))
        reader.need("}")
    reader.end()
    return found


def _range(reader: _Reader) -> PrintedRange:
    has_lower = reader.take("[")
    if not has_lower:
        reader.need("(")
    lower, is_lower = reader.token(",", doubles=True)
    reader.need(",")
    upper, is_upper = reader.token(")]", doubles=True)
    has_upper = reader.take("]")
    if not has_upper:
        reader.need(")")
    return PrintedRange(
        lower if lower or is_lower else None,
        upper if upper or is_upper else None,
        has_lower,
        has_upper,
    )


def printed_pairs(text: str) -> list[tuple[str, str | None]]:
    """`"a"=>"b", "c"=>NULL`. Raises ValueError."""
    reader = _Reader(f"{text},")
    found: list[tuple[str, str | None]] = []
    while text and reader.here:
        reader.blanks()
        key, _ = reader.token("=", doubles=False)
        reader.need("=>")
        value, was_quoted = reader.token(",", doubles=False)
        reader.need(",")
        found.append((key, None if not was_quoted and value.upper() == "NULL" else value))
    return found

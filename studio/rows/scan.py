"""The filter bar's text, read from left to right: blanks, words, quotes, names, operators.

It is no SQL, so that `sqltext.tokens` cannot cut it: what `2024-01-01 10:00`, `o'neil` or the name
of a column with blanks is depends on what stands before it and on the table's columns.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from studio.model.errors import StudioError
from studio.rows.literal import MARKS, Literal, marked, unescaped

T = TypeVar("T")

_BLANK = re.compile(r"\s*")
_SIGNS = re.compile(r"[+\-*/<>=~!@#%^&|?]+|::")
_GOES_ON = frozenset("<>=~!")
"""Signs that begin no value: behind an operator, they make it another one."""
_TIMED = re.compile(r"\d{4}-\d{2}-\d{2}[ ]+\d{1,2}:\d{2}[^\s(),]*")
"""A date and a time with the blank that people put between them."""
_BARE = re.compile(r"[^\s()]+")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.])")
_BARE_BEFORE_SIGN = re.compile(r"[^\s()<>=!~]+")
_BARE_IN_LIST = re.compile(r"[^\s(),]+(?:[ \t]+[^\s(),]+)*")
_MARKED = re.compile(rf"([{MARKS}])'((?:[^'\\]|''|\\.)*)'", re.IGNORECASE | re.DOTALL)
_ESCAPED = {
    quote: re.compile(rf"[eE]{quote}((?:[^{quote}\\]|{quote}{quote}|\\.)*){quote}", re.DOTALL)
    for quote in "'\""
}
_QUOTED = {
    quote: re.compile(rf"{quote}((?:[^{quote}]|{quote}{quote})*){quote}") for quote in "'\"`"
}


SQL_TAKES_IT = "; where … takes any condition in SQL"


class FilterInvalid(StudioError):
    """A filter that cannot be read: where, and what was expected there."""

    exit_code = 2

    def __init__(self, text: str, position: int, expected: str) -> None:
        super().__init__(text, position, expected)
        self.text = text
        self.position = position
        """Characters from the start of the text, from 0; its length when the text ends early."""
        self.expected = expected

    def __str__(self) -> str:
        """What was expected, where, and what stands there."""
        return f"expected {self.expected} {self.there}"

    @property
    def there(self) -> str:
        """The place, in words."""
        found = self.text[self.position : self.position + 20]
        there = f"at {found!r}" if found.strip() else "at the end"
        return f"{there} (character {self.position + 1})"


class FilterRefused(FilterInvalid):
    """A filter that the engine does not take: where, and what it says (as `expected`)."""

    def __str__(self) -> str:
        """The engine's words, and the place."""
        return f"{self.expected}, {self.there}"


@dataclass
class Scanner:
    """A place in the text."""

    text: str
    names: tuple[str, ...]
    """The table's columns."""
    position: int = 0

    @cached_property
    def _longest_first(self) -> tuple[str, ...]:
        return tuple(sorted((name for name in self.names if name), key=len, reverse=True))

    def skip(self) -> int:
        """Go over blanks; the place after them."""
        blank = _BLANK.match(self.text, self.position)
        self.position = blank.end() if blank else self.position
        return self.position

    def error(self, expected: str, position: int | None = None) -> FilterInvalid:
        """What to raise here."""
        return FilterInvalid(self.text, self.skip() if position is None else position, expected)

    @property
    def at_end(self) -> bool:
        """Whether only blanks are left."""
        return self.skip() >= len(self.text)

    def sign(self, sign: str) -> bool:
        """Take one of `( ) ,` if it is next."""
        if self.text.startswith(sign, self.skip()):
            self.position += len(sign)
            return True
        return False

    def words(self, *wanted: str) -> bool:
        """Take these words if they are next, in any case."""
        pattern = r"\s+".join(map(re.escape, wanted)) + r"(?![^\s()<>=!~,'\"`])"
        found = re.compile(pattern, re.IGNORECASE).match(self.text, self.skip())
        if found is None:
            return False
        self.position = found.end()
        return True

    def operator(self, known: Collection[str]) -> str | None:
        """The longest of `known` that is next, not taken; None where no sign is.

        Raises FilterInvalid for signs that are none of them.
        """
        found = _SIGNS.match(self.text, self.skip())
        if found is None:
            return None
        signs = found.group()
        for length in range(len(signs), 0, -1):
            sign, goes_on = signs[:length], signs[length : length + 1]
            if sign in known and goes_on not in _GOES_ON and (sign[-1], goes_on) != ("~", "*"):
                return sign
        raise self.error(f"an operator known here ({' '.join(known)}){SQL_TAKES_IT}")

    def take(self, taken: str) -> None:
        """Go beyond what was found to be next."""
        self.position += len(taken)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Take what `pattern` matches next, if it does."""
        found = pattern.match(self.text, self.skip())
        if found is not None:
            self.position = found.end()
        return found

    def quoted(self) -> str | None:
        """Take a text in quotes, doubled inside; raises FilterInvalid when it does not end."""
        start = self.skip()
        for quote, escaping in _ESCAPED.items():
            if (found := escaping.match(self.text, start)) is not None:
                self.position = found.end()
                return self._unmarked(unescaped, found[1].replace(quote * 2, quote), start)
        pattern = _QUOTED.get(self.text[start : start + 1])
        if pattern is None:
            return None
        found = pattern.match(self.text, start)
        if found is None:
            raise self.error(f"a closing {self.text[start]}", len(self.text))
        self.position = found.end()
        quote = self.text[start]
        return found.group(1).replace(quote * 2, quote)

    def number(self) -> str | None:
        """Take a number if one is next."""
        found = self.match(_NUMBER)
        return None if found is None else found.group()

    def literal(self, *, in_list: bool = False, before_sign: bool = False) -> Literal:
        """Take a value, quoted or bare; raises FilterInvalid when there is none.

        `before_sign`: a bare one ends where a comparison begins.
        """
        start = self.skip()
        if (found := _MARKED.match(self.text, start)) is not None:
            return self._marked(found)
        if self.text[start : start + 1] in {"'", '"'} and (value := self.quoted()) is not None:
            return Literal(value, quoted=True, position=start)
        bare = _BARE_IN_LIST if in_list else _BARE_BEFORE_SIGN if before_sign else _BARE
        found = _TIMED.match(self.text, start) or bare.match(self.text, start)
        if found is None:
            raise self.error("a value")
        self.position = found.end()
        return Literal(found.group(), quoted=False, position=start)

    def _marked(self, found: re.Match[str]) -> Literal:
        mark, body = found[1], found[2].replace("''", "'")
        self.position = found.end()
        value = self._unmarked(lambda text: marked(mark, text), body, found.start())
        text = value if isinstance(value, str) else found.group()
        return Literal(text, quoted=True, position=found.start(), value=value)

    def _unmarked(self, read: Callable[[str], T], body: str, position: int) -> T:
        try:
            return read(body)
        except ValueError as error:
            raise self.error(str(error), position) from error

    def column(self) -> str | None:
        """Take a column's name if one is next: quoted, or the longest that fits, in any case."""
        start = self.skip()
        if self.text[start : start + 1] in {'"', "`"} or _ESCAPED['"'].match(self.text, start):
            typed = self.quoted() or ""
            name = self._called(typed)
            if name is None:
                self.position = start
            return name
        return self._bare_column(start)

    def _called(self, typed: str) -> str | None:
        if typed in self.names:
            return typed
        folded = typed.casefold()
        return next((name for name in self.names if name.casefold() == folded), None)

    def _bare_column(self, start: int) -> str | None:
        fits = [
            name
            for name in self._longest_first
            if self.text[start : start + len(name)].casefold() == name.casefold()
            and self._ends_word(start + len(name), name)
        ]
        if not fits:
            return None
        longest = len(fits[0])
        exact = self.text[start : start + longest]
        self.position = start + longest
        return exact if exact in fits else fits[0]

    def _ends_word(self, position: int, name: str) -> bool:
        after = self.text[position : position + 1]
        return not ((after.isalnum() or after == "_") and (name[-1].isalnum() or name[-1] == "_"))

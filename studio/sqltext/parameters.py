"""Parameters a statement wants values for."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from studio.sqltext.syntax import ParameterStyle, Syntax
from studio.sqltext.tokens import TokenKind, code, lex

NUMBERED = re.compile(r"\$([0-9]{1,5})")


def highest_number(sql: str, syntax: Syntax) -> int:
    """The highest `$n` of a statement; 0 when it has none, or its engine does not number so."""
    if ParameterStyle.DOLLAR_NUMBER not in syntax.parameters:
        return 0
    found = [
        int(numbered[1])
        for token in code(lex(sql, syntax))
        if token.kind is TokenKind.PARAMETER and (numbered := NUMBERED.fullmatch(token.text))
    ]
    return max(found, default=0)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A statement whose parameters are `$1`, `$2`, …"""

    text: str
    names: tuple[str, ...]
    """Whose value is `$1`, `$2`, …; empty: the statement as it was."""
    _moved: tuple[tuple[int, int], ...]
    """Of each parameter: where it ends in `text`, and by how much `text` is longer until there."""

    def back(self, position: int) -> int:
        """Where in the statement as written the character at `position` of `text` stands."""
        shift = 0
        for ends, grown in self._moved:
            if ends > position:
                break
            shift = grown
        return position - shift


def numbered(text: str, syntax: Syntax, given: Collection[str]) -> Numbered:
    """`text` with numbers for the names in `given`: what nobody gave a value for stays, because
    `a[lo:hi]` is a slice. One name is one number, however often it stands there. A statement with
    numbers of its own that mean nothing given (PREPARE) is left alone.
    """
    if not given:
        return Numbered(text, (), ())
    numbers: dict[str, int] = {}
    parts: list[str] = []
    moved: list[tuple[int, int]] = []
    length = 0
    for token in lex(text, syntax):
        part = token.text
        if token.kind is TokenKind.PARAMETER:
            name = part[1:]
            if name in given:
                part = f"${numbers.setdefault(name, len(numbers) + 1)}"
                ends = length + len(part)
                moved.append((ends, ends - token.end))
            elif part.startswith("$"):
                return Numbered(text, (), ())
        length += len(part)
        parts.append(part)
    return Numbered("".join(parts), tuple(numbers), tuple(moved))


def by_place(text: str, syntax: Syntax) -> tuple[tuple[str, ...], bool]:
    """SQLite's parameters by the number each has there, as names without a sign or as numbers; and
    whether one is a question mark, which Python's driver takes by number only.
    """
    names: list[str] = []
    asked = False
    for token in lex(text, syntax):
        if token.kind is not TokenKind.PARAMETER:
            continue
        name = token.text[1:]
        if token.text[0] != "?":
            if name not in names:
                names.append(name)
            continue
        asked = True
        number = int(name) if name else len(names) + 1
        names += [str(n) for n in range(len(names) + 1, min(number, _MOST) + 1)]
    return tuple(names), asked


_MOST = 32766
"""SQLite's own limit (SQLITE_MAX_VARIABLE_NUMBER)."""

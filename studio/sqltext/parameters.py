"""Parameters a statement wants values for."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from studio.sqltext import keywords
from studio.sqltext.syntax import ParameterStyle, Syntax
from studio.sqltext.tokens import Token, TokenKind, code, lex

NUMBERED = re.compile(r"\$([0-9]{1,5})")
_OPERANDS = frozenset(
    {TokenKind.NUMBER, TokenKind.WORD, TokenKind.NAME, TokenKind.STRING, TokenKind.PARAMETER}
)
_BEFORE_OPERANDS = frozenset(
    {"WHEN", "THEN", "ELSE", "CASE", "AND", "OR", "NOT", "IN", "IS", "LIKE", "ILIKE", "BETWEEN"}
    | {"SELECT", "DISTINCT", "FROM", "WHERE", "BY", "LIMIT", "OFFSET", "ON", "ARRAY", "ROW"}
)
"""Words behind which an operand begins, where a name would be one."""
_TAKE_PARAMETERS = keywords.QUERIES | keywords.DATA_CHANGES | {"EXPLAIN", "DECLARE"}
"""Where the server numbers parameters, the statements that may have some: in any other they are
refused, or mean something else (PREPARE, the body of a function).
"""


def placed(text: str, syntax: Syntax) -> tuple[tuple[Token, str], ...]:
    """Every token of `text`; with the name of its parameter, empty for what is none: a name
    without its sign, or a number. `a[lo:hi]` is a slice.
    """
    return tuple(_placed(lex(text, syntax), syntax))


def _placed(tokens: tuple[Token, ...], syntax: Syntax) -> Iterator[tuple[Token, str]]:
    depth, highest, is_operand = 0, 0, False
    named: dict[int, str] = {}
    seen: set[str] = set()
    slices = ParameterStyle.SQLITE_NAME not in syntax.parameters
    for token in tokens:
        name = ""
        if token.kind is TokenKind.PARAMETER:
            is_slice = slices and depth and is_operand and token.text.startswith(":")
            name = "" if is_slice else token.text[1:]
            if token.text.startswith("?"):
                number = int(name) if name else highest + 1
                highest = max(highest, number)
                name = named.get(number, str(number))
            elif name and token.text not in seen:
                seen.add(token.text)
                highest += 1
                named[highest] = name
        yield token, name
        if not token.is_code:
            continue
        depth = max(0, depth + (token.mark == "[") - (token.mark == "]"))
        is_operand = token.mark in {")", "]"} or (
            token.kind in _OPERANDS and token.word not in _BEFORE_OPERANDS
        )


def wanted(text: str, syntax: Syntax) -> tuple[str, ...]:
    """The parameters of one statement, each once, in the order they stand there; none where the
    engine takes none.
    """
    found = placed(text, syntax)
    if ParameterStyle.DOLLAR_NUMBER in syntax.parameters:
        first = next((token.word for token, _ in found if token.is_code and token.text != "("), "")
        if first not in _TAKE_PARAMETERS:
            return ()
    return tuple(dict.fromkeys(name for _, name in found if name))


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


def by_number(sql: str, syntax: Syntax) -> tuple[str, ...]:
    """The parameters of a statement by the number its engine gives each, as they are written; none
    where the engine does not number them.
    """
    if ParameterStyle.SQLITE_NAME in syntax.parameters:
        names, _ = by_place(sql, syntax)
        return tuple(f"?{name}" if name.isdigit() else f":{name}" for name in names)
    return tuple(f"${number + 1}" for number in range(highest_number(sql, syntax)))


def shown_name(name: str, syntax: Syntax) -> str:
    """A parameter's name for a person: `$1` or `?1` where it is a number, else as it is."""
    if not name.isdigit():
        return name
    return f"${name}" if ParameterStyle.DOLLAR_NUMBER in syntax.parameters else f"?{name}"


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
    for token, name in placed(text, syntax):
        part = token.text
        if name in given:
            part = f"${numbers.setdefault(name, len(numbers) + 1)}"
            ends = length + len(part)
            moved.append((ends, ends - token.end))
        elif name and part.startswith("$"):
            return Numbered(text, (), ())
        length += len(part)
        parts.append(part)
    return Numbered("".join(parts), tuple(numbers), tuple(moved))


def by_place(text: str, syntax: Syntax) -> tuple[tuple[str, ...], bool]:
    """SQLite's parameters by the number each has there, as names without a sign or as numbers; and
    whether one is a question mark, which Python's driver takes by number only.
    """
    names: list[str] = []
    # `:a` and `@a` are two places, and one name.
    seen: set[str] = set()
    asked = False
    for token in lex(text, syntax):
        if token.kind is not TokenKind.PARAMETER:
            continue
        name = token.text[1:]
        if token.text[0] != "?":
            if token.text not in seen:
                seen.add(token.text)
                names.append(name)
            continue
        asked = True
        number = int(name) if name else len(names) + 1
        names += [str(n) for n in range(len(names) + 1, min(number, _MOST) + 1)]
    return tuple(names), asked


_MOST = 32766
"""SQLite's own limit (SQLITE_MAX_VARIABLE_NUMBER)."""

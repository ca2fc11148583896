"""What only the CREATE text knows: SQLite's PRAGMAs do not tell collations, checks, expressions.

Reads the text as SQLite keeps it in sqlite_schema, which its own parser once accepted; what is not
understood is left out, and nothing raises.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from studio.sqltext.syntax import SQLITE
from studio.sqltext.tokens import Token, TokenKind, places_of, seen, unquoted

_DEPTH = {"(": 1, ")": -1}
_EVENTS = ("INSERT", "UPDATE", "DELETE")


@dataclass(slots=True)
class ColumnText:
    """What a column's definition adds to `PRAGMA table_xinfo`."""

    generated: str | None = None
    collation: str | None = None


@dataclass(frozen=True, slots=True)
class CheckText:
    """A CHECK with its constraint's name."""

    name: str | None
    expression: str


@dataclass(frozen=True, slots=True)
class ReferenceText:
    """A foreign key's name and deferral; in the text's order."""

    name: str | None
    deferred: bool
    """DEFERRABLE alone changes nothing in SQLite; INITIALLY DEFERRED does."""


@dataclass(slots=True)
class TableText:
    """What a CREATE TABLE says."""

    columns: dict[str, ColumnText] = field(default_factory=dict)
    """By name in lower case."""
    checks: list[CheckText] = field(default_factory=list)
    references: list[ReferenceText] = field(default_factory=list)
    autoincrement: bool = False


@dataclass(frozen=True, slots=True)
class IndexText:
    """What a CREATE INDEX says."""

    parts: tuple[str, ...]
    """Each key's text, without COLLATE and order."""
    predicate: str | None


@dataclass(frozen=True, slots=True)
class TriggerText:
    """What a CREATE TRIGGER says."""

    timing: str
    events: tuple[str, ...]


def tokens(sql: str) -> list[Token]:
    """The tokens SQLite sees."""
    return seen(sql, SQLITE)


# -- tables ----------------------------------------------------------------------------------------


def read_table(sql: str) -> TableText:
    """The definitions between the outer parentheses of a CREATE TABLE."""
    result = TableText()
    if _tells(sql.upper()):
        for start, end in _spans(sql):
            # Most columns have nothing to tell; not reading them saves most of the time.
            upper = sql[start:end].upper()
            if _tells(upper) or ("REFERENCES" in upper and _HIDING.search(upper)):
                _Definition(sql, seen(sql, SQLITE, start, end), result).read()
            elif "REFERENCES" in upper:
                result.references.append(ReferenceText(None, deferred=False))
    return result


def _tells(upper: str) -> bool:
    # One after the other: a loop over them takes as long as all of them together, for each column.
    return (
        "CHECK" in upper
        or "COLLATE" in upper
        or "CONSTRAINT" in upper
        or "AUTOINCREMENT" in upper
        or "DEFERRED" in upper
        or ("AS" in upper and _AS.search(upper) is not None)
    )


_AS = re.compile(r"\bAS\b")
_HIDING = re.compile(r"--|/\*|['\"`\[]")
"""In a comment or in quotes, a word is none."""


def definitions(sql: str) -> Iterator[list[Token]]:
    """The tokens between the first parenthesis and its end, cut at its commas; none is empty."""
    return filter(None, (seen(sql, SQLITE, start, end) for start, end in _spans(sql)))


def _spans(sql: str) -> Iterator[tuple[int, int]]:
    """Where each definition begins and ends."""
    depth = start = 0
    for place in places_of("(),", sql, SQLITE):
        sign = sql[place]
        depth -= sign == ")"
        if depth == 0 or (depth == 1 and sign == ","):
            if start:
                yield start, place
            start = place + 1
        if depth == 0 and sign == ")":
            return
        depth += sign == "("


class _Definition:
    """One column or table constraint, read from left to right."""

    def __init__(self, sql: str, found: Sequence[Token], result: TableText) -> None:
        self._sql = sql
        self._tokens = found
        self._result = result
        self._column = ColumnText()
        self._constraint: str | None = None
        self._at = 0

    def read(self) -> None:
        """Add what it says to the result."""
        if not self._tokens:
            return
        if self._tokens[0].mark not in _TABLE_CONSTRAINTS:
            self._result.columns[unquoted(self._tokens[0], SQLITE).lower()] = self._column
            self._at = 1
        while self._at < len(self._tokens):
            mark = self._tokens[self._at].mark
            self._at += 1
            if mark == "(":
                self._at = closing(self._tokens, self._at - 1) + 1
            elif read := _READERS.get(mark):
                read(self)

    def _next(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self) -> Token | None:
        token = self._next()
        self._at += 1
        return token

    def _parenthesized(self) -> str | None:
        token = self._next()
        if token is None or token.text != "(":
            return None
        end = closing(self._tokens, self._at)
        last = self._tokens[end].start if end < len(self._tokens) else len(self._sql)
        self._at = end + 1
        return self._sql[token.end : last].strip()

    def _named(self) -> None:
        token = self._take()
        self._constraint = unquoted(token, SQLITE) if token else None

    def _check(self) -> None:
        expression = self._parenthesized()
        if expression is not None:
            self._result.checks.append(CheckText(self._constraint, expression))
        self._constraint = None

    def _as(self) -> None:
        expression = self._parenthesized()
        if expression is not None:
            self._column.generated = expression

    def _collate(self) -> None:
        token = self._take()
        self._column.collation = unquoted(token, SQLITE) if token else None

    def _default(self) -> None:
        """A default may be any word: it is not a constraint that follows."""
        if self._next() is not None and self._parenthesized() is None:
            token = self._take()
            if token is not None and token.mark in {"+", "-"}:
                self._at += 1

    def _references(self) -> None:
        """REFERENCES t (a, b) and what follows, up to another constraint."""
        self._take()
        self._parenthesized()
        deferred = False
        while length := self._clause_length():
            deferred |= self._word(0) == "INITIALLY" and self._word(1) == "DEFERRED"
            self._at += length
        self._result.references.append(ReferenceText(self._constraint, deferred))
        self._constraint = None

    def _clause_length(self) -> int:
        return reference_clause(self._tokens, self._at)

    def _word(self, ahead: int) -> str:
        at = self._at + ahead
        return self._tokens[at].mark if at < len(self._tokens) else ""

    def _autoincrement(self) -> None:
        self._result.autoincrement = True

    def _unnamed(self) -> None:
        """PRIMARY KEY, UNIQUE, NOT NULL: known from PRAGMAs; the name given was theirs."""
        if self._tokens[self._at - 1].mark != "FOREIGN":
            self._constraint = None


def reference_clause(found: Sequence[Token], at: int) -> int:
    """How many tokens a clause after REFERENCES t (a) has that begins at `at`; 0: none does."""
    words = [token.mark for token in found[at : at + 3]]
    match words:
        case ["ON", _, "SET" | "NO"]:
            return 4
        case ["ON", *_]:
            return 3
        case ["MATCH" | "INITIALLY", *_] | ["NOT", "DEFERRABLE", *_]:
            return 2
        case ["DEFERRABLE", *_]:
            return 1
    return 0


_TABLE_CONSTRAINTS = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"}
_READERS = {
    "CONSTRAINT": _Definition._named,  # noqa: SLF001 - its own methods, by keyword
    "CHECK": _Definition._check,  # noqa: SLF001
    "AS": _Definition._as,  # noqa: SLF001
    "COLLATE": _Definition._collate,  # noqa: SLF001
    "DEFAULT": _Definition._default,  # noqa: SLF001
    "REFERENCES": _Definition._references,  # noqa: SLF001
    "AUTOINCREMENT": _Definition._autoincrement,  # noqa: SLF001
    "PRIMARY": _Definition._unnamed,  # noqa: SLF001
    "UNIQUE": _Definition._unnamed,  # noqa: SLF001
    "NOT": _Definition._unnamed,  # noqa: SLF001
    "NULL": _Definition._unnamed,  # noqa: SLF001
}


_SHORTEST_IN = 5
"""Tokens of `c IN ('a')`."""


@lru_cache(1024)
def choices(expression: str) -> tuple[str, tuple[str, ...]] | None:
    """The column and the literals of `c IN ('a', 'b')`, alone or beside `c IS NULL`."""
    found = _without_null(_unwrapped(tokens(expression)))
    if len(found) < _SHORTEST_IN or found[1].mark != "IN" or found[2].mark != "(":
        return None
    literals = found[3:-1]
    if found[-1].mark != ")" or any(comma.mark != "," for comma in literals[1::2]):
        return None
    values = literals[::2]
    if len(literals) % 2 == 0 or not all(_is_literal(value) for value in values):
        return None
    return unquoted(found[0], SQLITE), tuple(unquoted(value, SQLITE) for value in values)


def _is_literal(token: Token) -> bool:
    """A string or a number; a blob is none that people choose from."""
    return token.kind is TokenKind.NUMBER or (
        token.kind is TokenKind.STRING and token.text[0] == "'"
    )


def _unwrapped(found: list[Token]) -> list[Token]:
    while found and found[0].mark == "(" and closing(found, 0) == len(found) - 1:
        found = found[1:-1]
    return found


def _without_null(found: list[Token]) -> list[Token]:
    """`c IS NULL OR …` and `… OR c IS NULL` without that half."""
    words = [token.mark for token in found]
    if words[1:4] == ["IS", "NULL", "OR"] and unquoted(found[0], SQLITE) == _first_name(found[4:]):
        return _unwrapped(found[4:])
    if words[-4:-3] == ["OR"] and words[-2:] == ["IS", "NULL"]:
        return _unwrapped(found[:-4])
    return found


def _first_name(found: list[Token]) -> str:
    return next((unquoted(token, SQLITE) for token in found if token.mark != "("), "")


# -- indexes and triggers --------------------------------------------------------------------------


def read_index(sql: str) -> IndexText:
    """The keys and the predicate of a CREATE INDEX."""
    found = tokens(sql)
    on = next((i for i, token in enumerate(found) if token.mark == "ON"), len(found))
    opening = next((i for i in range(on, len(found)) if found[i].mark == "("), None)
    if opening is None:
        return IndexText((), None)
    end = closing(found, opening)
    parts = tuple(_key(sql, part) for part in _split(found[opening + 1 : end]))
    rest = found[end + 1 :]
    predicate = None
    if rest and rest[0].mark == "WHERE":
        predicate = sql[rest[0].end :].strip().rstrip(";").strip()
    return IndexText(parts, predicate)


def _key(sql: str, part: list[Token]) -> str:
    if part and part[-1].mark in {"ASC", "DESC"}:
        part = part[:-1]
    if [token.mark for token in part[-2:-1]] == ["COLLATE"]:
        part = part[:-2]
    return sql[part[0].start : part[-1].end] if part else ""


def read_trigger(sql: str) -> TriggerText:
    """When a trigger fires. `UPDATE OF a, b` counts as UPDATE."""
    words = [token.mark for token in tokens(sql)[:16]]
    try:
        at = words.index("TRIGGER") + 1
    except ValueError:
        return TriggerText("BEFORE", ())
    if words[at : at + 3] == ["IF", "NOT", "EXISTS"]:
        at += 3
    at += 3 if words[at + 1 : at + 2] == ["."] else 1
    timing = "BEFORE"
    if words[at : at + 1] in (["BEFORE"], ["AFTER"]):
        timing = words[at]
        at += 1
    elif words[at : at + 2] == ["INSTEAD", "OF"]:
        timing = "INSTEAD OF"
        at += 2
    event = words[at] if at < len(words) else ""
    return TriggerText(timing, (event,) if event in _EVENTS else ())


# -- parentheses -----------------------------------------------------------------------------------


def closing(found: Sequence[Token], opening: int) -> int:
    """The index of the parenthesis that closes the one at `opening`; the length without one."""
    depth = 0
    for i in range(opening, len(found)):
        depth += _DEPTH.get(found[i].text, 0)
        if depth == 0:
            return i
    return len(found)


def _split(body: Sequence[Token]) -> Iterator[list[Token]]:
    """`body` cut at its commas outside parentheses."""
    depth, part = 0, list[Token]()
    for piece in body:
        depth += _DEPTH.get(piece.mark, 0)
        if depth == 0 and piece.mark == ",":
            yield part
            part = []
        else:
            part.append(piece)
    yield part

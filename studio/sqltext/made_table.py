"""The table a CREATE TABLE makes, as far as its text tells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, code, lex, unquoted

_NAMES = {TokenKind.WORD, TokenKind.NAME}
_BEFORE_NAME = {"IF", "NOT", "EXISTS"}
_TEMPORARY = {"TEMP", "TEMPORARY"}
_NO_COLUMN = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE", "LIKE"}
_BEHIND_TYPE = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "NOT", "NULL"}
_BEHIND_TYPE |= {"DEFAULT", "GENERATED", "COLLATE", "AS"}


@dataclass(frozen=True, slots=True)
class MadeTable:
    """A table and the columns that are written out."""

    name: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    """Names and types; none of what a query or another table gives it."""
    is_temporary: bool


def made_table(text: str, syntax: Syntax) -> MadeTable | None:
    """What one statement makes; None when it is no CREATE TABLE."""
    tokens = code(lex(text, syntax))
    words = [token.word for token in tokens[:4]]
    if words[:1] != ["CREATE"] or "TABLE" not in words:
        return None
    table = words.index("TABLE")
    at = table + 1
    while at < len(tokens) and tokens[at].word in _BEFORE_NAME:
        at += 1
    parts: list[str] = []
    while at < len(tokens) and tokens[at].kind in _NAMES:
        parts.append(unquoted(tokens[at], syntax))
        at += 1
        if at >= len(tokens) or tokens[at].text != ".":
            break
        at += 1
    if not parts:
        return None
    columns = tuple(_columns(tokens[at:], syntax))
    return MadeTable(tuple(parts), columns, bool(_TEMPORARY & set(words[:table])))


def _columns(tokens: Sequence[Token], syntax: Syntax) -> Iterator[tuple[str, str]]:
    for item in _items(tokens):
        if not item or item[0].kind not in _NAMES or item[0].word in _NO_COLUMN:
            continue
        ends = next((i for i, t in enumerate(item) if i and t.word in _BEHIND_TYPE), len(item))
        type_name = "".join(
            token.text if token.text in "()," or before.text in "(," else f" {token.text}"
            for before, token in pairwise(item[:ends])
        )
        yield unquoted(item[0], syntax), type_name.strip()


def _items(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """What stands between the commas of the parentheses at the start; nothing where none do."""
    if not tokens or tokens[0].text != "(":
        return
    depth, begins = 0, 1
    for place, token in enumerate(tokens):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 or (depth == 1 and token.text == ","):
            yield tokens[begins:place]
            begins = place + 1
        if depth == 0:
            return

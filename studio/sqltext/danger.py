"""Statements that take more than people mean when they mistype: all rows, or the table itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, code, lex, unquoted

_NAMES = frozenset({TokenKind.WORD, TokenKind.NAME})
_BEFORE_NAME = frozenset({"TABLE", "ONLY", "IF", "EXISTS", "FROM", "OR", "MATERIALIZED", "VIEW"})
_CONFLICT = frozenset({"ROLLBACK", "ABORT", "REPLACE", "FAIL", "IGNORE"})
_WITH_ROWS = frozenset({"TABLE", "MATERIALIZED"})
"""What is dropped or altered with rows in it."""


@dataclass(frozen=True, slots=True)
class Danger:
    """What makes a statement one to think about twice."""

    keyword: str
    """UPDATE, DELETE, TRUNCATE, DROP or ALTER."""
    targets: tuple[tuple[str, ...], ...]
    """The relations whose rows it touches, as the engine folds their names; schema first."""
    lacks_where: bool = False

    @property
    def words(self) -> str:
        """In a few words: `DELETE without WHERE`."""
        return f"{self.keyword} without WHERE" if self.lacks_where else self.keyword


def danger_of(text: str, syntax: Syntax) -> Danger | None:
    """What is dangerous in the one statement `text`; None: nothing."""
    flat = _flat(code(lex(text, syntax)))
    at = next((i for i, token in enumerate(flat) if token.word in _KEYWORDS), None)
    if at is None or (at and flat[0].word != "WITH"):
        return None
    keyword, rest = flat[at].word, flat[at + 1 :]
    words = [token.word for token in rest]
    if keyword in {"UPDATE", "DELETE"}:
        if "WHERE" in words:
            return None
        return Danger(keyword, _targets(rest, syntax)[:1], lacks_where=True)
    if at:
        return None
    if keyword in {"DROP", "ALTER"} and not _WITH_ROWS & set(words[:1]):
        return Danger(keyword, ()) if keyword == "DROP" else None
    found = _targets(rest, syntax)
    return Danger(keyword, found[:1] if keyword == "ALTER" else found)


_KEYWORDS = frozenset({"UPDATE", "DELETE", "TRUNCATE", "DROP", "ALTER"})


def target_of(text: str, syntax: Syntax) -> str:
    """The relation that a change names first, as written in a line of words; "" where none is."""
    flat = _flat(code(lex(text, syntax)))
    words = [token.word for token in flat[:2]]
    if words[:2] == ["INSERT", "INTO"] or words[:2] == ["DELETE", "FROM"]:
        flat = flat[2:]
    elif words[:1] == ["UPDATE"]:
        flat = flat[1:]
    else:
        return ""
    found = _targets(flat, syntax)
    return ".".join(found[0]) if found else ""


def _flat(tokens: Sequence[Token]) -> list[Token]:
    """Those outside of parentheses."""
    depth, kept = 0, list[Token]()
    for token in tokens:
        depth -= token.text == ")"
        if depth == 0 and token.text not in {"(", ")"}:
            kept.append(token)
        depth += token.text == "("
    return kept


def _targets(tokens: Sequence[Token], syntax: Syntax) -> tuple[tuple[str, ...], ...]:
    """The names at the start, between commas."""
    index, found = 0, list[tuple[str, ...]]()
    while index < len(tokens):
        while index < len(tokens) and tokens[index].word in _BEFORE_NAME | _CONFLICT:
            index += 1
        if index >= len(tokens) or tokens[index].kind not in _NAMES:
            break
        parts = [unquoted(tokens[index], syntax)]
        while (
            index + 2 < len(tokens)
            and tokens[index + 1].text == "."
            and tokens[index + 2].kind in _NAMES
        ):
            parts.append(unquoted(tokens[index + 2], syntax))
            index += 2
        found.append(tuple(parts))
        index += 1
        if index < len(tokens) and tokens[index].text == "*":
            index += 1
        if index >= len(tokens) or tokens[index].text != ",":
            break
        index += 1
    return tuple(found)

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
    cascades: bool = False
    """Whether what depends on them goes along."""

    @property
    def words(self) -> str:
        """In a few words: `DELETE without WHERE`."""
        return f"{self.keyword} without WHERE" if self.lacks_where else self.keyword


def dangers_of(text: str, syntax: Syntax) -> tuple[Danger, ...]:
    """What is dangerous in the one statement `text`, in the queries of its WITH first."""
    tokens = _measured(code(lex(text, syntax)))
    inner = [group for group in _groups(tokens) if group[0].word in _IN_WITH]
    found = [_danger(each, syntax) for each in (*inner, tokens)]
    return tuple(danger for danger in found if danger is not None)


def _measured(tokens: Sequence[Token]) -> Sequence[Token]:
    """Without EXPLAIN in front: with ANALYZE, what it explains is done."""
    if not tokens or tokens[0].word != "EXPLAIN":
        return tokens
    at = next((i for i, token in enumerate(tokens) if token.word in _BEGINS), len(tokens))
    return tokens[at:] if any(token.word == "ANALYZE" for token in tokens[:at]) else ()


def _groups(tokens: Sequence[Token]) -> list[list[Token]]:
    """What stands in the outermost parentheses of a statement with WITH."""
    groups, depth = list[list[Token]](), 0
    if not tokens or tokens[0].word != "WITH":
        return groups
    for token in tokens:
        depth -= token.text == ")"
        if token.text == "(" and depth == 0:
            groups.append([])
        elif depth:
            groups[-1].append(token)
        depth += token.text == "("
    return [group for group in groups if group]


def _danger(tokens: Sequence[Token], syntax: Syntax) -> Danger | None:
    flat = _flat(tokens)
    at = next((i for i, token in enumerate(flat) if _acts(token, flat[:i])), None)
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
    cascades = "CASCADE" in words
    if keyword in {"DROP", "ALTER"} and not _WITH_ROWS & set(words[:1]):
        return Danger(keyword, (), cascades=cascades) if keyword == "DROP" else None
    found = _targets(rest, syntax)
    return Danger(keyword, found[:1] if keyword == "ALTER" else found, cascades=cascades)


def _acts(token: Token, before: Sequence[Token]) -> bool:
    """FOR UPDATE locks, and DO UPDATE changes one row."""
    return token.word in _KEYWORDS and not (before and before[-1].word in _NO_ACT_BEHIND)


_NO_ACT_BEHIND = frozenset({"FOR", "KEY", "DO"})
_IN_WITH = frozenset({"UPDATE", "DELETE", "WITH"})
_BEGINS = frozenset({"WITH", "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "VALUES"})
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

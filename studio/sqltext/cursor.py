"""What stands under the cursor: the word, the clause, and the tables whose columns are in scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from studio.sqltext.query_scopes import QueryScopes, Source
from studio.sqltext.split import Statement, statement_at
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, lex, unquoted


@dataclass(frozen=True, slots=True)
class Cursor:
    """What is known about one place in a text."""

    statement: Statement | None
    word: str
    """The part of the identifier left of the cursor, as typed."""
    word_start: int
    """Where that part starts in the text."""
    qualifier: tuple[str, ...]
    """The names in front of it: `a.b.wo|` gives ("a", "b")."""
    clause: str
    """SELECT, FROM, WHERE, ON, SET, VALUES, GROUP BY, … or "" at the start of a statement."""
    sources: tuple[Source, ...]
    """Everything columns can come from here, innermost query first."""
    ctes: tuple[str, ...]
    """Names that WITH defined in this statement."""
    is_code: bool
    """False inside a string, a comment, a number, or data: nothing to complete."""


def cursor_at(text: str, position: int, syntax: Syntax) -> Cursor:
    """What is under the cursor at `position`, in characters from 0."""
    statement = statement_at(text, position, syntax)
    if statement is None:
        return Cursor(None, "", position, (), "", (), (), is_code=True)
    offset = statement.start - len(statement.before)
    tokens = lex(statement.whole, syntax)
    word, is_code = _word(tokens, position - offset)
    scopes = QueryScopes(tokens, syntax)
    query = scopes.at(word.start if word else position - offset)
    return Cursor(
        statement,
        "" if word is None else word.text[: position - offset - word.start],
        position if word is None else offset + word.start,
        _qualifier(tokens, word.start if word else position - offset, syntax),
        query.clause_at(position - offset if word is None else word.start),
        # Parentheses around joins share their query's sources: each only once.
        tuple(dict.fromkeys(source for level in query.outward() for source in level.sources)),
        tuple(scopes.ctes),
        is_code,
    )


def sources(text: str, syntax: Syntax) -> tuple[Source, ...]:
    """Every FROM item and write target of one statement, subqueries' too, in the order written."""
    return tuple(QueryScopes(lex(text, syntax), syntax).found)


def aliases(text: str, syntax: Syntax) -> Mapping[str, Source]:
    """What each alias of one statement stands for; keys are lower case where case does not count.

    An alias that means different things in different places of the statement is left out.
    """
    meanings: dict[str, set[Source]] = {}
    for source in sources(text, syntax):
        key = source.alias if syntax.folds_names else source.alias.lower()
        if key:
            meanings.setdefault(key, set()).add(source)
    return MappingProxyType(
        {key: next(iter(found)) for key, found in meanings.items() if len(found) == 1}
    )


def _word(tokens: Sequence[Token], position: int) -> tuple[Token | None, bool]:
    """The identifier the cursor touches from the right or stands in, and whether this is code."""
    for token in tokens:
        if not token.start < position <= token.end:
            continue
        if token.kind is TokenKind.WORD:
            return token, True
        if token.kind is TokenKind.BROKEN and token.text[0] in '"`[':
            return token, True
        if token.kind is TokenKind.NAME:
            return token, position < token.end
        closed = token.kind is TokenKind.STRING or token.text.endswith("*/")
        return None, (closed and position == token.end) or token.kind in _BETWEEN
    return None, True


_BETWEEN = frozenset({TokenKind.SPACE, TokenKind.OPERATOR, TokenKind.PUNCTUATION})


def _qualifier(tokens: Sequence[Token], position: int, syntax: Syntax) -> tuple[str, ...]:
    """The dotted names that end at `position`."""
    before = [token for token in tokens if token.end <= position]
    parts: list[str] = []
    while before and before[-1].text == ".":
        before.pop()
        if not before or before[-1].kind not in {TokenKind.WORD, TokenKind.NAME}:
            break
        parts.append(unquoted(before.pop(), syntax))
    return tuple(reversed(parts))

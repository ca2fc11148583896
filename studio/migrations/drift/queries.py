"""Queries as text: what two ways to write one have in common."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token, TokenKind, seen, unquoted

_NAMES = frozenset({TokenKind.WORD, TokenKind.NAME})
_HIDDEN = frozenset(
    {"limit", "offset", "fetch", "over", "window", "recursive", "distinct", "for", "tablesample"}
)
"""What plans show without its numbers, its keys or its kind: of LIMIT not how many rows, of window
functions not their frame, of DISTINCT ON not its columns, of a recursion not whether ALL."""
_CONTINUED = frozenset({"varying", "precision", "zone", "time", "with", "without"})
"""Words of a type behind the first."""


def plainly(query: str, schema: str | None, syntax: Syntax) -> list[str]:
    """Its words, without spaces and quotes, and without the schema of names that need none."""
    words = _words(query, syntax)
    kept: list[str] = []
    at = 0
    while at < len(words):
        is_place = schema is not None and words[at] == schema
        if is_place and words[at + 1 : at + 2] == ["."] and kept[-1:] != ["."]:
            at += 2
            continue
        kept.append(words[at])
        at += 1
    while kept[-1:] == [";"]:
        kept.pop()
    return kept


def loosely(query: str, schema: str | None, syntax: Syntax) -> list[str]:
    """The same without brackets, `AS`, casts, and the tables' names before columns."""
    words = list(_without_casts(plainly(query, schema, syntax)))
    return [
        word
        for word, after in pairwise([*words, ""])
        if word not in {"(", ")", "as", "."} and after != "."
    ]


def hides(query: str, syntax: Syntax) -> bool:
    """Whether it has something that its plan does not show in full."""
    return not _HIDDEN.isdisjoint(_words(query, syntax))


def body(statement: str, syntax: Syntax) -> str:
    """The query of a CREATE VIEW; of anything else the text itself."""
    tokens = seen(statement, syntax)
    if not tokens or tokens[0].text.upper() != "CREATE":
        return statement.strip().rstrip(";").strip()
    depth, start = 0, None
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if start is None and depth == 0 and token.text.upper() == "AS":
            start = token.end
        elif start is not None and token.text == ";":
            return statement[start : token.start].strip()
    return statement[start:].strip() if start is not None else ""


def _words(query: str, syntax: Syntax) -> list[str]:
    return [_word(token, syntax) for token in seen(query, syntax)]


def _word(token: Token, syntax: Syntax) -> str:
    if token.kind not in _NAMES:
        return token.text
    name = unquoted(token, syntax)
    # Where names are folded, one in quotes keeps its case for good.
    return name if syntax.folds_names else name.lower()


def _without_casts(words: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(words):
        if words[at] != "::":
            yield words[at]
            at += 1
            continue
        at += 2
        while at < len(words) and words[at] in _CONTINUED:
            at += 1

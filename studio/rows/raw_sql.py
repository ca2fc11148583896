"""What may stand behind `where`, and what in a text makes it more than words to search for."""

import re
from typing import TYPE_CHECKING, cast

from studio.backends.halves.syntax import syntax_of
from studio.rows.scan import Scanner
from studio.sqltext.tokens import Token, TokenKind, lex

if TYPE_CHECKING:
    from studio.backends.base import Backend

_SIGN = re.compile(
    r"[<>=~]|!~|@@|&&|\|\||::|@\?|\?[|&]"
    # One sign alone between words, but for those that join names.
    r"|(?<!\S)[*%^?|#@!]+(?!\S)"
)
_WORD = re.compile(
    # No language has these words: one that lacks its left side is no search either.
    r"(?<!\S)(?:not\s+)?(?:ilike|rlike)\s+\S"
    r"|(?<=\s)(?:(?:not\s+)?(?:like|glob|regexp|match|similar\s+to|contains)\s+\S"
    r"|(?:not\s+)?between\s+\S+\s+and\s|is\s+(?:not\s+)?(?:null|true|false|distinct)\b)",
    re.IGNORECASE,
)
_CLOSES = {")": "(", "]": "["}
_NOT_HERE = {
    TokenKind.BROKEN: "SQL that ends: a quote or a comment is open, or this is no character of SQL",
    TokenKind.PARAMETER: "a value in the place of this parameter",
    TokenKind.META: "SQL, and no command of psql",
    TokenKind.DATA: "one condition",
}


def operator_in(text: str, start: int, end: int) -> int | None:
    """Where an operator stands in `text` between `start` and `end`; None where none does."""
    # Its other side may lie beyond: the bounds only say where it begins.
    for pattern in (_SIGN, _WORD):
        for found in pattern.finditer(text, start):
            if found.start() < end:
                return found.start()
            break
    return None


def check_sql(
    sql: str, at: Scanner, start: int, backend: object, *, is_quoted: bool = False
) -> None:
    """Raise FilterInvalid for SQL that would not stay between parentheses, and for parameters.

    What it means is for the engine to say.
    """
    opened: list[tuple[str, int]] = []
    is_empty = True
    for token in lex(sql, syntax_of(cast("Backend", backend))):
        # Between quotes, places of the SQL are no places of the line.
        place = start if is_quoted else start + token.start
        is_empty &= not token.is_code
        if (expected := _unfit(token)) is not None:
            raise at.error(expected, place)
        if token.kind is not TokenKind.PUNCTUATION:
            continue
        if token.text in _CLOSES.values():
            opened.append((token.text, place))
        elif token.text in _CLOSES and (not opened or opened.pop()[0] != _CLOSES[token.text]):
            raise at.error(f"an opening {_CLOSES[token.text]} before this", place)
    if opened:
        raise at.error("a closing ) for this", opened[-1][1])
    if is_empty:
        raise at.error("a condition in SQL behind where", start)


def _unfit(token: Token) -> str | None:
    """What was expected instead of a token that no condition holds."""
    if token.kind is TokenKind.COMMENT and token.text.startswith("/*"):
        return None if token.text.endswith("*/") else _NOT_HERE[TokenKind.BROKEN]
    if token.mark == ";":
        return "one condition, without a semicolon"
    return _NOT_HERE.get(token.kind)

"""What a statement names that is another value every time it runs."""

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import TokenKind, code, lex, unquoted

_NAMES = frozenset({"random", "randomblob", "current_timestamp", "current_date", "current_time"})
_OF_TIME = frozenset({"date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff"})
"""SQLite's: the same every time of a date that is given, and not of 'now' or nothing."""


def unrepeatable(text: str, syntax: Syntax) -> tuple[str, ...]:
    """Their names, in the order of the text. A default or a trigger may hold more of them."""
    tokens = code(lex(text, syntax))
    found: dict[str, None] = {}
    for place, token in enumerate(tokens):
        if token.kind not in {TokenKind.WORD, TokenKind.NAME}:
            continue
        name = unquoted(token, syntax).lower()
        follows = tokens[place + 1].text if place + 1 < len(tokens) else ""
        if name in _NAMES or (name in _OF_TIME and follows == "("):
            found[name] = None
    return tuple(found)

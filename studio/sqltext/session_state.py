"""What a statement leaves in its session, as far as its text tells."""

from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import code, lex

_LEFT = {
    "SET": "settings",
    "PRAGMA": "settings",
    "PREPARE": "prepared statements",
    "LISTEN": "LISTEN",
    "ATTACH": "attached files",
    "DECLARE": "cursors",
}
_TEMPORARY = {"TEMP", "TEMPORARY"}
_FORGETS = {"DISCARD ALL"}


def left_in_session(text: str, syntax: Syntax, keyword: str) -> str:
    """What lives on in the session once `text` ran, in words; empty: nothing that is seen."""
    words = [token.word for token in code(lex(text, syntax))[:4]]
    if words[:1] == ["CREATE"] and _TEMPORARY & set(words):
        return "temporary tables"
    if words[:2] == ["SET", "LOCAL"] or words[:2] == ["SET", "TRANSACTION"]:
        return ""
    if keyword == "PRAGMA" and "=" not in text:
        return ""
    return _LEFT.get(keyword, "")


def forgets_all(text: str, syntax: Syntax) -> bool:
    """Whether `text` empties the session."""
    words = [token.word for token in code(lex(text, syntax))[:2]]
    return " ".join(words) in _FORGETS

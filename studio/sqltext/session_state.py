"""What a statement leaves in its session, as far as its text tells."""

from studio.sqltext.classify import Classification
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
_SESSION_ONLY = frozenset(
    {"SET", "RESET", "LISTEN", "UNLISTEN", "PREPARE", "DEALLOCATE", "DECLARE", "FETCH", "MOVE"}
    | {"CLOSE", "ATTACH", "DETACH", "DISCARD"}
)
_SESSION_PRAGMAS = frozenset(
    {"BUSY_TIMEOUT", "CACHE_SIZE", "CACHE_SPILL", "CASE_SENSITIVE_LIKE", "DEFER_FOREIGN_KEYS"}
    | {"FOREIGN_KEYS", "QUERY_ONLY", "READ_UNCOMMITTED", "RECURSIVE_TRIGGERS", "TEMP_STORE"}
    | {"REVERSE_UNORDERED_SELECTS", "SYNCHRONOUS", "THREADS"}
)
_PRAGMAS_OUTSIDE = frozenset({"FOREIGN_KEYS", "JOURNAL_MODE", "SYNCHRONOUS", "WAL_CHECKPOINT"})
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


_STRINGS = "STANDARD_CONFORMING_STRINGS"
_OFF = frozenset({"off", "false", "no", "0"})


def backslashes_left(text: str, syntax: Syntax) -> bool | None:
    """Whether plain strings know backslashes once `text` ran, as far as it tells; None where it
    says nothing of them (PostgreSQL, runtime-config-compatible).
    """
    if not syntax.escape_strings or _STRINGS not in text.upper():
        return None
    tokens = code(lex(text, syntax))
    words = [token.word for token in tokens]
    if words[:2] == ["RESET", _STRINGS]:
        return False
    at = 2 if words[1:2] in (["SESSION"], ["LOCAL"]) else 1
    is_set = words[:1] == ["SET"] and words[at : at + 1] == [_STRINGS] and len(tokens) > at + 2
    return tokens[at + 2].text.strip("'").lower() in _OFF if is_set else None


def acts_on_session_only(text: str, syntax: Syntax, keyword: str) -> bool:
    """Whether `text` changes its own session and nothing that anybody else sees."""
    if keyword in _SESSION_ONLY:
        return True
    tokens = code(lex(text, syntax))
    words = [token.word for token in tokens[:4]]
    if keyword == "PRAGMA":
        return any(token.word in _SESSION_PRAGMAS for token in tokens[1:2])
    # CREATE TEMP TABLE … AS may call what writes: only the bare definition is harmless.
    is_temporary = words[:1] == ["CREATE"] and bool(_TEMPORARY & set(words))
    return is_temporary and not any(token.word in {"AS", "SELECT", "WITH"} for token in tokens)


def only_copies_out(text: str, syntax: Syntax, keyword: str) -> bool:
    """Whether `text` is COPY of a relation TO STDOUT: it reads, and calls nothing. A query in its
    place may do anything, and so may a file or a program.
    """
    if keyword != "COPY" or not syntax.copy_data:
        return False
    tokens = code(lex(text, syntax))
    words = [token.word for token in tokens]
    to = words.index("TO") if "TO" in words else len(words)
    return words[to + 1 : to + 2] == ["STDOUT"] and tokens[1].text != "("


def refuses_transaction(text: str, syntax: Syntax, facts: Classification) -> bool:
    """Whether `text` fails inside a transaction, or silently does nothing there."""
    if not facts.outside_transaction or facts.keyword == "DETACH":
        return False
    tokens = code(lex(text, syntax))[1:2]
    return facts.keyword != "PRAGMA" or any(t.word in _PRAGMAS_OUTSIDE for t in tokens)


def forgets_all(text: str, syntax: Syntax) -> bool:
    """Whether `text` empties the session."""
    words = [token.word for token in code(lex(text, syntax))[:2]]
    return " ".join(words) in _FORGETS

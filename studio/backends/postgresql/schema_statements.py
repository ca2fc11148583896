"""Which statements change a schema and nothing else: what a scratch may run, leaves out, refuses.

Only what is known to be harmless runs. Rows and rights are left out, for a schema is what is
wanted; whatever names another schema, ends the transaction or runs code is refused.
"""

import re
from collections.abc import Sequence
from enum import Enum
from itertools import pairwise

from studio.sqltext.syntax import POSTGRESQL
from studio.sqltext.tokens import Token, TokenKind, code, lex, unquoted


class StatementVerdict(Enum):
    """What becomes of a statement."""

    RUN = "run"
    LEFT_OUT = "left out"
    REFUSED = "refused"


_LEFT_OUT = frozenset({
    "INSERT", "UPDATE", "DELETE", "MERGE", "SELECT", "VALUES", "WITH", "TABLE", "COPY", "TRUNCATE",
    "GRANT", "REVOKE", "REASSIGN", "SECURITY", "COMMENT", "ANALYZE", "VACUUM", "REINDEX",
    "CLUSTER", "REFRESH", "LOCK", "SHOW", "EXPLAIN", "NOTIFY", "LISTEN", "UNLISTEN", "SET", "RESET",
    "BEGIN", "START", "COMMIT", "END",
})  # fmt: skip
"""Rows, rights, upkeep and settings; and the brackets of the transaction that is here already."""
_TRANSACTION = frozenset({"ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE"})
_ABOUT_SCHEMA = frozenset({"CREATE", "ALTER", "DROP"})
_MODIFIERS = frozenset({
    "OR", "REPLACE", "TEMP", "TEMPORARY", "UNLOGGED", "GLOBAL", "LOCAL", "UNIQUE", "RECURSIVE",
    "MATERIALIZED", "CONSTRAINT",
})  # fmt: skip
_OBJECTS = frozenset({
    "TABLE", "INDEX", "VIEW", "SEQUENCE", "TYPE", "DOMAIN", "FUNCTION", "PROCEDURE", "ROUTINE",
    "AGGREGATE", "TRIGGER", "POLICY", "RULE", "STATISTICS",
})  # fmt: skip
_PATH = frozenset({"SEARCH_PATH", "SCHEMA", "ROLE", "AUTHORIZATION", "ALL"})
_CODE = frozenset({"C", "INTERNAL", "'C'", "'INTERNAL'"})
_REACHES_OUT = re.compile(r"^(?:pg_(?!get_|typeof$)\w+|lo_\w+|dblink\w*|set_config|setval)$")
_DATA = re.compile(r"\bWITH\s+(?:NO\s+)?DATA\s*$", re.IGNORECASE)
_QUERIES = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "EXECUTE", "("})
_IN_TEXT = re.compile(r"(\w+|\"[^\"]+\")\s*\.")


def judged(statement: str, schemas: frozenset[str]) -> tuple[StatementVerdict, str]:
    """What to do with a statement: the text to run, nothing, or why it is refused."""
    tokens = code(lex(statement, POSTGRESQL))
    words = [token.word or token.text.upper() for token in tokens]
    if not tokens:
        return StatementVerdict.LEFT_OUT, ""
    if why := _taken_amiss(words):
        return StatementVerdict.REFUSED, why
    kind = next((word for word in words[1:] if word not in _MODIFIERS), "")
    if words[0] in _LEFT_OUT or _about_rights(words, kind):
        return StatementVerdict.LEFT_OUT, ""
    if why := _refusal(tokens, words, kind) or _elsewhere(tokens, schemas):
        return StatementVerdict.REFUSED, why
    if _runs_a_query(words, kind):
        return StatementVerdict.RUN, f"{_DATA.sub('', statement)}\nWITH NO DATA"
    return StatementVerdict.RUN, statement


def _taken_amiss(words: Sequence[str]) -> str:
    """Why leaving the statement out would change what the ones behind it mean."""
    first = words[0]
    if first in _TRANSACTION or "PREPARED" in words[:2]:
        return f"{first} would end the transaction it is tried in"
    if first in {"SET", "RESET"} and not _PATH.isdisjoint(words[1:4]):
        return f"{' '.join(words[:2])} says where names belong"
    if first in {"SELECT", "WITH"} and "INTO" in words and "INSERT" not in words:
        return "SELECT INTO runs a query to make a table"
    return ""


def _about_rights(words: Sequence[str], kind: str) -> bool:
    is_owner = ("OWNER", "TO") in pairwise(words)
    return words[0] == "ALTER" and (is_owner or kind == "DEFAULT")


def _refusal(tokens: Sequence[Token], words: Sequence[str], kind: str) -> str:
    if words[0] not in _ABOUT_SCHEMA:
        return f"{words[0]} runs code, or is not known here"
    if kind not in _OBJECTS:
        return f"{words[0]} {kind or '…'} reaches beyond one schema"
    if "CONCURRENTLY" in words:
        return "CONCURRENTLY cannot run in a transaction"
    pairs = set(pairwise(words))
    if ("SET", "SCHEMA") in pairs:
        return "SET SCHEMA says where names belong"
    if not pairs.isdisjoint(("LANGUAGE", language) for language in _CODE):
        return "its language loads a program into the server"
    return _called_amiss(tokens)


def _called_amiss(tokens: Sequence[Token]) -> str:
    """Whether a function is called that does more than compute."""
    for token, after in pairwise(tokens):
        name = unquoted(token, POSTGRESQL)
        if after.text == "(" and _is_name(token) and _REACHES_OUT.match(name):
            return f"{name}() may do more than change a schema"
    return ""


def _elsewhere(tokens: Sequence[Token], schemas: frozenset[str]) -> str:
    """Whether a name, or a text that may be run later, says another schema."""
    for token, after in pairwise(tokens):
        if after.text == "." and _is_name(token) and unquoted(token, POSTGRESQL) in schemas:
            return f"it names the schema {unquoted(token, POSTGRESQL)}"
    for token in tokens:
        named = _IN_TEXT.findall(token.text) if token.kind is TokenKind.STRING else []
        for name in named:
            bare = name[1:-1] if name.startswith('"') else name.lower()
            if bare in schemas:
                return f"it names the schema {bare} in a text"
    return ""


def _runs_a_query(words: Sequence[str], kind: str) -> bool:
    """CREATE … AS a query: its columns are wanted, its rows are not."""
    is_view = kind == "VIEW" and "MATERIALIZED" in words[:4]
    if words[0] != "CREATE" or not (is_view or kind == "TABLE"):
        return False
    depth = 0
    for word, after in pairwise(words):
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word == "AS" and depth == 0 and after in _QUERIES:
            return True
    return False


def _is_name(token: Token) -> bool:
    return token.kind in {TokenKind.WORD, TokenKind.NAME}

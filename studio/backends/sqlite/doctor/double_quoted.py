"""Words in double quotes that name nothing: SQLite takes them for texts, and says no word.

https://www.sqlite.org/quirks.html#double_quoted_string_literals_are_accepted
"""

from collections.abc import Iterator, Sequence

from studio.backends.halves.checking import HealthCheck
from studio.backends.sqlite import ddl
from studio.backends.sqlite.doctor.keys import name_literal
from studio.backends.sqlite.doctor.look import FileCheck, FileCheckup, Stored
from studio.backends.sqlite.doctor.rebuilding import rebuilt
from studio.model.catalog import TableKind
from studio.model.health import HealthFinding, HealthSeverity
from studio.sqltext.syntax import SQLITE
from studio.sqltext.tokens import Token, TokenKind, unquoted

_ALWAYS = frozenset(
    {"new", "old", "rowid", "oid", "_rowid_", "main", "temp", "excluded"}
    | {"key", "value", "type", "atom", "id", "parent", "fullkey", "path", "json", "root"}
)
"""Names that are there without being declared: rowids, row images, json_each's columns."""
_BEFORE_VALUE = frozenset(
    {"SELECT", "WHERE", "AND", "OR", "NOT", "ON", "HAVING", "BY", "WHEN", "THEN", "ELSE", "CASE"}
    | {"IN", "LIKE", "GLOB", "MATCH", "REGEXP", "IS", "BETWEEN", "SET", "DISTINCT", "ALL"}
    | {"ESCAPE", "LIMIT", "OFFSET", "DEFAULT", "(", ","}
)
_OPERANDS = frozenset({TokenKind.WORD, TokenKind.NAME, TokenKind.STRING, TokenKind.NUMBER})


def dqs_literal(look: FileCheckup) -> Iterator[HealthFinding]:
    """Words that were meant for a column, or should have stood in single quotes."""
    names = {one.name.lower() for one in look.stored} | set(look.relations) | _ALWAYS
    for one in look.stored:
        relation = look.relations.get(one.name.lower())
        is_own = relation is None or relation.kind in {TableKind.TABLE, TableKind.VIEW}
        if '"' not in one.sql or not is_own or one.name.lower().startswith("sqlite_"):
            continue
        found = list(literals(one.sql, names | _columns_said(look, one.sql)))
        if found:
            words = list(dict.fromkeys(unquoted(token, SQLITE) for token in found))
            yield HealthFinding(
                "dqs_literal",
                one.name,
                HealthSeverity.WARNING,
                f'"{words[0]}" in {one.kind} {one.name} names nothing: it is a text to SQLite',
                {"word": words[0], "words": words, "kind": one.kind},
                _fix(look, one, found),
                "as it is, it means the text: was a column meant, write its name",
                "a text may be meant",
                one.table,
            )


def _columns_said(look: FileCheckup, sql: str) -> set[str]:
    """The columns of every relation a text mentions."""
    said = {unquoted(t, SQLITE).lower() for t in ddl.tokens(sql) if t.kind in _OPERANDS}
    return {
        column.name.lower()
        for name, relation in look.relations.items()
        if name in said
        for column in relation.columns
    }


def literals(sql: str, names: set[str] | frozenset[str]) -> Iterator[Token]:
    """The words in double quotes that stand where a value may, and name nothing."""
    found = ddl.tokens(sql)
    known = names | _given(found)
    for at, token in enumerate(found):
        if token.kind is not TokenKind.NAME or token.text[0] != '"' or at == 0:
            continue
        before, after = found[at - 1], found[at + 1] if at + 1 < len(found) else None
        if found[max(0, at - 4)].mark == "RAISE":
            continue  # RAISE(ABORT, "message") takes a name, which is its text.
        is_value = before.mark in _BEFORE_VALUE or before.kind is TokenKind.OPERATOR
        is_qualifier = after is not None and after.mark in {".", "("}
        if is_value and not is_qualifier and unquoted(token, SQLITE).lower() not in known:
            yield token


def _given(found: Sequence[Token]) -> set[str]:
    """Names a statement gives itself: aliases, common table expressions and their columns."""
    given: set[str] = set()
    for at, token in enumerate(found):
        if token.mark == "(" and at:
            end = ddl.closing(found, at)
            if end + 1 < len(found) and found[end + 1].mark == "AS":
                given |= {unquoted(t, SQLITE).lower() for t in found[at:end] if _is_name(t)}
        if not _is_name(token) or not at:
            continue
        before = found[at - 1]
        after = found[at + 1].mark if at + 1 < len(found) else ""
        is_alias = before.mark in {"AS", ")", "CONSTRAINT"} or (
            before.kind in _OPERANDS and before.mark not in _BEFORE_VALUE
        )
        if is_alias or after == "AS":
            given.add(unquoted(token, SQLITE).lower())
    return given


def _is_name(token: Token) -> bool:
    return token.kind in {TokenKind.WORD, TokenKind.NAME}


def _fix(look: FileCheckup, one: Stored, found: Sequence[Token]) -> str:
    """The same object with its texts in single quotes; an index on a text serves nothing."""
    name = look.written(one.name)
    if one.kind == "index":
        return f"DROP INDEX {name};"
    sql = one.sql
    for token in reversed(found):
        sql = sql[: token.start] + name_literal(unquoted(token, SQLITE)) + sql[token.end :]
    if one.kind == "table":
        return rebuilt(look, look.relations[one.name.lower()], sql)
    return f"DROP {one.kind.upper()} {name};\n{sql};"


CHECKS = (
    FileCheck(
        HealthCheck("dqs_literal", "text in double quotes", (HealthSeverity.WARNING,)), dqs_literal
    ),
)

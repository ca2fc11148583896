"""One reader for each language: `sqltext.tokens` cuts SQL, `migrations.javascript` scripts."""

import ast
from pathlib import Path

import studio

PACKAGE = Path(studio.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
QUOTES_DOUBLED = ("|''", '|""', '|\\"\\"', "''|", '""|', '\\"\\"|')
"""How a pattern says that a quote inside quotes is written twice: the mark of a reader of SQL."""
OTHER_LANGUAGES = {
    "sqltext/tokens.py": "the lexer",
    "rows/scan.py": "the filter bar's own language: bare values, dates with blanks, any case",
    "backends/postgresql/plans/explain_labels.py": "lines of a plan, whose names have no keywords",
    "backends/postgresql/plans/explain_lines.py": "lines of a plan: name = 'value' of a setting",
    "backends/postgresql/plans/explain_text.py": "lines of a plan: constants, to see what follows",
    "backends/postgresql/plans/rewrites.py": "one constant of a condition, whole or not at all",
    "backends/postgresql/failures.py": "the key columns in a server's message",
    "backends/sqlite/values.py": "one literal typed into a cell, whole or not at all",
    "migrations/drift/declared/dump.py": "what pg_dump writes, line by line in one fixed form",
    "migrations/drift/reconcile.py": "one default, whole or not at all",
    "migrations/drift/spelling.py": "one default, whole or not at all",
}
"""File to the reason why the lexer is not for it."""


def constants(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node


def reads_quotes(path):
    return any(mark in node.value for node in constants(path) for mark in QUOTES_DOUBLED)


def test_no_second_tokenizer_of_sql():
    found = {path.relative_to(PACKAGE).as_posix() for path in FILES if reads_quotes(path)}
    assert found == set(OTHER_LANGUAGES)


def test_no_pattern_stops_at_the_end_of_the_first_plane():
    for path in FILES:
        for node in constants(path):
            assert r"-\uffff" not in node.value.lower(), f"{path}:{node.lineno}"


def test_scripts_are_read_through_one_face():
    for path in FILES:
        if "javascript" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            module = node.module if isinstance(node, ast.ImportFrom) else ""
            assert "migrations.javascript." not in (module or ""), f"{path}:{node.lineno}"

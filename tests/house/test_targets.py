"""What a person typed becomes a Target in one place a way, and the noun goes on from there."""

import ast
from pathlib import Path

import studio

PACKAGE = Path(studio.__file__).parent
READ_HERE = {
    "cli/activity.py": "its argument",
    "cli/apply.py": "its argument",
    "cli/complete.py": "its argument",
    "cli/doctor.py": "its argument",
    "cli/explain_target.py": "its argument",
    "cli/export.py": "its argument",
    "cli/imports.py": "its argument",
    "cli/open.py": "its argument",
    "cli/query.py": "its argument",
    "cli/schema.py": "its argument",
    "cli/wal.py": "its argument",
    "migrations/reader.py": "what a project's configuration names",
    "migrations/places.py": "two of these, to compare what they name",
    "ui/startup/connector.py": "what was typed or chosen on the screen",
}


def calls(tree: ast.Module) -> int:
    return sum(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "parse"
        for n in ast.walk(tree)
    )


def test_a_target_is_read_once():
    found = set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        modules = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        if "studio.db.url" in modules and calls(tree):
            where = path.relative_to(PACKAGE).as_posix()
            found.add(where)
            assert calls(tree) == 1, where
    assert found == READ_HERE.keys()

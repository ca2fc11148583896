"""Habits a linter does not know."""

import ast
import re
import tomllib
from pathlib import Path

import studio

PACKAGE = Path(studio.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


def test_nobody_catches_everything():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                caught = "" if node.type is None else ast.unparse(node.type)
                assert caught not in {"", "Exception"}, f"{path}:{node.lineno} catches everything"


def test_no_pattern_repeats_a_group_possessively():
    """Python before 3.11.5 matches `(…)*+` wrongly; `(?>(…)*)` says the same everywhere."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.search(r"(?<!\\)\)[*+?]\+", node.value), f"{path}:{node.lineno}"


def test_there_is_no_drawer():
    drawers = {"utils", "helpers", "common", "misc"}
    assert not [path for path in FILES if drawers & set(path.with_suffix("").parts)]


def test_engines_are_told_apart_only_in_their_own_rooms():
    for path in FILES:
        if "backends" in path.parts or path.name == "url.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare):
                text = ast.unparse(node)
                assert "dialect" not in text or "==" not in text, f"{path}:{node.lineno}"


def test_the_top_level_is_fixed():
    root = PACKAGE.parent
    allowed = {
        "pyproject.toml", "studio", "themes", "tests", "screenshots", "README.md", "LICENSE",
        "CHANGELOG.md", "CONTRIBUTING.md",
    }  # fmt: skip
    named = {p.name for p in root.iterdir() if not p.name.startswith(".")}
    generated = {"build", "dist", "snapshot_report.html"}
    assert named - generated <= allowed | {p.name for p in root.glob("*.egg-info")}


def test_every_dependency_of_the_readme_commands_is_declared():
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    names = {d.split(">")[0].split("[")[0].lower() for d in project["dependencies"]}
    assert {"textual", "sqlalchemy", "psycopg", "aiosqlite", "pygments"} <= names

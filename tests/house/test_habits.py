"""Habits a linter does not know."""

import ast
import re
import tomllib
from pathlib import Path

import studio

PACKAGE = Path(studio.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


CATCH_EVERYTHING = {
    "cli/main.py": "the last resort: a traceback answers nobody",
    "config/guests.py": "the one boundary to code of other people, which may raise anything",
}


def test_nobody_catches_everything():
    found = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and _catches_everything(node):
                found.add(path.relative_to(PACKAGE).as_posix())
    assert found == CATCH_EVERYTHING.keys()


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    caught = "" if handler.type is None else ast.unparse(handler.type)
    return caught == "" or "Exception" in re.findall(r"\w+", caught)


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


def test_every_screen_is_still():
    """A screen made of Textual's own would send itself again and again under a dialog."""
    ours = {"StillScreen", "Dialog"}
    for path in (PACKAGE / "ui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and node.name not in ours:
                bases = {ast.unparse(base).split("[")[0] for base in node.bases}
                assert not bases & {"Screen", "ModalScreen"}, f"{path}: {node.name}"

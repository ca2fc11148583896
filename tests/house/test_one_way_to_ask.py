"""An engine is asked in one way: outside its room nobody imports it or compares its name."""

import ast
from collections.abc import Iterator
from pathlib import Path

import studio

PACKAGE = Path(studio.__file__).parent
ROOM = PACKAGE / "backends"
ENGINES = frozenset(p.name for p in ROOM.iterdir() if (p / "engine.py").exists())
NAMES = ENGINES | {"postgres"}
REGISTRY = "backends/registry.py"

NAMES_ARE_DATA = {
    "backends/generic.py": "which package brings a SQLAlchemy dialect, by the dialect's name",
    "db/url.py": "a scheme is how a person says which engine",
    "migrations/frameworks": "a tool's own configuration names engines in the tool's own words",
    "migrations/reading": "the same words, read for several tools",
    "migrations/drift/declared/prisma.py": "a Prisma schema names its provider",
    "demo": "writes the configuration of a tool, in the tool's own words",
    "sqltext/syntax.py": "a syntax has a name of its own, and Pygments' lexers have theirs",
    "ui/rows/structure_view.py": "a lexer of Pygments, by Pygments' name",
}
MAY_BE_TOLD_APART = {"Absent"}
"""Of the classes of the room: the reason why a half is not there, whatever the half."""


def outside() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        where = path.relative_to(PACKAGE).as_posix()
        of_an_engine = ROOM in path.parents and path.relative_to(ROOM).parts[0] in ENGINES
        if not of_an_engine and where != REGISTRY:
            yield where, ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value  # import_module("…"), "module:Name"


def of_engines(tree: ast.Module) -> list[str]:
    rooms = tuple(f"studio.backends.{engine}" for engine in ENGINES)
    return [name for name in imported(tree) if name.startswith(rooms)]


def named(tree: ast.Module) -> list[int]:
    """Lines where something is told apart by an engine's name: a comparison, a set or tuple, the
    key of a mapping, a case.
    """
    found: list[int] = []
    for node in ast.walk(tree):
        told: list[ast.AST | None] = []
        if isinstance(node, ast.Compare):
            told = [node.left, *node.comparators]
        elif isinstance(node, ast.Set | ast.Tuple | ast.List):
            told = list(node.elts)
        elif isinstance(node, ast.Dict):
            told = list(node.keys)
        elif isinstance(node, ast.MatchValue):
            told = [node.value]
        elif isinstance(node, ast.Assign):
            told = [node.value]  # a name for the name is the name
        found += [
            part.lineno for part in told if isinstance(part, ast.Constant) and part.value in NAMES
        ]
    return found


def told_by_class(tree: ast.Module) -> list[str]:
    """Classes of the room by which a module tells apart what an engine answered."""
    ours = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("studio.backends")
        for alias in node.names
    }
    asked: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"isinstance", "issubclass"}:
            asked += node.args[1:]
        elif isinstance(node, ast.Compare) and "type(" in ast.unparse(node):
            asked += [node.left, *node.comparators]
        elif isinstance(node, ast.MatchClass):
            asked.append(node.cls)
    named = (part for place in asked for part in ast.walk(place) if isinstance(part, ast.Name))
    return [ours[name.id] for name in named if ours.get(name.id, "Absent") not in MAY_BE_TOLD_APART]


def is_in(where: str, places: object) -> bool:
    return any(where == place or where.startswith(f"{place}/") for place in places)


def test_no_engine_is_imported_outside_its_room():
    assert not {where for where, tree in outside() if of_engines(tree)}


def test_no_engine_is_told_by_its_name():
    found = {
        f"{where}:{line}"
        for where, tree in outside()
        if not is_in(where, NAMES_ARE_DATA)
        for line in named(tree)
    }
    assert not found


def test_what_an_engine_answers_is_told_apart_by_nobody_else():
    found = {
        f"{where}: {told}"
        for where, tree in outside()
        if not where.startswith("backends/")
        for told in told_by_class(tree)
    }
    assert not found


def test_the_exceptions_are_still_needed():
    trees = dict(outside())
    for place in NAMES_ARE_DATA:
        assert any(is_in(where, [place]) and _says(tree) for where, tree in trees.items()), place


def _says(tree: ast.Module) -> bool:
    return any(isinstance(n, ast.Constant) and n.value in NAMES for n in ast.walk(tree))


def test_it_sees_every_way_to_tell_engines_apart():
    ways = (
        "if x == 'sqlite': pass", "if 'sqlite' != x: pass", "if x in ('sqlite', 'mysql'): pass",
        "if x in {'postgresql'}: pass", "SAYS = {'postgresql': 1}", "ENGINE = 'sqlite'",
        "match x:\n  case 'sqlite': pass",
    )  # fmt: skip
    assert all(named(ast.parse(way)) for way in ways)
    ways = (
        "import studio.backends.sqlite.engine", "from studio.backends import sqlite",
        "from studio.backends.postgresql import raw", "f('studio.backends.sqlite.engine:SQLite')",
    )  # fmt: skip
    assert all(of_engines(ast.parse(way)) for way in ways)
    ways = (
        "isinstance(x, Shown)", "isinstance(x, (int, Shown))", "type(x) is Shown",
        "issubclass(type(x), Shown | int)", "match x:\n  case Shown(): pass",
    )  # fmt: skip
    for way in ways:
        assert told_by_class(ast.parse(f"from studio.backends.any import Plan as Shown\n{way}"))
    assert not told_by_class(ast.parse("from studio.backends.halves import Absent\n" + ways[0]))

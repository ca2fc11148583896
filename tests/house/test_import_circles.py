"""No module of studio waits for one that waits for it: what is imported first never matters."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import studio

ROOT = Path(studio.__file__).parent


def modules(root: Path) -> dict[str, Path]:
    """Every module below `root`, a package under its own name."""
    found = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def runs_at_import(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements run when the module itself is; those for the type checker never are."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from runs_at_import(other)
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from runs_at_import(child)


def imported(path: Path, known: dict[str, Path]) -> set[str]:
    names = set()
    for node in runs_at_import(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif node.module is not None:
            inside = {f"{node.module}.{alias.name}" for alias in node.names}
            # `from room import module` needs the module; any other name, what the room's own says.
            names |= (inside & known.keys()) or {node.module}
            if not inside <= known.keys():
                names.add(node.module)
    return names & known.keys()


def check(root: Path) -> None:
    known = modules(root)
    needs = {name: imported(path, known) - {name} for name, path in known.items()}
    TopologicalSorter(needs).prepare()


def test_no_module_imports_its_own_importer():
    check(ROOT)


def test_a_circle_is_seen(tmp_path):
    room = tmp_path / "room"
    room.mkdir()
    (room / "__init__.py").write_text("")
    (room / "a.py").write_text("from room import b\n")
    (room / "b.py").write_text("def later():\n    import room.a\n")
    check(room)
    (room / "b.py").write_text("class Late:\n    from room.a import x\n")
    with pytest.raises(CycleError):
        check(room)

"""Literals of Python files by `ast`: nothing is imported, nothing runs."""

import ast
from collections.abc import Iterator
from pathlib import Path

from studio.migrations.reading import files

NOT_LITERAL = object()
"""What `literal` answers for an expression that would have to be run."""


def parse(path: Path) -> ast.Module | None:
    """The file's syntax tree, or None when it cannot be read or is not Python."""
    try:
        return parse_text(
            files.contents(path, files.MAX_CONFIG_BYTES).decode("utf-8-sig", "replace")
        )
    except files.UnreadableFile:
        return None


def parse_text(source: str) -> ast.Module | None:
    """The syntax tree of `source`, or None."""
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def assignments(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """`name = value` and `name: type = value` of one block, in order."""
    for statement in body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, statement.value
        if not isinstance(statement, ast.AnnAssign) or statement.value is None:
            continue
        if isinstance(statement.target, ast.Name):
            yield statement.target.id, statement.value


def literal(node: ast.expr) -> object:
    """The value of a literal expression, or NOT_LITERAL."""
    try:
        value: object = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return NOT_LITERAL
    return value


def strings(value: object) -> tuple[str, ...]:
    """A string, or the strings of a collection, as a tuple; () for anything else."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(item for item in value if isinstance(item, str))
    return ()


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Calls of `name` or of an attribute called `name`, anywhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if (isinstance(called, ast.Attribute) and called.attr == name) or (
                isinstance(called, ast.Name) and called.id == name
            ):
                yield node


def keyword(call: ast.Call, name: str) -> object:
    """The literal given for one keyword argument; None when absent, NOT_LITERAL when computed."""
    for argument in call.keywords:
        if argument.arg == name:
            return literal(argument.value)
    return None

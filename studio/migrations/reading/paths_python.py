"""Settings of Python projects worked out by reading: constants, paths, environment variables.

Expressions beyond these are NOT_LITERAL; nothing is imported or run.
"""

import ast
from collections.abc import Mapping
from pathlib import Path

from studio.migrations.reading.literals_python import NOT_LITERAL, assignments, literal, parse

MAX_IMPORTS = 4
MAX_DEPTH = 40
_SAME = frozenset(
    ("str", "Path", "pathlib.Path", "os.path.abspath", "os.path.realpath", "dj_database_url.parse")
)
"""Calls that say the same path in another way."""
_METHODS = frozenset({"resolve", "absolute", "replace"})
_VARIABLE = frozenset({"os.getenv", "os.environ.get", "getenv", "environ.get"})


class ModuleSettings:
    """The names one module sets at its top level, with what `from .base import *` brings."""

    def __init__(self, path: Path, variables: Mapping[str, str], depth: int = 0) -> None:
        self._path = path
        self._variables = variables
        self._values: dict[str, object] = {}
        self._level = 0
        tree = parse(path)
        for statement in tree.body if tree else []:
            if isinstance(statement, ast.ImportFrom) and depth < MAX_IMPORTS:
                self._import(statement, depth)
            for name, value in assignments([statement]):
                self._values[name] = self.evaluate(value)

    def get(self, name: str) -> object:
        """The value of a top-level name; None when it is not set."""
        return self._values.get(name)

    def evaluate(self, node: ast.expr) -> object:
        """The value of an expression, or NOT_LITERAL."""
        self._level += 1
        try:
            if self._level > MAX_DEPTH:
                return NOT_LITERAL
            plain = literal(node)
            return self._computed(node) if plain is NOT_LITERAL else plain
        finally:
            self._level -= 1

    def _computed(self, node: ast.expr) -> object:
        if isinstance(node, ast.Name):
            own = str(self._path) if node.id == "__file__" else NOT_LITERAL
            return self._values.get(node.id, own)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.JoinedStr):
            return self._formatted(node.values)
        return self._container(node)

    def _container(self, node: ast.expr) -> object:
        match node:
            case ast.Dict(keys=keys, values=values):
                return {
                    self.evaluate(key): self.evaluate(value)
                    for key, value in zip(keys, values, strict=True)
                    if key is not None and isinstance(key, ast.Constant)
                }
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return [self.evaluate(item) for item in items]
            case ast.BinOp(left=left, op=ast.Div() | ast.Add() as operator, right=right):
                return self._binary(left, operator, right)
            case ast.Attribute(value=value, attr="parent"):
                base = self.evaluate(value)
                return str(Path(base).parent) if isinstance(base, str) else NOT_LITERAL
            case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
                return self._subscript(value, key)
        return NOT_LITERAL

    def _binary(self, left: ast.expr, operator: ast.operator, right: ast.expr) -> object:
        one, two = self.evaluate(left), self.evaluate(right)
        if isinstance(one, str) and isinstance(two, str):
            return str(Path(one) / two) if isinstance(operator, ast.Div) else one + two
        return NOT_LITERAL

    def _subscript(self, value: ast.expr, key: str) -> object:
        if isinstance(value, ast.Attribute) and value.attr == "environ":
            return self._variables.get(key, NOT_LITERAL)
        base = self.evaluate(value)
        return base.get(key, NOT_LITERAL) if isinstance(base, dict) else NOT_LITERAL

    def _formatted(self, parts: list[ast.expr]) -> object:
        texts = [
            self.evaluate(part.value if isinstance(part, ast.FormattedValue) else part)
            for part in parts
        ]
        if all(isinstance(t, str | int) for t in texts):
            return "".join(str(t) for t in texts)
        return NOT_LITERAL

    def _call(self, node: ast.Call) -> object:
        name = ast.unparse(node.func)
        arguments = [self.evaluate(argument) for argument in node.args]
        if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            value = self.evaluate(node.func.value)
            return _replaced(value, arguments) if node.func.attr == "replace" else value
        if name.endswith((".db", ".db_url", "dj_database_url.config")):
            return self._variable(arguments or ["DATABASE_URL"], default=self._default(node))
        if not arguments or not _is_text(arguments, 1):
            return NOT_LITERAL
        if name in _SAME:
            return arguments[0]
        if name in _VARIABLE or name.rpartition(".")[2] in {"config", "env"}:
            return self._variable(arguments, default=self._default(node))
        return _path(name, arguments)

    def _default(self, node: ast.Call) -> object:
        return next(
            (self.evaluate(k.value) for k in node.keywords if k.arg == "default"), NOT_LITERAL
        )

    def _variable(self, arguments: list[object], default: object = NOT_LITERAL) -> object:
        if not arguments or not isinstance(arguments[0], str):
            return NOT_LITERAL
        given = arguments[1] if len(arguments) > 1 else default
        return self._variables.get(arguments[0], given)

    def _import(self, statement: ast.ImportFrom, depth: int) -> None:
        if statement.level != 1 or statement.module is None:
            return
        source = self._path.parent / (statement.module.replace(".", "/") + ".py")
        if source.exists():
            brought = ModuleSettings(source, self._variables, depth + 1)
            wanted = {alias.name for alias in statement.names}
            self._values.update(
                {n: v for n, v in brought._values.items() if "*" in wanted or n in wanted}
            )


def _is_text(arguments: list[object], count: int) -> bool:
    return (
        count > 0 and len(arguments) >= count and all(isinstance(a, str) for a in arguments[:count])
    )


def _replaced(value: object, arguments: list[object]) -> object:
    if not isinstance(value, str) or not _is_text(arguments, 2):
        return NOT_LITERAL
    # Percent signs are doubled for the configuration parser, which is not asked here.
    is_escape = arguments[:2] == ["%", "%%"]
    return value if is_escape else value.replace(str(arguments[0]), str(arguments[1]))


def _path(call: str, arguments: list[object]) -> object:
    if call.endswith("path.join") and _is_text(arguments, len(arguments)):
        return str(Path(*[str(a) for a in arguments]))
    return str(Path(str(arguments[0])).parent) if call.endswith("dirname") else NOT_LITERAL

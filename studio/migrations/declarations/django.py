"""Django's models, read and never imported."""

import ast
from collections.abc import Iterator
from pathlib import Path

from studio.migrations.declarations.places import Declaration, DeclaredTable

_KEYS = frozenset({"ForeignKey", "OneToOneField"})


def tables(path: Path, source: str, label: str) -> Iterator[DeclaredTable]:
    """The models of one file; `label`: the app's, which begins the names of its tables."""
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for model in module.body:
        if not (isinstance(model, ast.ClassDef) and _is_model(model)):
            continue
        named = _literal(_meta(model, "db_table")) or f"{label}_{model.name.lower()}"
        begin = Declaration(path, model.lineno, f"class {model.name}", model.name, "django")
        table = DeclaredTable(named.replace('"', "").rpartition(".")[2], None, begin)
        for statement in model.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
                _add(table, statement, statement.value, path, source)
        yield table


def _is_model(model: ast.ClassDef) -> bool:
    """Whether it makes a table, as far as one file tells."""
    abstract = _meta(model, "abstract")
    is_abstract = isinstance(abstract, ast.Constant) and abstract.value is True
    return bool(model.bases) and not is_abstract


def _add(
    table: DeclaredTable, statement: ast.Assign, call: ast.Call, path: Path, source: str
) -> None:
    target, made = statement.targets[0], call.func
    kind = made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", "")
    if not isinstance(target, ast.Name) or not (kind in _KEYS or kind.endswith("Field")):
        return
    given = next((k.value for k in call.keywords if k.arg == "db_column"), None)
    column = _literal(given) or (f"{target.id}_id" if kind in _KEYS else target.id)
    text = ast.get_source_segment(source, statement) or target.id
    table.columns[column] = Declaration(path, statement.lineno, text, target.id, "django")


def _meta(model: ast.ClassDef, name: str) -> ast.expr | None:
    for inner in model.body:
        if isinstance(inner, ast.ClassDef) and inner.name == "Meta":
            for statement in inner.body:
                if isinstance(statement, ast.Assign) and any(
                    isinstance(target, ast.Name) and target.id == name
                    for target in statement.targets
                ):
                    return statement.value
    return None


def _literal(value: ast.expr | None) -> str:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""

"""One row, as it is copied: the same text a file of it would hold."""

from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from math import isfinite

from studio.backends.base import Backend
from studio.export.formats.insert import dotted, quoted, statement
from studio.export.formats.markdown import Writer as Markdown
from studio.export.header import header
from studio.export.json_text import JsonObjects
from studio.model.catalog import Column, ColumnKind
from studio.model.page import Value
from studio.model.relation import TableRef

_READ: Mapping[ColumnKind, Callable[[str], Value]] = {
    ColumnKind.INTEGER: int,
    ColumnKind.REAL: float,
}
_TRUTHS: Mapping[Value, bool] = {"t": True, "true": True, "f": False, "false": False}


def as_json(backend: Backend, columns: Sequence[Column], row: Sequence[Value]) -> str:
    """One JSON object, in one line."""
    made = header(backend, [c.name for c in columns], [c.kind for c in columns])
    return JsonObjects(made).text(row)


def as_insert(
    backend: Backend, table: TableRef, columns: Sequence[Column], row: Sequence[Value]
) -> str:
    """One INSERT, without generated columns: they take no value."""
    given = [i for i, column in enumerate(columns) if column.generated is None]
    names, kinds = [columns[i].name for i in given], [columns[i].kind for i in given]
    return statement(
        header(backend, names, kinds, table, [columns[i] for i in given]), [row[i] for i in given]
    )


def as_markdown(
    backend: Backend, columns: Sequence[Column], rows: Sequence[Sequence[Value]]
) -> str:
    """A table of some rows, as GitHub draws it."""
    out = StringIO()
    made = header(backend, [c.name for c in columns], [c.kind for c in columns])
    writer = Markdown(out, made)
    writer.write([tuple(row) for row in rows])
    writer.end()
    return out.getvalue().rstrip("\n")


def as_where(
    backend: Backend, columns: Sequence[Column], identity: Sequence[str], row: Sequence[Value]
) -> str:
    """The condition that finds the row: by what names it, where that is among its columns."""
    names = [column.name for column in columns]
    wanted = identity if identity and set(identity) <= set(names) else names
    made = header(backend, names, [column.kind for column in columns])
    known = dict(zip(names, row, strict=True))
    return " AND ".join(
        f"{quoted(name)} IS NULL"
        if known[name] is None
        else f"{quoted(name)} = {made.literal(known[name])}"
        for name in wanted
    )


def as_update(
    backend: Backend,
    table: TableRef,
    columns: Sequence[Column],
    identity: Sequence[str],
    row: Sequence[Value],
) -> str:
    """One UPDATE that gives the row the values it has, to be changed and run elsewhere."""
    made = header(backend, [c.name for c in columns], [c.kind for c in columns])
    pairs = zip(columns, row, strict=True)
    given = [(c.name, v) for c, v in pairs if c.generated is None and c.name not in identity]
    sets = ", ".join(f"{quoted(name)} = {made.literal(value)}" for name, value in given)
    where = as_where(backend, columns, identity, row)
    return f"UPDATE {dotted(table)} SET {sets} WHERE {where};" if sets else ""


def as_python(columns: Sequence[Column], row: Sequence[Value]) -> str:
    """A dict that Python reads: numbers where the database has numbers, the rest as text."""
    pairs = zip(columns, row, strict=True)
    return "{" + ", ".join(f"{column.name!r}: {_python(column, v)}" for column, v in pairs) + "}"


def _python(column: Column, value: Value) -> str:
    if column.kind is ColumnKind.BOOLEAN and value in _TRUTHS:
        return str(_TRUTHS[value])
    if isinstance(value, str) and column.kind in _READ:
        try:
            value = _READ[column.kind](value)
        except ValueError:
            return repr(value)
    if isinstance(value, float) and not isfinite(value):
        return f"float({str(value)!r})"
    return repr(value) if isinstance(value, str | bytes | int | float | None) else repr(str(value))

"""One row, as it is copied: the same text a file of it would hold."""

from collections.abc import Sequence

from studio.backends.base import Backend
from studio.export.formats.insert import statement
from studio.export.header import header
from studio.export.json_text import Objects
from studio.model.catalog import Column
from studio.model.page import Value
from studio.model.relation import TableRef


def as_json(backend: Backend, columns: Sequence[Column], row: Sequence[Value]) -> str:
    """One JSON object, in one line."""
    made = header(backend, [c.name for c in columns], [c.kind for c in columns])
    return Objects(made).text(row)


def as_insert(
    backend: Backend, table: TableRef, columns: Sequence[Column], row: Sequence[Value]
) -> str:
    """One INSERT, without generated columns: they take no value."""
    given = [i for i, column in enumerate(columns) if column.generated is None]
    names, kinds = [columns[i].name for i in given], [columns[i].kind for i in given]
    return statement(
        header(backend, names, kinds, table, [columns[i] for i in given]), [row[i] for i in given]
    )

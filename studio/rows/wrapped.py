"""A query asked again for some of its rows, in another order: by the database, around its text."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnClause, Connection, Select, column, literal_column, select, table

from studio.backends.base import Backend, identifier
from studio.model.catalog import Column, ColumnKind, Table, TableKind, TableRef
from studio.rows.filters import Filtering
from studio.rows.literal_sql import sql_of
from studio.rows.question import Question

_NAME = "_studio_result"
"""Nobody calls a table so."""


def result_table(names: Sequence[str], kinds: Sequence[ColumnKind]) -> Table:
    """A query's columns as those of a table; of names that come again, the later ones are
    numbered: `id`, `id (2)`.
    """
    seen = Counter[str]()
    columns = []
    for name, kind in zip(names, kinds, strict=True):
        seen[name] += 1
        unique = name if seen[name] == 1 else f"{name} ({seen[name]})"
        columns.append(Column(unique, kind.value, kind))
    return Table(TableRef(None, _NAME), TableKind.VIEW, tuple(columns))


def wrapped(
    connection: Connection, query: str, table_of_it: Table, question: Question, backend: Backend
) -> str:
    """`query`, which only reads and has these columns, with the question around it; its values are
    written as literals, and nothing runs. Raises Unsupported.
    """
    names = table_of_it.column_names
    columns: list[ColumnClause[object]] = [column(identifier(name)) for name in names]
    rows = table(_NAME, *columns)
    kept = Filtering(table_of_it, rows, backend).all(question.filters)
    asked: Select[Any] = select(literal_column("*")).select_from(rows).where(*kept)
    for sort in question.order:
        term = rows.c[sort.column]
        asked = asked.order_by(term.desc() if sort.descending else term.asc())
    quote = connection.dialect.identifier_preparer.quote_identifier
    head = ", ".join(map(quote, names))
    # On lines of its own: a comment may be its end.
    return f"WITH {_NAME} ({head}) AS (\n{query}\n)\n{sql_of(connection, asked, backend)}"

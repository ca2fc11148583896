"""Some rows, or one column of them, as the text that is copied: each form as a file has it."""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.backends.base import Backend
from studio.export.one_row import (
    as_insert,
    as_json,
    as_markdown,
    as_python,
    as_update,
    as_where,
)
from studio.export.text import as_text, csv_line, tsv_line
from studio.model.catalog import Column, TableRef
from studio.model.page import Value

Rows = Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True)
class RowsToCopy:
    """What all of the rows have in common, and which column is meant by a cell."""

    backend: Backend
    table: TableRef
    columns: Sequence[Column]
    index: int
    identity: tuple[str, ...] = ()
    """The columns that name a row."""


def copied_text(form: str, of: RowsToCopy, rows: Rows) -> str:
    """One row or several in a form: `cell`, `row`, `header`, `json`, `csv`, `markdown`, `python`,
    `insert`, `update` or `where`. Of several rows, a cell is a line each, escaped as in TSV, JSON
    and Python are a list, and WHERE finds them all.
    """
    names = [column.name for column in of.columns]
    match form:
        case "cell" if len(rows) == 1:
            return as_text(rows[0][of.index])
        case "cell":
            lines = [tsv_line([row[of.index]]) for row in rows]
        case "row":
            lines = [*map(tsv_line, rows)]
        case "header":
            lines = [*map(tsv_line, (names, *rows))]
        case "csv":
            lines = [*map(csv_line, (names, *rows))]
        case "markdown":
            return as_markdown(of.backend, of.columns, rows)
        case _:
            return _joined(form, [_one(form, of, row) for row in rows])
    return "\n".join(lines)


def _one(form: str, of: RowsToCopy, row: Sequence[Value]) -> str:
    match form:
        case "json":
            return as_json(of.backend, of.columns, row)
        case "python":
            return as_python(of.columns, row)
        case "update":
            return as_update(of.backend, of.table, of.columns, of.identity, row)
        case "where":
            return as_where(of.backend, of.columns, of.identity, row)
    return as_insert(of.backend, of.table, of.columns, row)


def _joined(form: str, parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    match form:
        case "json" | "python":
            return "[\n" + ",\n".join(parts) + "\n]"
        case "where":
            return "\n   OR ".join(f"({part})" for part in parts)
    return "\n".join(parts)

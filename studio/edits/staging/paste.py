"""Pasted lines → new rows: tab-separated, as spreadsheets and COPY write them."""

from collections.abc import Sequence

from studio.backends.base import Backend
from studio.edits.staging import values
from studio.edits.staging.rowchange import shown_columns
from studio.model.catalog import Column, Table
from studio.model.change import Assigned, Insert

MOST_ROWS = 100_000
"""Rows of one paste."""
_ESCAPES = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}


def pasted(backend: Backend, table: Table, text: str, first: int) -> tuple[Insert, ...]:
    """One new row a line, its values for the columns from `first` on; a first line of column names
    says which columns instead. `\\N` is NULL, a field left empty is the column's default unless
    it is text.

    Raises ValueError that names the line and the column.
    """
    whole = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not whole:
        raise ValueError("nothing was pasted: there is no line in it")
    lines = [line.split("\t") for line in whole.split("\n")]
    columns = shown_columns(table)
    named = _heading(lines[0], columns) if len(lines) > 1 else None
    start = 0 if named is None else 1
    if len(lines) - start > MOST_ROWS:
        raise ValueError(f"{len(lines):,} lines are too many to stage at once: import them instead")
    targets = named if named is not None else columns[first:]
    return tuple(
        Insert(table.ref, _row(backend, targets, fields, number))
        for number, fields in enumerate(lines[start:], start=start + 1)
    )


def _heading(fields: Sequence[str], columns: Sequence[Column]) -> tuple[Column, ...] | None:
    by_name = {column.name: column for column in columns}
    distinct = set(fields)
    if len(distinct) == len(fields) and distinct <= set(by_name):
        return tuple(by_name[name] for name in fields)
    return None


def _row(
    backend: Backend, columns: Sequence[Column], fields: Sequence[str], number: int
) -> dict[str, Assigned]:
    if len(fields) > len(columns):
        raise ValueError(
            f"line {number} has {len(fields)} fields, but from here on there are "
            f"{len(columns)} columns"
        )
    after: dict[str, Assigned] = {}
    for column, field in zip(columns, fields, strict=False):
        if column.generated is not None:
            continue
        try:
            after[column.name] = _value(backend, column, field)
        except ValueError as error:
            raise ValueError(f"line {number}, {column.name}: {error}") from None
    return after


def _value(backend: Backend, column: Column, field: str) -> Assigned:
    if field == "\\N":
        values.null(column)
        return None
    if not field:
        try:
            return values.empty(column)
        except ValueError:
            return values.default(column)
    return values.typed(backend, column, _unescaped(field)).value


def _unescaped(field: str) -> str:
    if "\\" not in field:
        return field
    made, place = "", 0
    while place < len(field):
        pair = field[place : place + 2]
        if pair in _ESCAPES:
            made, place = made + _ESCAPES[pair], place + 2
        else:
            made, place = made + field[place], place + 1
    return made

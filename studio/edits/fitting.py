"""Changes from a file → the values a page would show, and values of a page → JSON again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from studio.backends.editing import Editing, editing
from studio.db.session import Session
from studio.edits.encoding import Json, Malformed, encoded
from studio.model.catalog import Column, ColumnKind, Table, TableRef
from studio.model.change import Assigned, Change, Default, Insert
from studio.model.page import Value


async def fitted(session: Session, changes: Sequence[Change]) -> tuple[Change, ...]:
    """The same changes with full table names and the engine's own values.

    Raises Malformed for a value no column of its type can hold, StudioError.
    """
    rules = editing(session.backend)
    tables: dict[TableRef, Table] = {}
    for change in changes:
        if change.table not in tables:
            tables[change.table] = await session.table(change.table)
    return tuple(
        _fitted(place, change, tables[change.table], rules) for place, change in enumerate(changes)
    )


def _fitted(place: int, change: Change, table: Table, rules: Editing) -> Change:
    def row(values: Mapping[str, Assigned], part: str) -> dict[str, Assigned]:
        where = f"changes[{place}].{part}"
        return {name: _value(value, name, where) for name, value in values.items()}

    def _value(value: Assigned, name: str, where: str) -> Assigned:
        if isinstance(value, Default) or name not in columns:
            return value
        try:
            return rules.fitted(value, columns[name])
        except ValueError as error:
            raise Malformed(f"{where}.{name}: {error}") from error

    columns = {column.name: column for column in table.columns}
    for name in table.identity:
        columns.setdefault(name, Column(name, "", ColumnKind.INTEGER))
    if isinstance(change, Insert):
        return replace(change, table=table.ref, after=row(change.after, "after"))
    changed = replace(
        change,
        table=table.ref,
        identity=cast("Mapping[str, Value]", row(change.identity, "identity")),
        before=cast("Mapping[str, Value]", row(change.before, "before")),
    )
    if change.after:
        return replace(changed, after=row(change.after, "after"))
    return changed


_NUMBERS = {ColumnKind.REAL, ColumnKind.DECIMAL}
_TRUTH = {"t": True, "true": True, "f": False, "false": False}


def as_json(row: Mapping[str, Value], table: Table | None) -> dict[str, Json]:
    """A row as `studio apply` prints it: numbers and truth as JSON's own where they are exact."""
    columns = {column.name: column for column in table.columns} if table is not None else {}
    return {name: _json(value, columns.get(name)) for name, value in row.items()}


def _json(value: Value, column: Column | None) -> Json:
    if not isinstance(value, str) or column is None:
        return encoded(value)
    kind = column.kind
    if kind is ColumnKind.INTEGER and value.removeprefix("-").isdecimal():
        return int(value)
    if kind is ColumnKind.BOOLEAN and value in _TRUTH:
        return _TRUTH[value]
    if kind is ColumnKind.BYTES and value.startswith("\\x"):
        return {"$type": "bytes", "hex": value[2:]}
    if kind in _NUMBERS:
        return {"$type": "decimal", "text": value}
    return value

"""Changes from a file → the values a page would show, and values of a page → JSON again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from studio.backends.halves.editing import Editing, editing
from studio.db.session import Session
from studio.edits.journal.encoding import Json, Malformed
from studio.edits.journal.json_values import json_value
from studio.model.catalog import Column, ColumnKind, Table, TableRef
from studio.model.change import Assigned, Change, Default, Insert
from studio.model.document import JsonText
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
        return _as_shown(value, columns[name], f"{where}.{name}", rules)

    columns = {column.name: column for column in table.columns}
    for name in table.identity:
        columns.setdefault(name, Column(name, "INTEGER", ColumnKind.INTEGER))
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


def _as_shown(value: Value, column: Column, where: str, rules: Editing) -> Value:
    if isinstance(value, JsonText) and not rules.reads_json(column):
        raise Malformed(
            f"{where} is a list or an object; a value of such a type is written as its text"
        )
    try:
        return rules.fitted(value, column)
    except ValueError as error:
        raise Malformed(f"{where}: {error}") from error


def as_json(row: Mapping[str, Value], table: Table | None, rules: Editing) -> dict[str, Json]:
    """A row as `studio apply` prints it: what `studio query` prints of the same values."""
    kinds = {column.name: column.kind for column in table.columns} if table is not None else {}
    return {
        name: json_value(value, kinds.get(name, ColumnKind.ANY) if rules.prints else ColumnKind.ANY)
        for name, value in row.items()
    }

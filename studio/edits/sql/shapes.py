"""A shape of change → its statement: the guard, what is set, and a place for each value."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    column,
    delete,
    func,
    select,
)
from sqlalchemy import (
    Delete as SqlDelete,
)
from sqlalchemy import (
    Insert as SqlInsert,
)
from sqlalchemy import (
    Update as SqlUpdate,
)
from sqlalchemy import (
    table as table_clause,
)
from sqlalchemy.sql.expression import TableClause

from studio.backends.base import identifier
from studio.backends.halves.editing import Editing, Parameter
from studio.edits.sql.layout import Op
from studio.model.catalog import IdentityKind, Table, TableRef
from studio.model.change import Delete, Insert, Update

Statement: TypeAlias = SqlInsert | SqlUpdate | SqlDelete | Select[int]
NULL_FORM = "null"
DEFAULT_FORM = "default"
HELD_FORM = "held"
"""What an update need not set: its row holds it, or the guard stops it."""
UNBOUND = frozenset({NULL_FORM, DEFAULT_FORM, HELD_FORM})

Named: TypeAlias = tuple[tuple[str, str], ...]
"""(column, form) pairs: where a value stands, and how it is carried."""


class ChangeShape(NamedTuple):
    """What changes must share to share a statement."""

    op: Op
    table: TableRef
    identity: Named
    before: Named
    after: Named


def returned(shape: ChangeShape, table: Table) -> tuple[str, ...]:
    """The identity columns of the row a change leaves that only the database knows."""
    if not table.has_identity:
        return ()
    if shape.op is Update:
        return table.identity if table.identity_kind is IdentityKind.CTID else ()
    given = {name for name, form in shape.after if form != DEFAULT_FORM}
    numbered = {one.name for one in table.columns if one.identity}
    unknown = set(table.identity) - (given - numbered)
    if any(t.enabled and t.timing == "BEFORE" and "INSERT" in t.events for t in table.triggers):
        unknown = set(table.identity)
    return table.identity if shape.op is Insert and unknown else ()


def slot_names(shape: ChangeShape, table: Table) -> tuple[str, ...]:
    """A name for each bound value, unlike any column's: SQLAlchemy keeps those for itself."""
    prefix = "p"
    while any(one.name.startswith(prefix) for one in table.columns):
        prefix += "_"
    forms = [form for part in (shape.identity, shape.before, shape.after) for _, form in part]
    bound = [form for form in forms if form not in UNBOUND]
    return tuple(f"{prefix}{place}" for place in range(len(bound)))


def parameters(names: Sequence[str], editing: Editing) -> Callable[[int], Parameter]:
    """Bound parameters, by place."""
    return lambda place: editing.parameter(names[place])


def build(
    shape: ChangeShape, table: Table, editing: Editing, parameter: Callable[[int], Parameter]
) -> Statement:
    """The statement of `shape`; `parameter(place)` stands where a value goes."""
    target = _target(table, shape)
    places = iter(range(len(shape.identity) + len(shape.before) + len(shape.after)))
    guard = _conditions(shape, table, editing, lambda: parameter(next(places)))
    values = _assignments(shape, table, editing, lambda: parameter(next(places)))
    if shape.op is Insert:
        return editing.insert(table, target, values)
    if shape.op is Delete:
        return delete(target).where(*guard)
    if not values:
        return select(func.count()).select_from(target).where(*guard)
    return (
        editing.update(table, target)
        .where(*guard)
        .values({identifier(name): value for name, value in values.items()})
    )


def conditions(
    shape: ChangeShape, table: Table, editing: Editing, names: Sequence[str]
) -> tuple[TableClause, tuple[ColumnElement[bool], ...]]:
    """The guard of a change alone: what says that its row is still as seen."""
    target = _target(table, shape)
    made = parameters(names, editing)
    places = iter(range(len(names)))
    found = _conditions(shape, table, editing, lambda: made(next(places)))
    return target, tuple(found)


def _target(table: Table, shape: ChangeShape) -> TableClause:
    names = dict.fromkeys(
        name for part in (shape.after, shape.identity, shape.before) for name, _ in part
    )
    schema = identifier(table.ref.schema) if table.ref.schema is not None else None
    return table_clause(
        identifier(table.ref.name), *(column(identifier(name)) for name in names), schema=schema
    )


def _conditions(
    shape: ChangeShape,
    table: Table,
    editing: Editing,
    parameter: Callable[[], Parameter],
) -> list[ColumnElement[bool]]:
    columns = {one.name: one for one in table.columns}
    made: list[ColumnElement[bool]] = []
    for name, form in shape.identity:
        here: ColumnElement[object] = column(identifier(name))
        if form == NULL_FORM:
            made.append(here.is_(None))
        else:
            made.append(editing.same(form, here, parameter(), columns.get(name)))
    made.extend(
        editing.unchanged(form, column(identifier(name)), parameter(), columns.get(name))
        for name, form in shape.before
    )
    return made


def _assignments(
    shape: ChangeShape, table: Table, editing: Editing, parameter: Callable[[], Parameter]
) -> dict[str, ColumnElement[object]]:
    columns = {one.name: one for one in table.columns}
    made: dict[str, ColumnElement[object]] = {}
    for name, form in shape.after:
        if form == HELD_FORM:
            continue
        if form != DEFAULT_FORM:
            made[name] = editing.stored(form, parameter(), columns.get(name))
        elif shape.op is Update:
            made[name] = editing.default(columns[name])
    return made

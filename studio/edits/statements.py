"""Change → SQL: every change of one shape shares one statement, each value bound."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    column,
    delete,
    update,
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
from studio.backends.editing import Editing, Parameter
from studio.model.catalog import Column, IdentityKind, Table, TableKind, TableRef
from studio.model.change import Assigned, Change, Default, Delete, Insert, Update
from studio.model.errors import Refused

Statement: TypeAlias = SqlInsert | SqlUpdate | SqlDelete
NULL_FORM = "null"
DEFAULT_FORM = "default"

Named: TypeAlias = tuple[tuple[str, str], ...]
"""(column, form) pairs: where a value stands, and how it is carried."""


class Shape(NamedTuple):
    """What changes must share to share a statement."""

    op: type[Insert] | type[Update] | type[Delete]
    table: TableRef
    identity: Named
    before: Named
    after: Named


class Bound(NamedTuple):
    """One change, ready to run."""

    change: int
    """Which change of the set."""
    shape: Shape
    values: tuple[object, ...]
    """One a bound slot, in the order identity, before, after."""


@dataclass(eq=False)
class ChangeRefused(Refused):
    """A change that is wrong before any database sees it."""

    change: int
    """Which change of the set, from 0."""
    kind: str
    """generated, read_only, unknown_column, no_identity, or shortened."""
    message: str
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The message."""
        return self.message


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that run as one statement with many values."""

    shape: Shape
    table: Table
    statement: Statement
    indices: tuple[int, ...]
    parameters: tuple[dict[str, object], ...]
    bulk: bool
    """Whether a total of rows says enough: each change can touch at most one."""
    returns: tuple[str, ...] = ()
    """The identity columns the database chooses for new rows."""

    def part(self, start: int, end: int) -> "Batch":
        """Some of it."""
        return Batch(
            self.shape,
            self.table,
            self.statement,
            self.indices[start:end],
            self.parameters[start:end],
            self.bulk,
            self.returns,
        )


@dataclass(slots=True)
class Writer:
    """Turns the changes of one set into statements."""

    editing: Editing
    tables: Mapping[TableRef, Table]
    _columns: dict[TableRef, dict[str, Column]] = field(default_factory=dict)
    _checked: set[tuple[object, ...]] = field(default_factory=set)

    def bind(self, index: int, change: Change) -> Bound:
        """One change's shape and values. Raises ChangeRefused."""
        layout = self._layout(index, change)
        values: list[object] = []
        try:
            identity = self._named(change.identity, layout, values, null=True)
            before = self._named(change.before, layout, values)
            after = self._named(change.after, layout, values)
        except (Refused, ValueError) as error:
            raise ChangeRefused(index, "value", str(error)) from error
        return Bound(
            index, Shape(type(change), change.table, identity, before, after), tuple(values)
        )

    def _named(
        self,
        mapping: Mapping[str, Assigned],
        columns: Mapping[str, Column],
        values: list[object],
        *,
        null: bool = False,
    ) -> Named:
        """(column, form) pairs of one part; what is bound goes to `values`."""
        pairs = []
        for name, value in mapping.items():
            if isinstance(value, Default):
                pairs.append((name, DEFAULT_FORM))
            elif null and value is None:
                pairs.append((name, NULL_FORM))
            else:
                carried = self.editing.slot(value, columns.get(name))
                pairs.append((name, carried.form))
                values.append(carried.value)
        return tuple(pairs)

    def batches(self, bound: Iterable[Bound]) -> tuple[Batch, ...]:
        """Neighbours of one shape together, in order."""
        made: list[Batch] = []
        run: list[Bound] = []
        for one in bound:
            if run and one.shape != run[0].shape:
                made.append(self._batch(run))
                run = []
            run.append(one)
        if run:
            made.append(self._batch(run))
        return tuple(made)

    def _batch(self, run: Sequence[Bound]) -> Batch:
        shape = run[0].shape
        table = self.tables[shape.table]
        names = slot_names(shape, table)
        returns = returned(shape, table)
        statement = build(shape, table, self.editing, parameters(names, self.editing))
        if returns and isinstance(statement, SqlInsert | SqlUpdate):
            statement = statement.returning(*(column(identifier(name)) for name in returns))
        return Batch(
            shape,
            table,
            statement,
            tuple(one.change for one in run),
            tuple(dict(zip(names, one.values, strict=True)) for one in run),
            bulk=_is_bulk(shape, table) and self.editing.counts_rows(table),
            returns=returns,
        )

    def _columns_of(self, ref: TableRef) -> dict[str, Column]:
        found = self._columns.get(ref)
        if found is None:
            found = {one.name: one for one in self.tables[ref].columns}
            self._columns[ref] = found
        return found

    def _layout(self, index: int, change: Change) -> Mapping[str, Column]:
        """The columns of the change's table, once its names are known to be right."""
        columns = self._columns_of(change.table)
        seen = (type(change), change.table, *change.identity, 0, *change.before, 1, *change.after)
        if seen not in self._checked:
            check(index, change, self.tables[change.table], columns)
            self._checked.add(seen)
        return columns


def check(index: int, change: Change, table: Table, columns: Mapping[str, Column]) -> None:
    """Raises ChangeRefused for what is wrong before any database is asked."""
    refuse_kind(index, change, table)
    for name in (*change.identity, *change.before, *change.after):
        if name not in columns and name not in table.identity:
            raise ChangeRefused(
                index, "unknown_column", f"{table.ref} has no column {name!r}", (name,)
            )
    for name in change.after:
        made = columns.get(name)
        if made is None or made.generated is not None:
            raise ChangeRefused(
                index,
                "generated",
                f"{name} of {table.ref} is computed by the database: change what it is made of",
                (name,),
            )


def why_read_only(table: Table) -> str | None:
    """Why rows of `table` cannot be changed, as a sentence; None when they can."""
    instead = any(t.timing.upper() == "INSTEAD OF" and t.enabled for t in table.triggers)
    if table.kind is TableKind.VIEW and not instead:
        return f"{table.ref} is a view without INSTEAD OF triggers: change the tables under it"
    if table.kind is TableKind.MATERIALIZED_VIEW:
        return f"{table.ref} is a materialized view: its rows come from its query"
    if table.kind is TableKind.SHADOW:
        return f"{table.ref} belongs to a virtual table, which would break"
    if table.kind is TableKind.SYSTEM:
        return f"{table.ref} is the database's own"
    return None


def refuse_kind(index: int, change: Change, table: Table) -> None:
    """Refuse what no row of this relation can take."""
    if reason := why_read_only(table):
        raise ChangeRefused(index, "read_only", reason)
    if isinstance(change, Insert):
        return
    if not change.identity and not change.before:
        raise ChangeRefused(index, "no_identity", f"nothing says which row of {table.ref} is meant")
    if isinstance(change, Update) and not change.after:
        raise ChangeRefused(index, "no_change", f"an update of {table.ref} sets nothing")
    if "ctid" in change.identity and table.identity_kind is IdentityKind.CTID:
        shown = {one.name for one in table.columns if not one.hidden}
        if missing := shown - set(change.before):
            raise ChangeRefused(
                index,
                "no_identity",
                f"{table.ref} has no key, so every old value must be known; "
                f"missing: {', '.join(sorted(missing))}",
            )


def _is_bulk(shape: Shape, table: Table) -> bool:
    if shape.op is Insert:
        return True
    named = {name for name, _ in shape.identity}
    return table.has_identity and named >= set(table.identity)


def returned(shape: Shape, table: Table) -> tuple[str, ...]:
    """The identity columns of the row a change leaves that only the database knows."""
    if not table.has_identity:
        return ()
    if shape.op is Update:
        return table.identity if table.identity_kind is IdentityKind.CTID else ()
    given = {name for name, form in shape.after if form != DEFAULT_FORM}
    numbered = {one.name for one in table.columns if one.identity}
    unknown = set(table.identity) - (given - numbered)
    return table.identity if shape.op is Insert and unknown else ()


def slot_names(shape: Shape, table: Table) -> tuple[str, ...]:
    """A name for each bound value, unlike any column's: SQLAlchemy keeps those for itself."""
    prefix = "p"
    while any(one.name.startswith(prefix) for one in table.columns):
        prefix += "_"
    forms = [form for part in (shape.identity, shape.before, shape.after) for _, form in part]
    bound = [form for form in forms if form not in {NULL_FORM, DEFAULT_FORM}]
    return tuple(f"{prefix}{place}" for place in range(len(bound)))


def parameters(names: Sequence[str], editing: Editing) -> Callable[[int], Parameter]:
    """Bound parameters, by place."""
    return lambda place: editing.parameter(names[place])


def build(
    shape: Shape, table: Table, editing: Editing, parameter: Callable[[int], Parameter]
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
    return (
        update(target)
        .where(*guard)
        .values({identifier(name): value for name, value in values.items()})
    )


def conditions(
    shape: Shape, table: Table, editing: Editing, names: Sequence[str]
) -> tuple[TableClause, tuple[ColumnElement[bool], ...]]:
    """The guard of a change alone: what says that its row is still as seen."""
    target = _target(table, shape)
    made = parameters(names, editing)
    places = iter(range(len(names)))
    found = _conditions(shape, table, editing, lambda: made(next(places)))
    return target, tuple(found)


def _target(table: Table, shape: Shape) -> TableClause:
    names = dict.fromkeys(
        name for part in (shape.after, shape.identity, shape.before) for name, _ in part
    )
    schema = identifier(table.ref.schema) if table.ref.schema is not None else None
    return table_clause(
        identifier(table.ref.name), *(column(identifier(name)) for name in names), schema=schema
    )


def _conditions(
    shape: Shape,
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
    shape: Shape, table: Table, editing: Editing, parameter: Callable[[], Parameter]
) -> dict[str, ColumnElement[object]]:
    columns = {one.name: one for one in table.columns}
    made: dict[str, ColumnElement[object]] = {}
    for name, form in shape.after:
        if form != DEFAULT_FORM:
            made[name] = editing.stored(form, parameter(), columns.get(name))
        elif shape.op is Update:
            made[name] = editing.default(columns[name])
    return made

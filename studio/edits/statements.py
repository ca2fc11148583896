"""Change → SQL: every change of one shape shares one statement, each value bound."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from sqlalchemy import (
    ColumnElement,
    column,
    delete,
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
from studio.backends.editing import Editing, Parameter, Slot
from studio.edits.layout import PARTS, ColumnValues, Group, Op
from studio.model.catalog import Column, IdentityKind, Table, TableKind, TableRef
from studio.model.change import Assigned, Change, Default, Delete, Insert, Update
from studio.model.errors import Refused

if TYPE_CHECKING:
    from studio.model.page import Value

Statement: TypeAlias = SqlInsert | SqlUpdate | SqlDelete
NULL_FORM = "null"
DEFAULT_FORM = "default"
_UNBOUND = frozenset({NULL_FORM, DEFAULT_FORM})

Named: TypeAlias = tuple[tuple[str, str], ...]
"""(column, form) pairs: where a value stands, and how it is carried."""


class Shape(NamedTuple):
    """What changes must share to share a statement."""

    op: Op
    table: TableRef
    identity: Named
    before: Named
    after: Named


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
class Written:
    """The statement of one shape."""

    shape: Shape
    table: Table
    statement: Statement
    sql: str
    """The same as text for the driver."""
    names: tuple[str, ...]
    """What `statement` calls each bound value, in the order identity, before, after."""
    positions: tuple[int, ...]
    """Which bound value stands at each place of `sql`."""
    bulk: bool
    """Whether a total of rows says enough: each change can touch at most one."""
    returns: tuple[str, ...]
    """The identity columns the database chooses for new rows."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that run as one statement with many values."""

    written: Written
    indices: Sequence[int]
    """Which changes of the set."""
    rows: Sequence[tuple[object, ...]]
    """The values of each change, in the order of `Written.positions`."""

    @property
    def shape(self) -> Shape:
        """What the changes share."""
        return self.written.shape

    @property
    def table(self) -> Table:
        """Whose rows change."""
        return self.written.table

    def bound(self, place: int) -> dict[str, object]:
        """The values of one change by their names, in the order identity, before, after."""
        row = self.rows[place]
        by_slot = dict(zip(self.written.positions, row, strict=True))
        return {name: by_slot[slot] for slot, name in enumerate(self.written.names)}

    def part(self, start: int, end: int) -> "Batch":
        """Some of it."""
        return Batch(self.written, self.indices[start:end], self.rows[start:end])


class _Slots(NamedTuple):
    """One column of the values of many changes, ready to be bound."""

    name: str
    forms: Sequence[str]
    """One for all, or one a change."""
    values: Sequence[object]


@dataclass(slots=True)
class Writer:
    """Turns the changes of one set into statements."""

    editing: Editing
    tables: Mapping[TableRef, Table]
    _written: dict[Shape, Written] = field(default_factory=dict)

    def batches(self, runs: Iterable[Group]) -> tuple[Batch, ...]:
        """Neighbours of one shape together, in the order of `runs`. Raises ChangeRefused."""
        return tuple(batch for run in runs for batch in self._of_run(run))

    def _of_run(self, run: Group) -> Iterator[Batch]:
        table = self.tables[run.layout.table]
        columns = {one.name: one for one in table.columns}
        check(run.places[0], run.changes[0], table, columns)
        parts = tuple(
            tuple(
                self._slots(run, part, name, given, columns.get(name))
                for name, given in zip(names, run.columns[part], strict=True)
            )
            for part, names in zip(PARTS, run.layout[2:], strict=True)
        )
        for start, end in _stretches(parts, len(run.places)):
            forms = tuple(
                tuple((slots.name, slots.forms[start % len(slots.forms)]) for slots in part)
                for part in parts
            )
            written = self._statement(Shape(run.layout.op, run.layout.table, *forms))
            bound = [
                slots.values[start:end]
                for part, named in zip(parts, forms, strict=True)
                for slots, (_, form) in zip(part, named, strict=True)
                if form not in _UNBOUND
            ]
            placed = [bound[position] for position in written.positions]
            rows = list(zip(*placed, strict=True)) if placed else [()] * (end - start)
            yield Batch(written, run.places[start:end], rows)

    def _slots(
        self,
        run: Group,
        part: str,
        name: str,
        given: ColumnValues,
        column: Column | None,
    ) -> _Slots:
        """One column of values, at once where they are alike, or one by one."""
        values, types = given
        special = {Default} if part != "identity" else {Default, type(None)}
        if special.isdisjoint(types):
            alike = self.editing.alike(cast("Sequence[Value]", values), types, column)
            if alike is not None:
                return _Slots(name, (alike.form,), alike.values)
        forms: list[str] = []
        bound: list[object] = []
        for index, value in zip(run.places, values, strict=True):
            slot = self._slot(index, value, column, null=part == "identity")
            forms.append(slot.form)
            bound.append(slot.value)
        return _Slots(name, forms, bound)

    def _slot(self, index: int, value: Assigned, column: Column | None, *, null: bool) -> Slot:
        if isinstance(value, Default):
            return Slot(DEFAULT_FORM, None)
        if null and value is None:
            return Slot(NULL_FORM, None)
        try:
            return self.editing.slot(value, column)
        except (Refused, ValueError) as error:
            raise ChangeRefused(index, "value", str(error)) from error

    def _statement(self, shape: Shape) -> Written:
        found = self._written.get(shape)
        if found is None:
            found = _write(shape, self.tables[shape.table], self.editing)
            self._written[shape] = found
        return found


def _stretches(parts: Sequence[Sequence[_Slots]], count: int) -> Iterator[tuple[int, int]]:
    """(start, end) of neighbours whose values all take the same forms."""
    mixed = [slots.forms for part in parts for slots in part if len(slots.forms) > 1]
    start = 0
    for _, same in groupby(zip(*mixed, strict=True)) if mixed else ():
        end = start + sum(1 for _ in same)
        yield start, end
        start = end
    if start < count:
        yield start, count


def _write(shape: Shape, table: Table, editing: Editing) -> Written:
    names = slot_names(shape, table)
    statement = build(shape, table, editing, parameters(names, editing))
    returns = returned(shape, table)
    if returns and isinstance(statement, SqlInsert | SqlUpdate):
        statement = statement.returning(*(column(identifier(name)) for name in returns))
    compiled = statement.compile(dialect=editing.driver)
    positions = tuple(names.index(name) for name in compiled.positiontup or ())
    bulk = _is_bulk(shape, table) and editing.counts_rows(table)
    return Written(shape, table, statement, str(compiled), names, positions, bulk, returns)


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


_EVENTS: Mapping[Op, str] = {Insert: "INSERT", Update: "UPDATE", Delete: "DELETE"}


def why_read_only(table: Table, op: Op | None = None) -> str | None:
    """Why rows of `table` cannot be changed (or changed so), as a sentence; None when they can."""
    if table.kind is TableKind.VIEW:
        instead = [t for t in table.triggers if t.timing.upper() == "INSTEAD OF" and t.enabled]
        if not instead:
            return f"{table.ref} is a view without INSTEAD OF triggers: change the tables under it"
        if op is not None and all(_EVENTS[op] not in trigger.events for trigger in instead):
            return f"{table.ref} is a view without an INSTEAD OF {_EVENTS[op]} trigger"
    if table.kind is TableKind.MATERIALIZED_VIEW:
        return f"{table.ref} is a materialized view: its rows come from its query"
    if table.kind is TableKind.SHADOW:
        return f"{table.ref} belongs to a virtual table, which would break"
    if table.kind is TableKind.SYSTEM:
        return f"{table.ref} is the database's own"
    return None


def refuse_kind(index: int, change: Change, table: Table) -> None:
    """Refuse what no row of this relation can take."""
    if reason := why_read_only(table, type(change)):
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
    bound = [form for form in forms if form not in _UNBOUND]
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
        editing.update(table, target)
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

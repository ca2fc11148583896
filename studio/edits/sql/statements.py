"""Change → SQL: every change of one shape shares one statement, each value bound."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import eq
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from sqlalchemy import (
    Insert as SqlInsert,
)
from sqlalchemy import (
    Select,
    column,
)
from sqlalchemy import (
    Update as SqlUpdate,
)

from studio.backends.base import identifier
from studio.backends.halves.editing import Editing, Spelled, ValueSlot
from studio.edits.sql.layout import PARTS, ColumnValues, Group
from studio.edits.sql.refusals import ChangeRefused, check
from studio.edits.sql.shapes import (
    DEFAULT_FORM,
    HELD_FORM,
    NULL_FORM,
    UNBOUND,
    ChangeShape,
    Statement,
    build,
    parameters,
    returned,
    slot_names,
)
from studio.model.catalog import Column, Table, TableRef
from studio.model.change import Assigned, Default, Insert, same_value
from studio.model.errors import Refused

if TYPE_CHECKING:
    from studio.model.page import Value

Spellings: TypeAlias = Mapping[Spelled, str]
"""How the engine writes what it reads from a text of a type."""


@dataclass(frozen=True, slots=True)
class ShapeStatement:
    """The statement of one shape."""

    shape: ChangeShape
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

    @property
    def only_looks(self) -> bool:
        """Whether nothing is written: the rows hold already what they were to be set to."""
        return isinstance(self.statement, Select)


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that run as one statement with many values."""

    written: ShapeStatement
    indices: Sequence[int]
    """Which changes of the set."""
    rows: Sequence[tuple[object, ...]]
    """The values of each change, in the order of `ShapeStatement.positions`."""

    @property
    def shape(self) -> ChangeShape:
        """The kind, table and columns that all its changes have in common."""
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
        """Its changes from `start` to `end`, as a batch of the same statement."""
        return Batch(self.written, self.indices[start:end], self.rows[start:end])


class _Slots(NamedTuple):
    """One column of the values of many changes, ready to be bound."""

    name: str
    forms: Sequence[str]
    """One for all, or one a change."""
    values: Sequence[object]


@dataclass(slots=True)
class StatementWriter:
    """Turns the changes of one set into statements."""

    editing: Editing
    tables: Mapping[TableRef, Table]
    spelled: Spellings = field(default_factory=dict)
    _written: dict[ChangeShape, ShapeStatement] = field(default_factory=dict)

    def batches(self, runs: Iterable[Group]) -> tuple[Batch, ...]:
        """Neighbours of one shape together, in the order of `runs`. Raises ChangeRefused."""
        return tuple(batch for run in runs for batch in self._of_run(run))

    def _of_run(self, run: Group) -> Iterator[Batch]:
        table = self.tables[run.layout.table]
        columns = {one.name: one for one in table.columns}
        check(run.places[0], run.changes[0], table, columns)
        named = tuple(
            tuple(
                self._slots(run, part, name, given, columns.get(name))
                for name, given in zip(names, run.columns[part], strict=True)
            )
            for part, names in zip(PARTS, run.layout[2:], strict=True)
        )
        parts = (
            *named[:2],
            tuple(self._less_held(run, slots, columns.get(slots.name)) for slots in named[2]),
        )
        for start, end in _stretches(parts, len(run.places)):
            forms = tuple(
                tuple((slots.name, slots.forms[start % len(slots.forms)]) for slots in part)
                for part in parts
            )
            written = self._statement(ChangeShape(run.layout.op, run.layout.table, *forms))
            bound = [
                slots.values[start:end]
                for part, named in zip(parts, forms, strict=True)
                for slots, (_, form) in zip(part, named, strict=True)
                if form not in UNBOUND
            ]
            placed = [bound[position] for position in written.positions]
            rows = list(zip(*placed, strict=True)) if placed else [()] * (end - start)
            yield Batch(written, run.places[start:end], rows)

    def _less_held(self, run: Group, slots: _Slots, column: Column | None) -> _Slots:
        """`slots` of what an update sets, less what its row holds."""
        layout = run.layout
        if column is None or slots.name not in layout.before:
            return slots
        was = run.columns["before"][layout.before.index(slots.name)].values
        given: Sequence[Assigned] = run.columns["after"][layout.after.index(slots.name)].values
        if self.spelled:
            given = [self._as_spelled(value, column) for value in given]
        if not any(map(eq, was, given)):
            return slots
        forms = list(slots.forms) * (len(run.places) if len(slots.forms) == 1 else 1)
        for place, (old, new) in enumerate(zip(was, given, strict=True)):
            if same_value(old, new):
                forms[place] = HELD_FORM
        return slots._replace(forms=forms)

    def _as_spelled(self, value: Assigned, column: Column) -> Assigned:
        if not isinstance(value, str):
            return value
        return self.spelled.get(Spelled(column.type_name, value), value)

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

    def _slot(self, index: int, value: Assigned, column: Column | None, *, null: bool) -> ValueSlot:
        if isinstance(value, Default):
            return ValueSlot(DEFAULT_FORM, None)
        if null and value is None:
            return ValueSlot(NULL_FORM, None)
        try:
            return self.editing.slot(value, column)
        except (Refused, ValueError) as error:
            raise ChangeRefused(index, "value", str(error)) from error

    def _statement(self, shape: ChangeShape) -> ShapeStatement:
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


def _write(shape: ChangeShape, table: Table, editing: Editing) -> ShapeStatement:
    names = slot_names(shape, table)
    statement = build(shape, table, editing, parameters(names, editing))
    returns = returned(shape, table)
    if returns and isinstance(statement, SqlInsert | SqlUpdate):
        statement = statement.returning(*(column(identifier(name)) for name in returns))
    compiled = statement.compile(dialect=editing.driver)
    positions = tuple(names.index(name) for name in compiled.positiontup or ())
    bulk = (
        _is_bulk(shape, table) and editing.counts_rows(table) and not isinstance(statement, Select)
    )
    return ShapeStatement(shape, table, statement, str(compiled), names, positions, bulk, returns)


def _is_bulk(shape: ChangeShape, table: Table) -> bool:
    if table.rules:
        # What a rule does instead may touch two rows for one change and none for another.
        return False
    if shape.op is Insert:
        return True
    named = {name for name, _ in shape.identity}
    return table.has_identity and named >= set(table.identity)

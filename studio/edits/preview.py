"""The SQL of a change set as text: to be read, or saved as a script. It is never run from here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import literal_column

from studio.backends.editing import Editing, Parameter
from studio.edits.order import ordered
from studio.edits.statements import DEFAULT_FORM, NULL_FORM, Bound, Shape, Writer, build
from studio.model.catalog import Table, TableRef
from studio.model.change import Change, Insert

GUARD = "-- must touch 1 row"
_PLACE = re.compile("\0(\\d+)\0")


@dataclass(frozen=True, slots=True)
class Line:
    """One change as SQL."""

    change: int
    """Which change of the set, from 0."""
    sql: str
    """The whole statement, without its semicolon."""
    guarded: bool
    """Whether it must touch exactly one row that is still what was seen."""

    def __str__(self) -> str:
        """As it stands in a script."""
        return f"{self.sql};   {GUARD}" if self.guarded else f"{self.sql};"


@dataclass(frozen=True, slots=True)
class Preview:
    """A change set as a script, in the order it would run."""

    begin: str
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        """The whole script."""
        return "\n".join((f"{self.begin};", *map(str, self.lines), "COMMIT;", ""))


@dataclass(slots=True)
class _Templates:
    """A statement's text once per shape, with holes where values go."""

    editing: Editing
    tables: Mapping[TableRef, Table]
    _made: dict[Shape, tuple[str, ...]] = field(default_factory=dict)

    def text(self, bound: Bound) -> str:
        """The statement of one change with its values written in."""
        pieces = self._made.get(bound.shape)
        if pieces is None:
            pieces = self._made[bound.shape] = self._pieces(bound.shape)
        literals = _literals(bound, self.editing)
        return "".join(
            piece if i % 2 == 0 else literals[int(piece)] for i, piece in enumerate(pieces)
        )

    def _pieces(self, shape: Shape) -> tuple[str, ...]:
        # No identifier can hold a zero byte, so no name is ever taken for a hole.
        statement = build(shape, self.tables[shape.table], self.editing, _hole)
        return tuple(_PLACE.split(str(statement.compile(dialect=self.editing.dialect))))


def _hole(place: int) -> Parameter:
    return literal_column(f"\0{place}\0")


def _literals(bound: Bound, editing: Editing) -> list[str]:
    forms = [
        form
        for part in (bound.shape.identity, bound.shape.before, bound.shape.after)
        for _, form in part
        if form not in {NULL_FORM, DEFAULT_FORM}
    ]
    return [editing.literal(form, value) for form, value in zip(forms, bound.values, strict=True)]


def lines(
    changes: Sequence[Change],
    tables: Mapping[TableRef, Table],
    editing: Editing,
) -> Iterator[Line]:
    """Every change as SQL, in the order it would run. Raises ChangeRefused."""
    writer = Writer(editing, tables)
    templates = _Templates(editing, tables)
    for place in ordered(changes, tables).places:
        bound = writer.bind(place, changes[place])
        yield Line(place, templates.text(bound), not isinstance(changes[place], Insert))


def preview(
    changes: Sequence[Change],
    tables: Mapping[TableRef, Table],
    editing: Editing,
    begin: str = "BEGIN",
) -> Preview:
    """The whole set as a script. Raises ChangeRefused."""
    return Preview(begin, tuple(lines(changes, tables, editing)))

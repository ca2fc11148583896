"""The SQL of a change set as text: to be read, or saved as a script. It is never run from here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import literal_column

from studio.backends.editing import Editing, Parameter
from studio.edits.plan import Plan
from studio.edits.statements import DEFAULT_FORM, NULL_FORM, Batch, build
from studio.model.change import Insert

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


def lines(plan: Plan) -> Iterator[Line]:
    """Every change as SQL, in the order it would run."""
    for batch in plan.batches:
        pieces = _pieces(batch, plan.editing)
        forms = _forms(batch)
        guarded = batch.shape.op is not Insert
        for change, bound in zip(batch.indices, batch.parameters, strict=True):
            yield Line(change, _written(pieces, forms, bound, plan.editing), guarded)


def preview(plan: Plan, begin: str = "BEGIN") -> Preview:
    """The whole set as a script; `begin` is the engine's own (`Backend.begin_write`)."""
    return Preview(begin, tuple(lines(plan)))


def _pieces(batch: Batch, editing: Editing) -> tuple[str, ...]:
    """The statement's text with holes where values go: text and places take turns."""
    # No identifier can hold a zero byte, so no name is ever taken for a hole.
    statement = build(batch.shape, batch.table, editing, _hole)
    return tuple(_PLACE.split(str(statement.compile(dialect=editing.dialect))))


def _hole(place: int) -> Parameter:
    return literal_column(f"\0{place}\0")


def _forms(batch: Batch) -> tuple[str, ...]:
    shape = batch.shape
    named = (*shape.identity, *shape.before, *shape.after)
    return tuple(form for _, form in named if form not in {NULL_FORM, DEFAULT_FORM})


def _written(
    pieces: tuple[str, ...], forms: tuple[str, ...], bound: Mapping[str, object], editing: Editing
) -> str:
    literals = tuple(map(editing.literal, forms, bound.values()))
    written = list(pieces)
    written[1::2] = [literals[int(place)] for place in pieces[1::2]]
    return "".join(written)

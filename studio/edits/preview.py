"""The SQL of a change set as text: to be read, or saved as a script. It is never run from here."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import overload

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


class Lines(Sequence[Line]):
    """Every change as SQL, in the order it would run; written when it is looked at."""

    def __init__(self, plan: Plan) -> None:
        self._editing = plan.editing
        self._batches = plan.batches
        self._ends = tuple(accumulate(len(batch.indices) for batch in plan.batches))
        self._writers: dict[int, Callable[[int], Line]] = {}
        """By batch."""

    def __len__(self) -> int:
        """How many changes."""
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, at: int) -> Line: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Line, ...]: ...
    def __getitem__(self, at: int | slice) -> Line | tuple[Line, ...]:
        """One line, or some."""
        places = range(len(self))[at]
        return self._line(places) if isinstance(places, int) else tuple(map(self._line, places))

    def __iter__(self) -> Iterator[Line]:
        """Every line."""
        for at, batch in enumerate(self._batches):
            yield from map(self._writer(at), range(len(batch.indices)))

    @property
    def order(self) -> tuple[int, ...]:
        """Which change each line is, without writing any."""
        return tuple(index for batch in self._batches for index in batch.indices)

    def _line(self, place: int) -> Line:
        at = bisect_right(self._ends, place)
        first = self._ends[at - 1] if at else 0
        return self._writer(at)(place - first)

    def _writer(self, at: int) -> Callable[[int], Line]:
        made = self._writers.get(at)
        if made is None:
            made = self._writers[at] = _writer(self._batches[at], self._editing)
        return made


def _writer(batch: Batch, editing: Editing) -> Callable[[int], Line]:
    """What writes one change of `batch` as SQL."""
    pieces, forms = _pieces(batch, editing), _forms(batch)
    positions, literal = batch.written.positions, editing.literal
    holes = [(at, int(place)) for at, place in enumerate(pieces) if at % 2]
    sources = [(at, forms[slot], positions.index(slot)) for at, slot in holes]
    guarded = batch.shape.op is not Insert

    def write(place: int) -> Line:
        row, text = batch.rows[place], list(pieces)
        for at, form, source in sources:
            text[at] = literal(form, row[source])
        return Line(batch.indices[place], "".join(text), guarded)

    return write


@dataclass(frozen=True, slots=True)
class Preview:
    """A change set as a script, in the order it would run."""

    begin: str
    lines: Lines

    def __str__(self) -> str:
        """The whole script."""
        return "\n".join((f"{self.begin};", *map(str, self.lines), "COMMIT;", ""))


def lines(plan: Plan) -> Lines:
    """Every change as SQL, in the order it would run."""
    return Lines(plan)


def preview(plan: Plan, begin: str = "BEGIN") -> Preview:
    """The whole set as a script; `begin` is the engine's own (`Backend.begin_write`)."""
    return Preview(begin, lines(plan))


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

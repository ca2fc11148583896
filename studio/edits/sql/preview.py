"""The SQL of a change set as text: to be read, or saved as a script. It is never run from here."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import overload

from sqlalchemy import literal_column

from studio.backends.halves.editing import Editing, Parameter
from studio.edits.sql.prepared import Prepared
from studio.edits.sql.shapes import UNBOUND, ChangeShape, Named, build
from studio.edits.sql.statements import Batch
from studio.model.change import Insert
from studio.model.words import plural

GUARD = "-- must touch 1 row"
_PLACE = re.compile("\0(\\d+)\0")
_MOST_NAMES = 4
"""Of an identity: the row of a view is named by all it holds."""
_MOST_LITERAL = 60
_TAIL = 12


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One change as SQL."""

    change: int
    """Which change of the set, from 0."""
    sql: str
    """The whole statement, without its semicolon."""
    guarded: bool
    """Whether it must touch exactly one row that is still what was seen."""
    left_out: int = 0
    """Conditions that are sent and not written here."""

    def __str__(self) -> str:
        """As it stands in a script."""
        return f"{self.sql};   {GUARD}" if self.guarded else f"{self.sql};"


class PreviewLines(Sequence[PreviewLine]):
    """Every change as SQL, in the order it would run; written when it is looked at."""

    def __init__(self, plan: Prepared, *, folded: bool = False) -> None:
        """`folded`: without conditions on columns that do not change, and long values shortened."""
        self._folded = folded
        self._editing = plan.editing
        self._batches = plan.batches
        self._ends = tuple(accumulate(len(batch.indices) for batch in plan.batches))
        self._writers: dict[int, Callable[[int], PreviewLine]] = {}
        """By batch."""

    def __len__(self) -> int:
        """How many changes."""
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, at: int) -> PreviewLine: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[PreviewLine, ...]: ...
    def __getitem__(self, at: int | slice) -> PreviewLine | tuple[PreviewLine, ...]:
        """One line, or some."""
        places = range(len(self))[at]
        return self._line(places) if isinstance(places, int) else tuple(map(self._line, places))

    def __iter__(self) -> Iterator[PreviewLine]:
        """Every line."""
        for at, batch in enumerate(self._batches):
            yield from map(self._writer(at), range(len(batch.indices)))

    @property
    def order(self) -> tuple[int, ...]:
        """Which change each line is, without writing any."""
        return tuple(index for batch in self._batches for index in batch.indices)

    def _line(self, place: int) -> PreviewLine:
        at = bisect_right(self._ends, place)
        first = self._ends[at - 1] if at else 0
        return self._writer(at)(place - first)

    def _writer(self, at: int) -> Callable[[int], PreviewLine]:
        made = self._writers.get(at)
        if made is None:
            made = self._writers[at] = _writer(
                self._batches[at], self._editing, folded=self._folded
            )
        return made


def _writer(batch: Batch, editing: Editing, *, folded: bool) -> Callable[[int], PreviewLine]:
    """What writes one change of `batch` as SQL."""
    whole = batch.shape
    shape = folded_shape(whole) if folded else whole
    left_out = sum(map(len, _parts(whole))) - sum(map(len, _parts(shape)))
    pieces, forms = _pieces(batch, editing, shape), _forms(whole)
    positions, literal = batch.written.positions, editing.literal
    holes = [(at, int(place)) for at, place in enumerate(pieces) if at % 2]
    sources = [(at, forms[slot], positions.index(slot)) for at, slot in holes]
    guarded = batch.shape.op is not Insert

    def write(place: int) -> PreviewLine:
        row, text = batch.rows[place], list(pieces)
        for at, form, source in sources:
            written = literal(form, row[source])
            text[at] = shortened(written) if folded else written
        sql = "".join(text)
        if left_out:
            sql += f" /* and {plural(left_out, 'value')} as seen */"
        return PreviewLine(batch.indices[place], sql, guarded, left_out)

    return write


@dataclass(frozen=True, slots=True)
class Preview:
    """A change set as a script, in the order it would run."""

    begin: str
    lines: PreviewLines

    def __str__(self) -> str:
        """The whole script."""
        return "\n".join((f"{self.begin};", *map(str, self.lines), "COMMIT;", ""))


def lines(plan: Prepared) -> PreviewLines:
    """Every change as SQL, in the order it would run."""
    return PreviewLines(plan)


def preview(plan: Prepared, begin: str = "BEGIN", *, folded: bool = False) -> Preview:
    """The whole set as a script; `begin` is the engine's own (`Backend.begin_write`). `folded`: to
    be looked at, not to be run.
    """
    return Preview(begin, PreviewLines(plan, folded=folded))


def _pieces(batch: Batch, editing: Editing, shape: ChangeShape) -> tuple[str, ...]:
    """The text of a statement of `shape`, a part of the batch's own, with holes where values go:
    text and places take turns. A place is that of the value in the whole statement.
    """
    stays = set(_bound(shape))
    kept = [place for place, one in enumerate(_bound(batch.shape)) if one in stays]
    # No identifier can hold a zero byte, so no name is ever taken for a hole.
    statement = build(shape, batch.table, editing, lambda place: _hole(kept[place]))
    return tuple(_PLACE.split(str(statement.compile(dialect=editing.dialect))))


def _hole(place: int) -> Parameter:
    return literal_column(f"\0{place}\0")


def _bound(shape: ChangeShape) -> Iterator[tuple[int, str]]:
    """The values that are bound, in their order: which part of the shape, which column."""
    for part, named in enumerate(_parts(shape)):
        yield from ((part, name) for name, form in named if form not in UNBOUND)


def _parts(shape: ChangeShape) -> tuple[Named, Named, Named]:
    return shape.identity, shape.before, shape.after


def _forms(shape: ChangeShape) -> tuple[str, ...]:
    return tuple(form for named in _parts(shape) for _, form in named if form not in UNBOUND)


def folded_shape(shape: ChangeShape) -> ChangeShape:
    """`shape` with the conditions on what names the row and on what changes, and no others."""
    changed = {name for name, _ in shape.after}
    return shape._replace(
        identity=_telling(shape.identity, changed),
        before=tuple(one for one in shape.before if one[0] in changed)
        if shape.identity
        else _telling(shape.before, changed),
    )


def _telling(named: Named, changed: set[str]) -> Named:
    """What changes, and as many others as there is room for."""
    if len(named) <= _MOST_NAMES:
        return named
    others = [one for one in named if one[0] not in changed][:_MOST_NAMES]
    return tuple(one for one in named if one[0] in changed or one in others)


def shortened(literal: str) -> str:
    """A literal without its middle where it is long: how it begins, how it ends, its type."""
    if len(literal) <= _MOST_LITERAL:
        return literal
    return f"{literal[: _MOST_LITERAL - _TAIL - 1]}…{literal[-_TAIL:]}"

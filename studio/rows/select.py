"""A request for a page → the statements that answer it, and how their rows are read."""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select

from studio.backends.base import Backend
from studio.model.catalog import Table
from studio.model.page import Condition, Direction, PageKey, PageRequest, Value, shortened
from studio.rows import physical
from studio.rows.filters import Filtering
from studio.rows.keyset import beyond
from studio.rows.order import OrderingTerm, column_of, is_served, source, total

Row = tuple[Value, ...]
_MANY_COLUMNS = 1600
"""A result has at most 1,664 columns in PostgreSQL, 2,000 in SQLite."""


@dataclass(frozen=True, slots=True)
class PagePlan:
    """How one page is fetched: statements run in turn until there are rows enough."""

    columns: tuple[str, ...]
    statements: tuple[Select[tuple[object, ...]], ...]
    """Each without its LIMIT: the rows still wanted are known only when its turn comes."""
    may_be_cut: tuple[bool, ...]
    """For each shown column, whether the page may hold its head only."""
    identity: tuple[int, ...]
    """Where in a fetched row the identity's whole values are."""
    key: tuple[int, ...]
    """Where the whole values of the order's terms are; empty without identity."""

    def shown(self, row: Row) -> Row:
        """The part of a fetched row that is shown."""
        cut = self.may_be_cut
        return tuple([shortened(row[i]) if cut[i] else row[i] for i in range(len(cut))])

    def identified(self, row: Row) -> Row:
        """The whole identity values of a fetched row."""
        return tuple([row[i] for i in self.identity])

    def keyed(self, row: Row) -> PageKey:
        """A fetched row's place in the order."""
        return PageKey(tuple([row[i] for i in self.key]))


class _Selected:
    """The select list while it is made: shown columns first, whole values behind them."""

    def __init__(self, relation: Table, backend: Backend) -> None:
        self.relation = relation
        self.rows = source(relation)
        self.columns = tuple(c for c in relation.columns if not c.hidden)
        self.expressions: list[ColumnElement[object]] = []
        self._whole: dict[str, int] = {}
        self.may_be_cut: list[bool] = []
        for place, column in enumerate(self.columns):
            value = self.rows.c[column.name]
            shown = backend.shown(column, value)
            self.expressions.append(shown)
            self.may_be_cut.append(shown is not value)
            if shown is value:
                self._whole[column.name] = place

    def place(self, name: str) -> int:
        """Where the whole value of a column is selected; it is added when it is not yet."""
        if name not in self._whole:
            shown = [column.name for column in self.columns]
            if len(self.expressions) >= _MANY_COLUMNS and name in shown:
                # Engines bound a result's columns about where they bound a table's: no room to
                # select one twice, so this one comes whole.
                self._whole[name] = shown.index(name)
                self.expressions[self._whole[name]] = self.rows.c[name]
            else:
                self._whole[name] = len(self.expressions)
                self.expressions.append(self.rows.c[name])
        return self._whole[name]

    def statement(self) -> Select[tuple[object, ...]]:
        # Labels of our own: names may repeat, be empty, or be longer than the engine's limit.
        labelled = [e.label(f"c{i}") for i, e in enumerate(self.expressions)]
        return _typed(select(*labelled))


def plan(request: PageRequest, relation: Table, backend: Backend) -> PagePlan:
    """The statements for `request`. Raises KeyError for an unknown column, ValueError for a key
    of another order, Unsupported.
    """
    selected = _Selected(relation, backend)
    terms = total(relation, selected.rows, request.order, backend)
    identity = tuple(selected.place(name) for name in relation.identity)
    key = tuple(selected.place(t.column.name) for t in terms) if relation.has_identity else ()
    where = Filtering(relation, selected.rows, backend).all(request.filters)
    base = (selected.statement().select_from(selected.rows)).where(*where)
    if request.direction is Direction.BACKWARD:
        terms = tuple(term.reversed() for term in terms)
    return PagePlan(
        columns=tuple(c.name for c in selected.columns),
        statements=_statements(request, relation, base, terms),
        may_be_cut=tuple(selected.may_be_cut),
        identity=identity,
        key=key,
    )


def _statements(
    request: PageRequest,
    relation: Table,
    base: Select[tuple[object, ...]],
    terms: tuple[OrderingTerm, ...],
) -> tuple[Select[tuple[object, ...]], ...]:
    if physical.applies(relation, terms) and not request.offset:
        inclusive = request.inclusive
        ranges = physical.beyond(relation, terms[0], request.start, inclusive=inclusive)
        return tuple(_ordered(base.where(s.condition), s.order) for s in ranges)
    if request.start is None or not relation.has_identity:
        whole = _ordered(base, terms)
        return (whole.offset(request.offset) if request.offset else whole,)
    segments = beyond(terms, request.start, inclusive=request.inclusive)
    if len(segments) > 1 and not is_served(relation, terms):
        # Without an index every statement reads the whole table: one is better than several.
        return (_ordered(base.where(or_(*(s.condition for s in segments))), terms),)
    return tuple(_ordered(base.where(s.condition), s.order) for s in segments)


def _ordered(
    statement: Select[tuple[object, ...]], terms: tuple[OrderingTerm, ...]
) -> Select[tuple[object, ...]]:
    return statement.order_by(*(term.order_by() for term in terms))


def _typed(statement: Select[*tuple[Any, ...]]) -> Select[tuple[object, ...]]:
    return cast("Select[tuple[object, ...]]", statement)


def filtered(
    relation: Table, filters: tuple[Condition, ...], backend: Backend
) -> Select[tuple[object, ...]]:
    """The rows `filters` keep, unordered and without columns: for counts and estimates."""
    rows = source(relation)
    where = Filtering(relation, rows, backend).all(filters)
    one: ColumnElement[object] = literal_column("1")
    return _typed(select(one).select_from(rows).where(*where))


def counted(
    relation: Table, filters: tuple[Condition, ...], backend: Backend
) -> Select[tuple[object, ...]]:
    """How many rows `filters` keep."""
    return filtered(relation, filters, backend).with_only_columns(func.count())


def one_value(
    relation: Table, identity: Row, column: str, backend: Backend
) -> Select[tuple[object, ...]]:
    """One whole value of the row that `identity` names. Raises KeyError."""
    rows = source(relation)
    statement = _typed(select(rows.c[column].label("c0")).select_from(rows))
    for name, value in zip(relation.identity, identity, strict=True):
        noun = column_of(relation, name)
        bound = backend.bind(value, noun)
        statement = statement.where(
            backend.sort_key(noun, rows.c[name]) == backend.sort_key(noun, bound)
        )
    return statement

"""The order of a page: what the person asked for, made total by the table's identity."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, FromClause, UnaryExpression, and_, column, table
from sqlalchemy.sql.expression import ColumnClause, TableClause

from studio.backends.base import Backend, identifier
from studio.model.catalog import Column, ColumnKind, IdentityKind, Index, Table
from studio.model.page import Sort, Value

_SYSTEM_TYPES = {
    "rowid": ("INTEGER", ColumnKind.INTEGER),
    "ctid": ("tid", ColumnKind.OTHER),
    "tableoid": ("oid", ColumnKind.INTEGER),
}


@dataclass(frozen=True, slots=True)
class OrderingTerm:
    """One column of an order: which way it runs, and where its NULLs stand."""

    column: Column
    expression: ColumnElement[object]
    """What rows are ordered and compared by: the engine's sort key of the column."""
    backend: Backend
    descending: bool
    nulls_first: bool
    nullable: bool

    def reversed(self) -> "OrderingTerm":
        """The same term read from the other end."""
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)

    def order_by(self) -> UnaryExpression[object]:
        """The ORDER BY term; NULLS FIRST or LAST only where the engine would do otherwise."""
        term = self.expression.desc() if self.descending else self.expression.asc()
        usual = self.backend.nulls_first(descending=self.descending)
        if not self.nullable or usual is self.nulls_first:
            return term
        return term.nulls_first() if self.nulls_first else term.nulls_last()

    def same(self, value: Value) -> ColumnElement[bool]:
        """Rows level with `value`."""
        if value is None:
            return self.expression.is_(None)
        return self.expression == self._bound(value)

    def beyond(self, value: Value) -> tuple[ColumnElement[bool], ...]:
        """Rows past `value`, as ranges an index can seek, in the order they come."""
        if value is None:
            return (self.expression.is_not(None),) if self.nulls_first else ()
        bound = self._bound(value)
        past = self.expression < bound if self.descending else self.expression > bound
        if self.nullable and not self.nulls_first:
            return past, self.expression.is_(None)
        return (past,)

    def _bound(self, value: Value) -> ColumnElement[object]:
        return self.backend.sort_key(self.column, self.backend.bind(value, self.column))


def source(relation: Table) -> FromClause:
    """The relation under the alias `t`, with its columns and whatever else names its rows."""
    names = dict.fromkeys((*relation.column_names, *relation.identity))
    return bare_source(relation, tuple(names)).alias("t")


def bare_source(relation: Table, names: Sequence[str]) -> TableClause:
    """The relation with columns of no type: values come as the driver hands them over."""
    schema = None if relation.ref.schema is None else identifier(relation.ref.schema)
    columns: list[ColumnClause[object]] = [column(identifier(name)) for name in names]
    return table(identifier(relation.ref.name), *columns, schema=schema)


def column_of(relation: Table, name: str) -> Column:
    """The column called `name`, the engine's own row names included; raises KeyError."""
    if name in relation.identity and name not in relation.column_names:
        type_name, kind = _SYSTEM_TYPES.get(
            "rowid" if relation.identity_kind is IdentityKind.ROWID else name,
            ("", ColumnKind.OTHER),
        )
        return Column(name, type_name, kind, nullable=False)
    return relation.column(name)


def total(
    relation: Table, rows: FromClause, sorts: Sequence[Sort], backend: Backend
) -> tuple[OrderingTerm, ...]:
    """The terms of `sorts`, then identity columns until no two rows are level.

    Without identity the order is only what was asked for. Raises KeyError for an unknown column.
    """
    terms: list[OrderingTerm] = []
    for sort in _completed(relation, sorts):
        noun = column_of(relation, sort.column)
        terms.append(
            OrderingTerm(
                noun,
                backend.sort_key(noun, rows.c[sort.column]),
                backend,
                sort.descending,
                backend.nulls_first(descending=sort.descending),
                noun.nullable and sort.column not in relation.identity,
            )
        )
    return tuple(terms)


def _completed(relation: Table, sorts: Sequence[Sort]) -> Iterator[Sort]:
    seen: set[str] = set()
    unique = tuple(_unique_sets(relation))
    descending = _identity_descending(relation, sorts)
    for sort in (*sorts, *(Sort(name, descending) for name in relation.identity)):
        if sort.column in seen:
            continue
        if any(names <= seen for names in unique):
            return
        seen.add(sort.column)
        yield sort


def _identity_descending(relation: Table, sorts: Sequence[Sort]) -> bool:
    """The direction in which identity continues the order at no cost: that in which the index
    which serves the sorts is read, since its entries end with the row's own place.
    """
    for index in relation.indexes:
        parts = index.parts[: len(sorts)]
        if [part.column for part in parts] == [sort.column for sort in sorts] and sorts:
            backwards = {p.descending != s.descending for p, s in zip(parts, sorts, strict=True)}
            if len(backwards) == 1:
                return backwards.pop()
    return bool(sorts) and sorts[0].descending


def _unique_sets(relation: Table) -> Iterator[frozenset[str]]:
    """Sets of columns no two rows share."""
    if relation.has_identity:
        yield frozenset(relation.identity)
    for index in relation.indexes:
        if _is_unique(relation, index):
            yield frozenset(index.columns)


def _is_unique(relation: Table, index: Index) -> bool:
    if not (index.unique and index.valid and index.predicate is None):
        return False
    return all(
        part.column is not None
        and part.column in relation.column_names
        and not relation.column(part.column).nullable
        # Unique as the index compares is not unique as ORDER BY compares.
        and part.collation in {None, relation.column(part.column).collation}
        for part in index.parts
    )


def is_served(relation: Table, terms: Sequence[OrderingTerm]) -> bool:
    """Whether some index starts with the order's first column, so that ranges of it seek."""
    if not terms:
        return False
    first = terms[0].column.name
    if first in {*relation.identity[:1], *relation.primary_key[:1]}:
        return True
    return any(i.parts and i.parts[0].column == first and i.valid for i in relation.indexes)


def level(terms: Sequence[OrderingTerm], values: Sequence[Value]) -> ColumnElement[bool] | None:
    """Rows level with `values` on all of `terms`; None when there are none."""
    if not terms:
        return None
    return and_(*(term.same(value) for term, value in zip(terms, values, strict=True)))

"""Conditions as nouns → conditions as bound SQL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, and_, case, false, literal_column, not_, or_, true

from studio.backends.base import Backend
from studio.model.catalog import Column, ColumnKind, Table
from studio.model.errors import Unsupported
from studio.model.page import AllOf, AnyOf, Condition, Filter, Not, Operator, Shortened, Value
from studio.rows.order import column_of

_SEARCHED = {
    ColumnKind.TEXT,
    ColumnKind.ENUM,
    ColumnKind.JSON,
    ColumnKind.UUID,
    ColumnKind.NETWORK,
    ColumnKind.ANY,
}
"""Kinds whose values people call text: free text looks there."""

_TEXTUAL = {Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.LIKE}

_Compare = Callable[[ColumnElement[object], ColumnElement[object]], ColumnElement[bool]]

_COMPARE: dict[Operator, _Compare] = {
    Operator.EQUAL: lambda a, b: a == b,
    Operator.NOT_EQUAL: lambda a, b: a != b,
    Operator.LESS: lambda a, b: a < b,
    Operator.LESS_EQUAL: lambda a, b: a <= b,
    Operator.GREATER: lambda a, b: a > b,
    Operator.GREATER_EQUAL: lambda a, b: a >= b,
}


@dataclass(frozen=True, slots=True)
class Filtering:
    """What conditions are written against: a relation, its rows in a FROM, and an engine."""

    relation: Table
    rows: FromClause
    backend: Backend

    def all(self, conditions: Sequence[Condition]) -> tuple[ColumnElement[bool], ...]:
        """Every condition, for a WHERE. Raises Unsupported, and KeyError for an unknown column."""
        return tuple(self.one(condition) for condition in conditions)

    def one(self, condition: Condition) -> ColumnElement[bool]:
        """One condition. A comparison with NULL holds neither way, as in SQL; `Not` is exact:
        it holds wherever its condition does not.
        """
        match condition:
            case AllOf(conditions):
                return and_(true(), *self.all(conditions))
            case AnyOf(conditions):
                return or_(false(), *self.all(conditions))
            case Not(inner):
                return _complement(self.one(inner))
            case Filter():
                return self._filter(condition)

    def _filter(self, wanted: Filter) -> ColumnElement[bool]:
        if wanted.column is None:
            return self._anywhere(wanted)
        noun = column_of(self.relation, wanted.column)
        value = self.rows.c[wanted.column]
        if wanted.operator in _TEXTUAL:
            return self._matches(noun, value, wanted)
        return self._compare(noun, value, wanted)

    def _anywhere(self, wanted: Filter) -> ColumnElement[bool]:
        searched = [c for c in self.relation.columns if c.kind in _SEARCHED and not c.hidden]
        parts = [self._contains(c, self.rows.c[c.name], wanted.value) for c in searched]
        match wanted.operator:
            case Operator.CONTAINS:
                return or_(false(), *parts)
            case Operator.NOT_CONTAINS:
                return _complement(or_(false(), *parts))
        raise Unsupported(f"free text cannot be compared with {wanted.operator.value}")

    def _compare(
        self, noun: Column, value: ColumnElement[object], wanted: Filter
    ) -> ColumnElement[bool]:
        match wanted.operator:
            case Operator.IS_NULL:
                return value.is_(None)
            case Operator.IS_NOT_NULL:
                return value.is_not(None)
            case Operator.IN | Operator.NOT_IN:
                return self._among(noun, value, wanted)
            case operator:
                return self._ordered(noun, value, operator, wanted.value)

    def _matches(
        self, noun: Column, value: ColumnElement[object], wanted: Filter
    ) -> ColumnElement[bool]:
        if wanted.operator is Operator.LIKE:
            return self.backend.as_text(noun, value).like(self.backend.bind(wanted.value, None))
        found = self._contains(noun, value, wanted.value)
        return found if wanted.operator is Operator.CONTAINS else not_(found)

    def _ordered(
        self, noun: Column, value: ColumnElement[object], operator: Operator, wanted: Value
    ) -> ColumnElement[bool]:
        if isinstance(wanted, Shortened):
            raise Unsupported(f"{noun.name} was shortened: fetch its whole value to filter by it")
        if wanted is None:
            return {
                Operator.EQUAL: value.is_(None),
                Operator.NOT_EQUAL: value.is_not(None),
            }.get(operator, false())
        left = self.backend.sort_key(noun, value)
        right = self.backend.sort_key(noun, self.backend.bind(wanted, noun))
        return _COMPARE[operator](left, right)

    def _among(
        self, noun: Column, value: ColumnElement[object], wanted: Filter
    ) -> ColumnElement[bool]:
        equal = [self._ordered(noun, value, Operator.EQUAL, one) for one in wanted.values]
        found = or_(false(), *equal)
        if wanted.operator is Operator.IN:
            return found
        if None in wanted.values:
            return and_(value.is_not(None), not_(found))
        return not_(found)

    def _contains(
        self, noun: Column, value: ColumnElement[object], needle: Value
    ) -> ColumnElement[bool]:
        return self.backend.contains(self.backend.as_text(noun, value), str(needle))


def _complement(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Where `condition` does not hold, unknown counted as not: every SQL has CASE."""
    return case((condition, literal_column("0")), else_=literal_column("1")) == literal_column("1")

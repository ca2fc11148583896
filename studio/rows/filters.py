"""Conditions as nouns → conditions as bound SQL."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, FromClause, and_, case, false, literal_column, not_, or_, true

from studio.backends.base import Backend
from studio.model.catalog import Column, ColumnKind, Table
from studio.model.errors import Unsupported
from studio.model.page import (
    AllOf,
    AnyOf,
    Condition,
    Expressed,
    Filter,
    Not,
    Operator,
    Shortened,
    Value,
    WrittenCondition,
)
from studio.rows.expressions import RowExpressions, not_true, verbatim
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
_DIGITS = re.compile(r"[+-]?[0-9]*\.?[0-9]+")
"""Free text that is looked for in numbers too."""


_TEXTUAL = {Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.LIKE, Operator.ILIKE}

_Compare = Callable[[ColumnElement[object], ColumnElement[object]], ColumnElement[bool]]

_COMPARE: dict[Operator, _Compare] = {
    Operator.EQUAL: lambda a, b: a == b,
    Operator.NOT_EQUAL: lambda a, b: a != b,
    Operator.LESS: lambda a, b: a < b,
    Operator.LESS_EQUAL: lambda a, b: a <= b,
    Operator.GREATER: lambda a, b: a > b,
    Operator.GREATER_EQUAL: lambda a, b: a >= b,
}
_OPPOSITE = {
    Operator.EQUAL: Operator.NOT_EQUAL,
    Operator.NOT_EQUAL: Operator.EQUAL,
    Operator.LESS: Operator.GREATER_EQUAL,
    Operator.LESS_EQUAL: Operator.GREATER,
    Operator.GREATER: Operator.LESS_EQUAL,
    Operator.GREATER_EQUAL: Operator.LESS,
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
                return self._otherwise(inner)
            case Expressed():
                return RowExpressions(self.relation, self.rows, self.backend).condition(condition)
            case WrittenCondition(sql):
                return verbatim(sql)
            case Filter():
                return self._filter(condition)

    # -- where a condition does not hold ---------------------------------------------------------

    def _otherwise(self, condition: Condition) -> ColumnElement[bool]:
        """Where `condition` does not hold, unknown counted as not. The negation goes inwards, to
        comparisons that an index can serve and whose share of the rows an engine can estimate.
        """
        match condition:
            case AllOf(conditions):
                return or_(false(), *map(self._otherwise, conditions))
            case AnyOf(conditions):
                return and_(true(), *map(self._otherwise, conditions))
            case Not(inner):
                return self.one(inner)
            case Expressed() | WrittenCondition():
                return not_true(self.one(condition))
            case Filter(column=None):
                return self._nowhere(condition)
            case Filter():
                return self._unequal(condition)

    def _nowhere(self, wanted: Filter) -> ColumnElement[bool]:
        found = self._searched(wanted.value)
        if wanted.operator is Operator.NOT_CONTAINS:
            return or_(false(), *(holds for holds, _ in found))
        return and_(true(), *(or_(not_(holds), text.is_(None)) for holds, text in found))

    def _unequal(self, wanted: Filter) -> ColumnElement[bool]:
        """Where a comparison of a column does not hold."""
        noun = column_of(self.relation, wanted.column or "")
        value = self.rows.c[noun.name]
        is_textual = wanted.operator in _TEXTUAL
        is_null_test = wanted.value is None and not wanted.values
        if is_null_test or None in wanted.values:
            found = self._filter(wanted)
            # A row of NULLs is neither NULL nor not NULL, and what is LIKE NULL is not known.
            is_row = noun.kind in {ColumnKind.COMPOSITE, ColumnKind.OTHER}
            if is_textual or is_row or wanted.operator is Operator.NOT_IN:
                return _untrue(found)
            if is_null_test:
                return not_(found)
        if wanted.operator is Operator.IN:
            equal = (
                replace(wanted, operator=Operator.EQUAL, value=one, values=())
                for one in wanted.values
            )
            return and_(true(), *map(self._unequal, equal))
        compared = (self.backend.as_text if is_textual else self.backend.sort_key)(noun, value)
        if wanted.operator is Operator.NOT_IN:
            return or_(self._filter(replace(wanted, operator=Operator.IN)), compared.is_(None))
        if (opposite := _OPPOSITE.get(wanted.operator)) is not None:
            found = self._filter(replace(wanted, operator=opposite))
        else:
            found = not_(self._filter(wanted))
        return or_(found, compared.is_(None)) if noun.nullable else found

    # -- comparisons -----------------------------------------------------------------------------

    def _filter(self, wanted: Filter) -> ColumnElement[bool]:
        if wanted.column is None:
            return self._anywhere(wanted)
        noun = column_of(self.relation, wanted.column)
        value = self.rows.c[wanted.column]
        if wanted.operator in _TEXTUAL:
            return self._matches(noun, value, wanted)
        return self._compare(noun, value, wanted)

    def _anywhere(self, wanted: Filter) -> ColumnElement[bool]:
        match wanted.operator:
            case Operator.CONTAINS:
                return or_(false(), *(holds for holds, _ in self._searched(wanted.value)))
            case Operator.NOT_CONTAINS:
                return self._nowhere(replace(wanted, operator=Operator.CONTAINS))
        raise Unsupported(f"free text cannot be compared with {wanted.operator.value}")

    def _searched(self, needle: Value) -> list[tuple[ColumnElement[bool], ColumnElement[object]]]:
        """For each column free text looks at: whether it holds `needle`, and its text."""
        is_number = bool(_DIGITS.fullmatch(str(needle)))
        found = []
        for column in self.relation.columns:
            is_searched = column.kind in _SEARCHED or (is_number and column.kind.is_number)
            if is_searched and not column.hidden:
                text = self.backend.as_text(column, self.rows.c[column.name])
                found.append((self.backend.contains(text, str(needle)), text))
        return found

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
        text = self.backend.as_text(noun, value)
        match wanted.operator:
            case Operator.LIKE:
                return text.like(self.backend.bind(wanted.value, None))
            case Operator.ILIKE:
                return text.ilike(self.backend.bind(wanted.value, None))
        found = self.backend.contains(text, str(wanted.value))
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


def _untrue(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Where `condition` is not true: every SQL has CASE."""
    return case((condition, literal_column("0")), else_=literal_column("1")) == literal_column("1")

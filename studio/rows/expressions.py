"""Conditions in an engine's own words → SQL: its operators, and SQL as somebody wrote it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, func, literal_column
from sqlalchemy.sql.elements import Grouping

from studio.backends.base import Backend
from studio.backends.halves.operators import Operators, operators_of
from studio.model.catalog import Table
from studio.model.errors import Unsupported
from studio.model.page import Expressed
from studio.model.term import Constant, Named, Operation, Term
from studio.rows.order import column_of

_NULLS = {"is null", "is not null"}
_STANDARD = {"=", "!=", "<", "<=", ">", ">=", "like", "ilike"}
_LIKE = {"like", "ilike"}


@dataclass(frozen=True, slots=True)
class RowExpressions:
    """What they are written against: a relation, its rows in a FROM, and an engine."""

    relation: Table
    rows: FromClause
    backend: Backend

    def condition(self, wanted: Expressed) -> ColumnElement[bool]:
        """Raises Unsupported for an operator the engine did not offer, KeyError for an unknown
        column.
        """
        offered = operators_of(self.backend)
        operator, right = wanted.operator, wanted.right
        if operator not in _NULLS | _STANDARD | offered.compares | offered.words:
            raise Unsupported(f"{self.backend.name} has no operator {operator}")
        is_text = operator in offered.matches_text | _LIKE
        left = self._side(wanted.left, offered, is_text=is_text)
        if right is None:
            return left.is_(None) if operator == "is null" else left.is_not(None)
        if wanted.quantifier:
            return self._of_elements(wanted, left, right)
        if operator == "like":
            return left.like(self._value(right))
        if operator == "ilike":
            return left.ilike(self._value(right))
        return _compared(left, operator, self._side(right, offered))

    def _of_elements(
        self, wanted: Expressed, left: ColumnElement[Any], right: Term
    ) -> ColumnElement[bool]:
        if not operators_of(self.backend).has_any or wanted.quantifier not in {"any", "all"}:
            raise Unsupported(f"{self.backend.name} has no {wanted.quantifier} (…)")
        # Written like a function, and no parentheses around it.
        elements = (func.all if wanted.quantifier == "all" else func.any)(self._value(right))
        return _compared(left, wanted.operator, elements)

    def _side(self, term: Term, offered: Operators, *, is_text: bool = False) -> ColumnElement[Any]:
        match term:
            case Named(name) if is_text:
                noun = column_of(self.relation, name)
                return self.backend.as_text(noun, self.rows.c[name])
            case Operation(sign, left, right):
                if sign not in offered.computes:
                    raise Unsupported(f"{self.backend.name} has no operator {sign}")
                sides = [self._computed(side, offered) for side in (left, right)]
                return Grouping(sides[0].op(sign)(sides[1]))
        return self._value(term)

    def _computed(self, term: Term, offered: Operators) -> ColumnElement[Any]:
        """An operand: a number there is one of SQL, whatever it stands beside."""
        if isinstance(term, Constant) and term.is_number:
            # Only digits, signs, a point and an exponent: the parser took nothing else.
            return Grouping(literal_column(str(_number(term.text))))
        return self._side(term, offered)

    def _value(self, term: Term) -> ColumnElement[Any]:
        match term:
            case Named(name):
                return self.rows.c[name]
            case Constant(text, is_number):
                return self.backend.bind(_number(text) if is_number else text, None)
        raise Unsupported("only a column or a value can stand there")


def _number(text: str) -> int | float | Decimal:
    """Raises Unsupported for what is no number."""
    try:
        return int(text)
    except ValueError:
        try:
            return Decimal(text)
        except ArithmeticError as error:
            raise Unsupported(f"{text!r} is no number") from error


def _compared(
    left: ColumnElement[Any], operator: str, right: ColumnElement[Any]
) -> ColumnElement[bool]:
    sign = operator.upper() if operator.isalpha() or " " in operator else operator
    found: ColumnElement[bool] = Grouping(
        left.op(sign, is_comparison=True, return_type=Boolean())(right)
    )
    return found


def verbatim(sql: str) -> ColumnElement[bool]:
    """SQL as a condition: between parentheses, which the parser saw it cannot leave."""
    # A comment may end it.
    found: ColumnElement[bool] = literal_column(f"({sql}\n)")
    return found


def not_true(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Where `condition` is false or not known."""
    found: ColumnElement[bool] = Grouping(condition).op("IS NOT", return_type=Boolean())(
        literal_column("TRUE")
    )
    return found

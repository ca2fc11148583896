"""One comparison as people type it, from left to right: a column or what is computed of columns,
an operator, a value.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from studio.backends.halves.operators import Operators
from studio.model.catalog import Column
from studio.model.page import AllOf, AnyOf, Condition, Expressed, Filter, Not, Operator, Value
from studio.model.term import Constant, Named, Operation, Term
from studio.rows.literal import Literal
from studio.rows.scan import FilterInvalid, Scanner
from studio.rows.terms import SIGNS, Terms, constant
from studio.rows.typed_value import TEXTUAL, ValueReader, value_of

T = TypeVar("T")

_LEADING = re.compile(r"[^\s()<>=!~'\"`]+\s*(?:[<>=~]|!=|!~|[@#&|?*^+\-/%]+[<>=~])")
"""A word, and the sign of a comparison."""
_ANY = re.compile(r"(any|some|all)\s*\(", re.IGNORECASE)
_OF_ELEMENTS = re.compile(r".*?[<>=]\s*(?:any|some|all)\s*\(", re.IGNORECASE | re.DOTALL)
"""What must be in a line for a value to be compared with elements."""


class Comparisons:
    """Reads comparisons at a place in the text."""

    def __init__(
        self, at: Scanner, columns: Sequence[Column], reader: ValueReader, operators: Operators
    ) -> None:
        self._at = at
        self._columns = {column.name: column for column in columns}
        self._reader = reader
        self._operators = operators
        self._terms = Terms(at, operators)

    def comparison(self) -> Condition | None:
        """A comparison, or None, and nothing taken, when what comes is not one."""
        start = self._at.skip()
        term = self._terms.term()
        if term is None:
            if (quantified := self._of_elements()) is not None:
                return quantified
            self._at.position = start
            self._refuse_unknown(start)
            return None
        condition = self._compared(term)
        if condition is None:
            if not isinstance(term, Named):
                raise self._at.error("a comparison, like > 100")
            self._at.position = start
        return condition

    def _refuse_unknown(self, start: int) -> None:
        """A word before the sign of a comparison was meant as a column."""
        found = _LEADING.match(self._at.text, start)
        if found is not None:
            known = ", ".join(name for name in list(self._columns)[:8] if name.isprintable())
            raise self._at.error(f"a column of this table ({known})", start)

    def _compared(self, term: Term) -> Condition | None:
        sign = self._terms.sign()
        if sign is not None:
            self._at.take(sign)
            return self._signed(term, sign)
        if self._at.words("is"):
            return self._is(term)
        negated = self._at.words("not")
        condition = self._worded(term)
        if condition is None:
            return None
        return _negated(condition) if negated else condition

    def _worded(self, term: Term) -> Condition | None:
        if self._at.words("in"):
            return self._in(term)
        if self._at.words("between"):
            return self._between(term)
        for word in ("like", "ilike", "contains"):
            if self._at.words(word):
                return self._textual(term, Operator(word))
        for word in sorted(self._operators.words):
            if self._at.words(*word.split()):
                return Expressed(term, word, constant(self._at.literal()))
        return None

    def _signed(self, term: Term, sign: str) -> Condition:
        at = self._at.position - len(sign)
        if (elements := self._elements(of_column=False)) is not None:
            word, listed = elements
            return Expressed(term, SIGNS.get(sign, sign), listed, word)
        if sign in self._operators.compares or sign not in SIGNS:
            return Expressed(term, sign, self._constant())
        operator = Operator(SIGNS[sign])
        if operator in TEXTUAL:
            return self._textual(term, operator)
        literal = self._at.literal()
        is_null = not literal.quoted and literal.text.lower() == "null"
        if is_null and operator is Operator.EQUAL:
            return _plain(term, Operator.IS_NULL)
        if is_null and operator is Operator.NOT_EQUAL:
            return _plain(term, Operator.IS_NOT_NULL)
        return self._against(term, operator, literal, at)

    def _against(
        self, term: Term, operator: Operator, literal: Literal, at: int | None = None
    ) -> Filter | Expressed:
        """`term` compared with one value; `at`: where the operator stands."""
        if isinstance(term, Named):
            value = self._value(self._columns[term.column], literal)
            return Filter(term.column, operator, value)
        right = constant(literal)
        is_ordered = operator not in {Operator.EQUAL, Operator.NOT_EQUAL}
        makes_text = isinstance(term, Operation) and term.operator in self._operators.makes_text
        if right.is_number and is_ordered and makes_text:
            raise self._at.error(
                "a text in quotes, for this is text and would not be ordered as a number "
                "(for numbers: where (…)::numeric > 5)",
                literal.position if at is None else at,
            )
        return Expressed(term, operator.value, right)

    def _textual(self, term: Term, operator: Operator) -> Condition:
        start = self._at.skip()
        text = self._at.literal().text
        if isinstance(term, Named):
            return Filter(term.column, operator, text)
        if operator in {Operator.LIKE, Operator.ILIKE}:
            return Expressed(term, operator.value, Constant(text))
        raise self._at.error("like '%…%' for what is computed", start)

    def _constant(self) -> Constant:
        return constant(self._at.literal())

    def _is(self, term: Term) -> Condition:
        negated = self._at.words("not")
        if self._at.words("null"):
            return _plain(term, Operator.IS_NOT_NULL if negated else Operator.IS_NULL)
        here = self._at.skip()
        for word in ("true", "false"):
            if isinstance(term, Named) and self._at.words(word):
                literal = Literal(word, quoted=False, position=here)
                found = self._against(term, Operator.EQUAL, literal)
                return Not(found) if negated else found
        raise self._at.error("null" if negated else "null or not null")

    def _between(self, term: Term) -> Condition:
        low = self._against(term, Operator.GREATER_EQUAL, self._at.literal())
        if not self._at.words("and"):
            raise self._at.error("and, and the other bound")
        high = self._against(term, Operator.LESS_EQUAL, self._at.literal())
        return AllOf((low, high))

    def _in(self, term: Term) -> Condition:
        if isinstance(term, Named):
            listed = self._list(self._columns[term.column])
            return Filter(term.column, Operator.IN, values=listed)
        found = tuple(Expressed(term, "=", one) for one in self._listed(self._list_constant))
        return found[0] if len(found) == 1 else AnyOf(found)

    def _list_constant(self) -> Constant:
        return constant(self._at.literal(in_list=True))

    # -- elements of arrays ----------------------------------------------------------------------

    def _of_elements(self) -> Condition | None:
        """`value = any (column)`, or None, and nothing taken."""
        start = self._at.skip()
        if _OF_ELEMENTS.match(self._at.text, start) is None:
            return None
        try:
            value = constant(self._at.literal(before_sign=True))
        except FilterInvalid:
            return None
        sign = self._terms.sign() or ""
        self._at.take(sign)
        elements = self._elements(of_column=True)
        if sign not in SIGNS or elements is None:
            return None
        return Expressed(value, SIGNS[sign], elements[1], elements[0])

    def _elements(self, *, of_column: bool) -> tuple[str, Named | Constant] | None:
        """`any (…)` and what is in it."""
        start = self._at.skip()
        found = self._at.match(_ANY)
        if found is None:
            return None
        if not self._operators.has_any:
            raise self._at.error("in (…): this engine has no any (…)", start)
        word = "all" if found[1].lower() == "all" else "any"
        name = self._at.column()
        if name is None and of_column:
            raise self._at.error("a column whose values are arrays")
        listed = Named(name) if name is not None else Constant(self._at.literal().text)
        if not self._at.sign(")"):
            raise self._at.error("a closing )")
        return word, listed

    # -- lists and values ------------------------------------------------------------------------

    def _list(self, column: Column) -> tuple[Value, ...]:
        return self._listed(lambda: self._list_value(column))

    def _listed(self, one: Callable[[], T]) -> tuple[T, ...]:
        if not self._at.sign("("):
            raise self._at.error("( and a list of values")
        values = [one()]
        while self._at.sign(","):
            values.append(one())
        if not self._at.sign(")"):
            raise self._at.error(", or a closing )")
        return tuple(values)

    def _list_value(self, column: Column) -> Value:
        literal = self._at.literal(in_list=True)
        if not literal.quoted and literal.text.lower() == "null":
            return None
        return self._value(column, literal)

    def _value(self, column: Column, literal: Literal) -> Value:
        try:
            return value_of(literal, column, self._reader)
        except ValueError as error:
            rule = str(error).removeprefix("expected ") or f"a value of type {column.type_name}"
            if not literal.quoted and literal.text in self._columns:
                rule += f" (to compare two columns: where … {literal.text})"
            raise self._at.error(f"{rule} for {column.name}", literal.position) from error


def _plain(term: Term, operator: Operator) -> Filter | Expressed:
    """A comparison without a value."""
    if isinstance(term, Named):
        return Filter(term.column, operator)
    return Expressed(term, operator.value)


def _negated(condition: Condition) -> Condition:
    match condition:
        case Filter(operator=Operator.IN):
            return Filter(condition.column, Operator.NOT_IN, values=condition.values)
        case Filter(operator=Operator.CONTAINS):
            return Filter(condition.column, Operator.NOT_CONTAINS, condition.value)
        case AnyOf(conditions):
            # A list of what is computed: what is unknown is not in it, and not outside it.
            return AllOf(tuple(map(_negated, conditions)))
        case Expressed(operator="="):
            return replace(condition, operator="!=")
    return Not(condition)

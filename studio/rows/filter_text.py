"""Conditions → the text that the filter bar shows, and that reads back as the same conditions."""

from studio.backends.halves.operators import operators_of
from studio.model.catalog import Column, Table
from studio.model.page import (
    AllOf,
    AnyOf,
    Condition,
    Expressed,
    Filter,
    Not,
    Operator,
    Value,
    WrittenCondition,
)
from studio.model.term import Constant, Named, Term
from studio.rows.literal import is_plain, quoted, spellings
from studio.rows.scan import FilterInvalid, Scanner
from studio.rows.terms import written
from studio.rows.typed_value import TEXTUAL, ValueReader, value_of


def format_filters(conditions: tuple[Condition, ...], table: Table, reader: ValueReader) -> str:
    """Text on one line that parses to `conditions` again. Raises ValueError for the head of a
    value: it is not the value.
    """
    if len(conditions) == 1 and isinstance(conditions[0], WrittenCondition):
        sql = conditions[0].sql
        begins_quoted = sql.lower().startswith(("'", "e'"))
        if sql.isprintable() and sql == sql.strip() and not begins_quoted:
            return f"where {sql}"
    return _Writer(table, reader).joined(" and ", conditions, AnyOf, AllOf)


class _Writer:
    def __init__(self, table: Table, reader: ValueReader) -> None:
        self._columns = {column.name: column for column in table.columns}
        self._reader = reader
        self._operators = operators_of(reader)

    def joined(self, word: str, conditions: tuple[Condition, ...], *grouped: type) -> str:
        """The conditions with `word` between them, those of the kinds `grouped` in parentheses."""
        return word.join(self._nested(condition, *grouped) for condition in conditions)

    def _nested(self, condition: Condition, *grouped: type) -> str:
        text = self._condition(condition)
        return f"({text})" if isinstance(condition, grouped) else text

    def _condition(self, condition: Condition) -> str:
        match condition:
            case AllOf(conditions):
                return self.joined(" and ", conditions, AnyOf, AllOf)
            case AnyOf(conditions):
                return self.joined(" or ", conditions, AnyOf)
            case Not(inner):
                return f"not {self._nested(inner, AnyOf, AllOf)}"
            case WrittenCondition(sql):
                return f"where {quoted(sql)}"
            case Expressed():
                return self._expressed(condition)
            case Filter():
                return self._comparison(condition)

    def _expressed(self, wanted: Expressed) -> str:
        right = wanted.right
        if right is None:
            return f"{self._term(wanted.left)} {wanted.operator}"
        if wanted.quantifier:
            listed = _name(right.column) if isinstance(right, Named) else self._term(right)
            left = self._side(wanted.left)
            return f"{left} {wanted.operator} {wanted.quantifier} ({listed})"
        return f"{self._term(wanted.left)} {wanted.operator} {self._side(right)}"

    def _side(self, term: Term) -> str:
        """A term where values stand."""
        if isinstance(term, Constant) and not term.is_number:
            return next(spellings(term.text))
        return self._term(term)

    def _term(self, term: Term) -> str:
        return written(term, self._operators, _name)

    def _comparison(self, wanted: Filter) -> str:
        if wanted.column is None:
            return quoted(str(wanted.value))
        name = _name(wanted.column)
        match wanted.operator:
            case Operator.IS_NULL | Operator.IS_NOT_NULL:
                return f"{name} {wanted.operator.value}"
            case Operator.IN | Operator.NOT_IN:
                listed = ", ".join(self._listed(wanted.column, value) for value in wanted.values)
                return f"{name} {wanted.operator.value} ({listed})"
            case Operator.EQUAL | Operator.NOT_EQUAL if wanted.value is None:
                return f"{name} is {'not ' * (wanted.operator is Operator.NOT_EQUAL)}null"
            case operator if operator in TEXTUAL:
                return f"{name} {operator.value} {next(spellings(str(wanted.value)))}"
        return f"{name} {wanted.operator.value} {self._value(wanted.column, wanted.value)}"

    def _listed(self, name: str, value: Value) -> str:
        return "null" if value is None else self._value(name, value)

    def _value(self, name: str, value: Value) -> str:
        """The plainest spelling that this column reads as just this value."""
        column = self._columns.get(name)
        spelling = ""
        for spelling in spellings(value):
            if column is None or self._is_read_as(value, spelling, column):
                break
        return spelling

    def _is_read_as(self, value: Value, spelling: str, column: Column) -> bool:
        try:
            read = value_of(Scanner(spelling, ()).literal(), column, self._reader)
        except (ValueError, FilterInvalid):
            return False
        # 1 and True, 0.0 and -0.0 are equal, and are other values.
        return repr(read) == repr(value)


def _name(name: str) -> str:
    return name if is_plain(name) else quoted(name, '"')

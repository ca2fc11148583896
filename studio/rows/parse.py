"""What people type into the filter bar → conditions.

    kind = login and amount > 100      name ~ smith      deleted is null      not (a = 1 or b = 2)
    kind in (login, 'log out')         "due date" <= 2024-03-01      name like 'A%'      john smith

Column names are matched in any case, the longest first; names with blanks and the like may be
quoted ("…" or `…`). Values are bare words or quoted ('…' or "…"), or marked (`literal`) where the
column would read them as something else. A text that is no comparison is searched for in every text
column.
"""

import re
from collections.abc import Callable
from typing import Protocol

from studio.model.catalog import Column, ColumnKind, Table
from studio.model.page import AllOf, AnyOf, Condition, Filter, Not, Operator, Value
from studio.rows.literal import Literal
from studio.rows.scan import FilterInvalid, Scanner

__all__ = ["FilterInvalid", "Reader", "parse_filters", "value_of"]

_DEPTH = 40
"""Nested deeper, a filter is a mistake (or an attack on the stack)."""
_SIGNS = {
    "=": Operator.EQUAL,
    "==": Operator.EQUAL,
    "!=": Operator.NOT_EQUAL,
    "<>": Operator.NOT_EQUAL,
    "<": Operator.LESS,
    "<=": Operator.LESS_EQUAL,
    ">": Operator.GREATER,
    ">=": Operator.GREATER_EQUAL,
    "~": Operator.CONTAINS,
    "!~": Operator.NOT_CONTAINS,
}
TEXTUAL = {Operator.CONTAINS, Operator.NOT_CONTAINS, Operator.LIKE}
_VERBATIM = {ColumnKind.TEXT, ColumnKind.ENUM, ColumnKind.ANY}
"""Kinds for which a quoted value is text as it stands."""


class Reader(Protocol):
    """What parsing needs of a Backend."""

    def parse(self, text: str, column: Column) -> Value:
        """Typed text as a value; raises ValueError with the type's rule."""


def parse_filters(text: str, table: Table, reader: Reader) -> tuple[Condition, ...]:
    """The conditions of `text`, all of which must hold; () for a blank one.

    Raises FilterInvalid, and nothing else.
    """
    if not text.strip():
        return ()
    return _Parser(text, table, reader).whole()


class _Parser:
    def __init__(self, text: str, table: Table, reader: Reader) -> None:
        visible = tuple(column for column in table.columns if not column.hidden)
        self._columns = {column.name: column for column in visible}
        self._at = Scanner(text, tuple(self._columns))
        self._reader = reader
        self._depth = 0

    def whole(self) -> tuple[Condition, ...]:
        condition = self._any()
        if not self._at.at_end:
            raise self._at.error("and, or, or the end; a value with blanks goes in quotes")
        return condition.conditions if isinstance(condition, AllOf) else (condition,)

    def _any(self) -> Condition:
        return self._joined("or", self._all, AnyOf)

    def _all(self) -> Condition:
        return self._joined("and", self._not, AllOf)

    def _joined(
        self,
        word: str,
        part: Callable[[], Condition],
        join: Callable[[tuple[Condition, ...]], Condition],
    ) -> Condition:
        parts = [part()]
        while self._at.words(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else join(tuple(parts))

    def _not(self) -> Condition:
        self._depth += 1
        try:
            if self._depth > _DEPTH:
                raise self._at.error("a simpler filter, nested less deeply")
            # A column may be called "not": a comparison comes first.
            if (comparison := self._comparison()) is not None:
                return comparison
            if self._at.words("not"):
                return Not(self._not())
            if self._at.sign("("):
                return self._group()
            return self._free()
        finally:
            self._depth -= 1

    def _group(self) -> Condition:
        condition = self._any()
        if not self._at.sign(")"):
            raise self._at.error("and, or, or a closing )")
        return condition

    # -- comparisons -----------------------------------------------------------------------------

    def _comparison(self) -> Condition | None:
        """A comparison, or None, and nothing taken, when what comes is not one."""
        start = self._at.skip()
        name = self._at.column()
        if name is None:
            self._refuse_unknown(start)
            return None
        condition = self._compared(self._columns[name])
        if condition is None:
            self._at.position = start
        return condition

    def _refuse_unknown(self, start: int) -> None:
        """A word before the sign of a comparison was meant as a column."""
        found = re.compile(r"[^\s()<>=!~'\"`]+").match(self._at.text, start)
        if found is None:
            return
        self._at.position = found.end()
        sign = self._at.operator()
        self._at.position = start
        if sign is not None:
            known = ", ".join(name for name in list(self._columns)[:8] if name.isprintable())
            raise self._at.error(f"a column of this table ({known})", start)

    def _compared(self, column: Column) -> Condition | None:
        sign = self._at.operator()
        if sign is not None:
            return self._signed(column, _SIGNS[sign])
        if self._at.words("is"):
            return self._is(column)
        negated = self._at.words("not")
        condition = self._worded(column)
        if condition is None:
            return None
        return _negated(condition) if negated else condition

    def _worded(self, column: Column) -> Condition | None:
        if self._at.words("in"):
            return Filter(column.name, Operator.IN, values=self._list(column))
        if self._at.words("like"):
            return Filter(column.name, Operator.LIKE, self._at.literal().text)
        if self._at.words("contains"):
            return Filter(column.name, Operator.CONTAINS, self._at.literal().text)
        if self._at.words("between"):
            return self._between(column)
        return None

    def _signed(self, column: Column, operator: Operator) -> Condition:
        literal = self._at.literal()
        if operator in TEXTUAL:
            return Filter(column.name, operator, literal.text)
        is_null = not literal.quoted and literal.text.lower() == "null"
        if is_null and operator is Operator.EQUAL:
            return Filter(column.name, Operator.IS_NULL)
        if is_null and operator is Operator.NOT_EQUAL:
            return Filter(column.name, Operator.IS_NOT_NULL)
        return Filter(column.name, operator, self._value(column, literal))

    def _is(self, column: Column) -> Condition:
        negated = self._at.words("not")
        if self._at.words("null"):
            return Filter(column.name, Operator.IS_NOT_NULL if negated else Operator.IS_NULL)
        raise self._at.error("null" if negated else "null or not null")

    def _between(self, column: Column) -> Condition:
        low = self._value(column, self._at.literal())
        if not self._at.words("and"):
            raise self._at.error("and, and the other bound")
        high = self._value(column, self._at.literal())
        return AllOf(
            (
                Filter(column.name, Operator.GREATER_EQUAL, low),
                Filter(column.name, Operator.LESS_EQUAL, high),
            )
        )

    def _list(self, column: Column) -> tuple[Value, ...]:
        if not self._at.sign("("):
            raise self._at.error("( and a list of values")
        values = [self._list_value(column)]
        while self._at.sign(","):
            values.append(self._list_value(column))
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
            raise self._at.error(f"{rule} for {column.name}", literal.position) from error

    # -- free text -------------------------------------------------------------------------------

    def _free(self) -> Condition:
        """A phrase to search for: quoted, or the words up to `and`, `or` or a parenthesis."""
        start = self._at.skip()
        if (phrase := self._at.quoted()) is not None:
            return Filter(None, Operator.CONTAINS, phrase)
        end = start
        while not self._at.at_end and not self._peek_joint():
            found = re.compile(r"[^\s()]+").match(self._at.text, self._at.position)
            if found is None:
                break
            end = self._at.position = found.end()
        if end == start:
            raise self._at.error("a condition, like name = value, or a text to search for")
        return Filter(None, Operator.CONTAINS, self._at.text[start:end])

    def _peek_joint(self) -> bool:
        here = self._at.position
        found = self._at.words("and") or self._at.words("or")
        self._at.position = here
        return found


def value_of(literal: Literal, column: Column, reader: Reader) -> Value:
    """What a literal means in `column`. Raises ValueError with the type's rule."""
    if literal.value is not None:
        return literal.value
    if literal.quoted and column.kind in _VERBATIM:
        return literal.text
    return reader.parse(literal.text, column)


def _negated(condition: Condition) -> Condition:
    match condition:
        case Filter(operator=Operator.IN):
            return Filter(condition.column, Operator.NOT_IN, values=condition.values)
        case Filter(operator=Operator.CONTAINS):
            return Filter(condition.column, Operator.NOT_CONTAINS, condition.value)
    return Not(condition)

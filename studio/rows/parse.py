"""What people type into the filter bar → conditions.

    kind = login and amount > 100      name contains smith   deleted is null   not (a = 1 or b = 2)
    kind in (login, 'log out')         "due date" <= 2024-03-01      name ilike 'a%'      john smith
    profile->>'age' = 5                total * 2 > 100               tags @> {red}
    'red' = any (tags)                 where lower(name) = 'x' or total > paid

Column names are matched in any case, the longest first; names with blanks and the like may be
quoted ("…" or `…`). Values are bare words or quoted ('…' or "…"), or marked (`literal`) where the
column would read them as something else. The engine says which operators it has beyond those of
every engine. `where` takes a condition in SQL as it stands, to the end of the line or in quotes. A
text without an operator is searched for in every text column; one with an operator is a condition,
or an error at its place.
"""

import re
from collections.abc import Callable

from studio.backends.halves.operators import operators_of
from studio.model.catalog import Table
from studio.model.page import AllOf, AnyOf, Condition, Filter, Not, Operator, WrittenCondition
from studio.rows.comparisons import Comparisons
from studio.rows.raw_sql import check_sql, operator_in
from studio.rows.scan import FilterInvalid, Scanner
from studio.rows.typed_value import TEXTUAL, ValueReader, value_of

__all__ = ["TEXTUAL", "FilterInvalid", "ValueReader", "parse_filters", "value_of"]

_DEPTH = 40
"""Nested deeper, a filter is a mistake (or an attack on the stack)."""
_RUN = re.compile(r"[^\s()]+")


def parse_filters(text: str, table: Table, reader: ValueReader) -> tuple[Condition, ...]:
    """The conditions of `text`, all of which must hold; () for a blank one.

    Raises FilterInvalid, and nothing else.
    """
    if not text.strip():
        return ()
    return _Parser(text, table, reader).whole()


class _Parser:
    def __init__(self, text: str, table: Table, reader: ValueReader) -> None:
        visible = tuple(column for column in table.columns if not column.hidden)
        self._at = Scanner(text, tuple(column.name for column in visible))
        self._reader = reader
        self._comparisons = Comparisons(self._at, visible, reader, operators_of(reader))
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
            if (comparison := self._comparisons.comparison()) is not None:
                return comparison
            if self._at.words("where"):
                return self._written()
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

    # -- free text, and SQL ----------------------------------------------------------------------

    def _free(self) -> Condition:
        """A phrase to search for: quoted, or the words up to `and`, `or` or a parenthesis."""
        start = self._at.skip()
        if (phrase := self._at.quoted()) is not None:
            return Filter(None, Operator.CONTAINS, phrase)
        end = start
        while not self._at.at_end and not self._peek_joint():
            found = self._at.match(_RUN)
            if found is None:
                break
            end = found.end()
        self._at.position = end
        if end == start:
            raise self._at.error("a condition, like name = value, or a text to search for")
        self._refuse_misspelt(start, end)
        if (place := operator_in(self._at.text, start, end)) is not None:
            raise self._at.error(
                "a condition before and behind this; a text that holds it goes in quotes", place
            )
        return Filter(None, Operator.CONTAINS, self._at.text[start:end])

    def _refuse_misspelt(self, start: int, end: int) -> None:
        """A column's name with words behind it is a condition that was not understood."""
        self._at.position = start
        is_column = self._at.column() is not None
        behind = self._at.skip()
        self._at.position = end
        if is_column and behind < end:
            raise self._at.error(
                "an operator, like =, contains or is null; a text to search for goes in quotes",
                behind,
            )

    def _peek_joint(self) -> bool:
        here = self._at.position
        found = self._at.words("and") or self._at.words("or")
        self._at.position = here
        return found

    def _written(self) -> Condition:
        """SQL after `where`: one text in quotes, or all that is left of the line."""
        start = self._at.skip()
        if self._at.text[start : start + 2].lower().startswith(("'", "e'")):
            quoted_sql = self._at.quoted()
            if self._at.at_end or self._peek_joint() or self._at.text[self._at.position] == ")":
                check_sql(quoted_sql or "", self._at, start, self._reader, is_quoted=True)
                return WrittenCondition(quoted_sql or "")
        sql = self._at.text[start:].rstrip()
        self._at.position = len(self._at.text)
        check_sql(sql, self._at, start, self._reader)
        return WrittenCondition(sql)

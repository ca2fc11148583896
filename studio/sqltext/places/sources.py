"""The items of FROM and the targets of writes: names, calls, queries, joins in parentheses."""

from typing import TYPE_CHECKING

from studio.sqltext.places.query import QueryBlock, QuerySource
from studio.sqltext.places.signs import ENDS_FROM, JOIN_WORDS, NOT_AN_ALIAS, QUERY_WORDS

if TYPE_CHECKING:
    from studio.sqltext.places.shape import StatementShape

DEEPEST = 60
"""Levels of parentheses that are looked into."""


class SourceReader:
    """Reads sources in one statement."""

    def __init__(self, shape: "StatementShape") -> None:
        self._shape = shape

    def read(self, query: QueryBlock, index: int, end: int, depth: int, commas: int = 0) -> int:
        """The items of FROM, up to the word that ends it."""
        wanted, joined, natural = True, False, False
        last: QuerySource | None = None
        while index < end:
            mark = self._shape.marks[index]
            if mark in ENDS_FROM and not self._goes_on(query, mark, index):
                return index
            if mark == "ON" and self._shape.mark(index + 1) == "CONFLICT":
                return index
            if mark == "USING" and query.verb == "DELETE" and not (last and last.joined):
                return index
            if mark == ",":
                wanted, joined, commas = True, False, commas + 1
                index += 1
            elif mark in JOIN_WORDS:
                natural = natural or mark == "NATURAL"
                wanted, joined = (True, True) if mark == "JOIN" else (wanted, joined)
                index += 1
            elif mark == "ON" and last is not None:
                # An ON behind joins in parentheses is not that of the last one inside.
                last.on_start = last.on_start or index + 1
                index += 1
                wanted = False
            elif mark == "USING" and self._shape.mark(index + 1) == "(":
                if last is not None:
                    last.shared = self._shape.names_in(index + 1)
                index = self._shape.behind(index + 1)
            elif wanted and (mark in {"(", "LATERAL", "ONLY"} or self._shape.is_name(index)):
                found, index = self._item(query, index, end, depth, commas)
                if found is not None:
                    found.behind_comma, found.joined, found.is_natural = commas, joined, natural
                    last = found
                wanted, natural = found is None and mark == "(", False
            elif mark == "(":
                index = self._shape.parenthesis(query, index, end, depth)
            else:
                index += 1
        return index

    def _goes_on(self, query: QueryBlock, mark: str, index: int) -> bool:
        """Whether a word that ends FROM elsewhere does not here."""
        if mark == "WITH":
            return self._shape.mark(index + 1) == "ORDINALITY"
        if mark == "FROM":
            return self._shape.compares(index)
        return mark == "WHEN" and query.verb != "MERGE"

    def _item(
        self, query: QueryBlock, index: int, end: int, depth: int, commas: int
    ) -> tuple[QuerySource | None, int]:
        start = index
        lateral = False
        while self._shape.mark(index) in {"LATERAL", "ONLY"}:
            lateral = lateral or self._shape.marks[index] == "LATERAL"
            index += 1
        if self._shape.mark(index) == "ROWS" and self._shape.mark(index + 1) == "FROM":
            index += 2
        if self._shape.mark(index) == "(":
            return self._in_parentheses(query, index, end, depth, commas, lateral=lateral)
        source, index = self.named(index, query, depth)
        if source is not None:
            source.lateral, source.start = lateral, start
            query.sources.append(source)
        return source, max(index, start + 1)

    def _in_parentheses(
        self, query: QueryBlock, index: int, end: int, depth: int, commas: int, *, lateral: bool
    ) -> tuple[QuerySource | None, int]:
        """A query with its alias, or joins in parentheses, whose items are this query's."""
        closing = self._shape.closing[index]
        inner_end = min(closing, end)
        if self._shape.mark(index + 1) in QUERY_WORDS and depth < DEEPEST:
            source = QuerySource(start=index, lateral=lateral)
            sub = self._shape.new(index + 1, inner_end, query)
            sub.within, source.query = source, sub
            query.sources.append(source)
            self._shape.walk(sub, index + 1, inner_end, depth + 1)
            return source, self._alias(source, inner_end + 1)
        if depth >= DEEPEST:
            return None, inner_end + 1
        before = len(query.sources)
        reached = self.read(query, index + 1, inner_end, depth + 1, commas)
        if closing >= len(self._shape.marks):
            return (query.sources[-1] if len(query.sources) > before else None), reached
        found = query.sources[-1] if len(query.sources) > before else None
        # An alias of the whole is passed over; its columns stay known by their own sources.
        return found, inner_end + 1

    def named(
        self, index: int, query: QueryBlock | None = None, depth: int = 0
    ) -> tuple[QuerySource | None, int]:
        """A name with its alias, or a call."""
        start = index
        parts, index = self._shape.dotted(index)
        if not parts or index - 1 == self._shape.cursor or self._shape.mark(index) == ".":
            return None, max(index, start + 1) if self._shape.mark(index) != "." else index + 1
        if self._shape.marks[start] in NOT_AN_ALIAS and len(parts) == 1:
            return None, start
        source = QuerySource(parts=parts, alias=parts[-1], start=start)
        source.written = self._shape.tokens[index - 1].text
        if query is not None and self._shape.mark(index) == "(":
            source.is_call = True
            closing = min(self._shape.closing[index], len(self._shape.marks))
            source.called_with = sum(1 for _ in self._shape.items(index + 1, closing))
            self._shape.expression(query, index + 1, closing, depth + 1)
            index = self._shape.behind(index)
        index += self._shape.mark(index) == "*"
        if self._shape.mark(index) == "WITH" and self._shape.mark(index + 1) == "ORDINALITY":
            source.with_ordinality = True
            index += 2
        return source, self._alias(source, index)

    def _alias(self, source: QuerySource, index: int) -> int:
        """Read `[AS] alias [(columns)]`."""
        explicit = self._shape.mark(index) == "AS"
        place = index + explicit
        source.end = index
        if explicit and self._shape.mark(place) == "(" and source.is_call:
            source.columns, source.end = self._shape.names_in(place), self._shape.behind(place)
            return source.end
        if place == self._shape.cursor or not self._shape.is_name(place):
            return place
        if self._shape.marks[place] in NOT_AN_ALIAS:
            return place
        if not explicit and self._shape.mark(place + 1) == ".":
            return place
        source.alias, source.written = self._shape.name(place), self._shape.tokens[place].text
        source.has_alias = True
        source.end = place + 1
        has_list = source.query is not None or source.is_call or explicit or self._closes(place + 1)
        if self._shape.mark(place + 1) == "(" and has_list and not source.is_target:
            source.columns, source.end = (
                self._shape.names_in(place + 1),
                self._shape.behind(place + 1),
            )
        return source.end

    def _closes(self, opening: int) -> bool:
        return self._shape.mark(opening) == "(" and self._shape.closing[opening] < len(
            self._shape.marks
        )

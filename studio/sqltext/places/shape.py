"""The shape of one statement: its queries, what each reads from, and what WITH defines.

A lexical walk that no text refuses: a clause word opens its clause wherever it stands, parentheses
that never close belong to the query around them, and what is not understood is passed over.
"""

from collections.abc import Sequence

from studio.sqltext.places.query import CommonTable, QueryBlock
from studio.sqltext.places.signs import QUERY_WORDS, SET_OPERATIONS, StatementSigns
from studio.sqltext.places.sources import DEEPEST, SourceReader
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import Token

_WITH_WHAT = frozenset(
    {"ORDINALITY", "TIME", "TIES", "CHECK", "(", "DATA", "NO", "GRANT", "LOCAL", "CASCADED", "HOLD"}
)
"""What says that a WITH defines no table."""
_READ_FROM = frozenset({"EXTRACT", "SUBSTRING", "TRIM", "OVERLAY"})
"""Functions that have a FROM among their arguments."""
_CLAUSES = frozenset(
    {"WITH", "SELECT", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET"}
    | {"FETCH", "VALUES", "RETURNING", "INSERT", "INTO", "UPDATE", "SET", "DELETE", "USING"}
    | {"MERGE", "ON", "WHEN"}
)


class StatementShape(StatementSigns):
    """What one statement says, as far as names in scope depend on it."""

    def __init__(
        self, tokens: Sequence[Token], marks: list[str], syntax: Syntax, cursor: int = -1
    ) -> None:
        super().__init__(tokens, marks, syntax, cursor)
        self.queries: list[QueryBlock] = []
        self._from = SourceReader(self)
        self._walk_statement()

    # -- queries ---------------------------------------------------------------------------------

    def innermost(self, index: int) -> QueryBlock:
        """The innermost query around the place in front of the token `index`."""
        found = self.queries[0]
        for query in self.queries:
            if query.start <= index <= query.end and query.start >= found.start:
                found = query
        return found

    def _walk_statement(self) -> None:
        root = QueryBlock(0, len(self.tokens))
        self.queries.append(root)
        self.walk(root, 0, len(self.tokens), 0)

    def new(self, start: int, end: int, parent: QueryBlock | None) -> QueryBlock:
        """Another query of this statement."""
        query = QueryBlock(start, end, parent)
        self.queries.append(query)
        return query

    def walk(self, query: QueryBlock, index: int, end: int, depth: int) -> None:
        """Read the clauses of `query` from `index` to `end`."""
        while index < end:
            mark = self.marks[index]
            if mark == "(":
                index = self.parenthesis(query, index, end, depth)
            elif mark in SET_OPERATIONS:
                query = self._branch(query, index, end)
                index += 1
            elif mark == "SELECT" and query.verb not in {"", "WITH", "SELECT"}:
                index = self._inner_select(query, index, end, depth)
            elif mark and mark in _CLAUSES:
                index = self._clause(query, mark, index, end, depth)
            else:
                index += 1

    def _branch(self, query: QueryBlock, index: int, end: int) -> QueryBlock:
        query.end = index
        fresh = self.new(index + 1, end, query.parent)
        fresh.first = query.first or query
        fresh.within, fresh.table, fresh.is_apart = query.within, query.table, query.is_apart
        fresh.verb = ""
        fresh.with_tables, fresh.is_recursive = query.with_tables, query.is_recursive
        return fresh

    def parenthesis(self, query: QueryBlock, index: int, end: int, depth: int) -> int:
        """What opens at `index`: a query of its own, an expression, or the rest of this one."""
        closing = self.closing[index]
        inner = self.mark(index + 1)
        if depth >= DEEPEST:
            return min(closing, end) + 1
        if inner in QUERY_WORDS and not (inner == "VALUES" and self.mark(index + 2) == ")"):
            sub = self.new(index + 1, min(closing, end), query)
            self.walk(sub, index + 1, min(closing, end), depth + 1)
        elif closing >= len(self.marks) and self.mark(index - 1) not in _READ_FROM:
            return index + 1
        else:
            self.expression(query, index + 1, min(closing, end), depth + 1)
        return min(closing, end) + 1

    def expression(self, query: QueryBlock, index: int, end: int, depth: int) -> None:
        """Look for queries in what is only an expression."""
        while index < end:
            if self.marks[index] == "(":
                index = self.parenthesis(query, index, end, depth)
            else:
                index += 1

    def _inner_select(self, query: QueryBlock, index: int, end: int, depth: int) -> int:
        """The SELECT of an INSERT, a view, a plan: a query beside what goes around it."""
        stop = index
        while stop < end and not (
            self.marks[stop] == "RETURNING"
            or (self.marks[stop] == "ON" and self.mark(stop + 1) == "CONFLICT")
        ):
            if self.marks[stop] == "(":
                stop = min(self.closing[stop], end - 1)
            stop += 1
        sub = self.new(index, stop, query)
        sub.is_apart = True
        self.walk(sub, index, stop, depth + 1)
        return stop

    def _clause(self, query: QueryBlock, mark: str, index: int, end: int, depth: int) -> int:
        """One clause word and, where sources follow, those; the token behind."""
        following = self.mark(index + 1)
        if mark == "WITH":
            return self._with(query, index, end, depth)
        name = mark
        if mark in {"GROUP", "ORDER"}:
            if following != "BY":
                return index + 1
            name = f"{mark} BY"
        if mark in {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES"}:
            return self._verb(query, mark, index, end, depth)
        if mark == "FROM" and self.compares(index):
            return index + 1
        if mark == "WHEN" and query.verb != "MERGE":
            return index + 1
        if mark == "ON":
            if following != "CONFLICT":
                return index + 1
            name = "ON CONFLICT"
        if mark == "INTO" and self.mark(index - 1) == "REPLACE":
            query.verb = "INSERT"
        query.clauses.append((index, name))
        is_source = following != "(" or self.mark(index + 2) in QUERY_WORDS
        if mark == "FROM" or (mark == "USING" and is_source):
            reached = self._from.read(query, index + 1, end, depth)
            if query.verb == "DELETE" and query.target is None and query.sources:
                query.target = query.sources[0]
                query.target.is_target = True
            return reached
        if mark == "INTO" and query.verb in {"INSERT", "MERGE"}:
            return self._into(query, index + 1, end)
        return index + len(name.split())

    def compares(self, index: int) -> bool:
        """Whether FROM at `index` ends `IS [NOT] DISTINCT FROM`."""
        return self.mark(index - 1) == "DISTINCT" and self.mark(index - 2) in {"IS", "NOT"}

    def _verb(self, query: QueryBlock, mark: str, index: int, end: int, depth: int) -> int:
        before = self.mark(index - 1)
        if mark in {"UPDATE", "DELETE", "INSERT"} and before in {"DO", "THEN", "FOR", "KEY", "ON"}:
            query.clauses.append((index, mark))
            if mark == "INSERT" and self.mark(index + 1) == "(":
                query.filled, query.filled_from = self.names_in(index + 1), index + 1
                return self.behind(index + 1)
            return index + 1
        if mark in {"UPDATE", "DELETE", "INSERT"} and self.marks[:1] in (["GRANT"], ["REVOKE"]):
            return index + 1
        if self.marks[:1] == ["CREATE"] and before in {"OR", "AFTER", "BEFORE", "OF"}:
            return index + 1
        if mark != "VALUES" and query.verb in {"INSERT", "UPDATE", "DELETE"}:
            # A body with several statements: the last one begun counts.
            sub = self.new(index, end, query)
            sub.is_apart = True
            self.walk(sub, index, end, depth + 1)
            return end
        query.verb = query.verb if mark == "VALUES" and query.verb else mark
        query.clauses.append((index, mark))
        if mark == "UPDATE":
            place = index + 1
            if self.mark(place) == "OR":
                place += 2
            place += self.mark(place) == "ONLY"
            return self._target(query, place)
        return index + 1

    def _into(self, query: QueryBlock, index: int, end: int) -> int:
        index = self._target(query, index)
        if query.verb == "INSERT" and self.mark(index) == "(" and index < end:
            if self.mark(index + 1) in QUERY_WORDS:
                return index
            query.filled, query.filled_from = self.names_in(index), index
            return self.behind(index)
        return index

    def _target(self, query: QueryBlock, index: int) -> int:
        source, index = self._from.named(index)
        if source is not None:
            source.is_target = True
            query.target = source
            if query.verb != "INSERT":
                query.sources.append(source)
        return index

    def _with(self, query: QueryBlock, index: int, end: int, depth: int) -> int:
        if self.mark(index + 1) in _WITH_WHAT:
            return index + 1
        query.clauses.append((index, "WITH"))
        query.is_recursive = self.mark(index + 1) == "RECURSIVE"
        index += 1 + query.is_recursive
        while index < end and self.is_name(index):
            place = index
            name = "" if place == self.cursor else self.name(place)
            index += 1
            columns: tuple[str, ...] = ()
            if self.mark(index) == "(":
                columns, index = self.names_in(index), self.behind(index)
            index += self.mark(index) == "AS"
            index += self.mark(index) == "NOT"
            index += self.mark(index) == "MATERIALIZED"
            table = CommonTable(name, columns, None, len(query.with_tables), place)
            query.with_tables.append(table)
            if self.mark(index) != "(":
                if self.mark(index) in QUERY_WORDS:
                    break
                continue
            closing = min(self.closing[index], end)
            sub = self.new(index + 1, closing, query)
            sub.table, sub.is_apart, table.query = table, True, sub
            self.walk(sub, index + 1, closing, depth + 1)
            index = closing + 1
            if self.mark(index) != ",":
                break
            index += 1
        return index

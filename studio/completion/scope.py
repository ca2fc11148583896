"""Which columns a place sees: sources, their columns, and queries around queries.

The rules are those of README.md beside this file, by experiment on both engines.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from studio.completion.known import CompletionCatalog
from studio.model.catalog import Column, Table
from studio.sqltext.places.place import Looked, Place
from studio.sqltext.places.query import CommonTable, QueryBlock, QuerySource
from studio.sqltext.places.shape import StatementShape
from studio.sqltext.places.signs import NOT_AN_ALIAS
from studio.sqltext.tokens import TokenKind

_DEEPEST = 12
"""Queries within queries that are followed for their columns."""
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})


@dataclass(frozen=True, slots=True)
class Col:
    """A column that can be named, and the table's own where it is one."""

    name: str
    column: Column | None = None
    table: Table | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SourceColumns:
    """A source with its columns."""

    source: QuerySource
    columns: tuple[Col, ...]
    table: Table | None = None
    distance: int = 0
    """How many queries lie between."""


class StatementScope:
    """What is visible in one statement."""

    def __init__(self, known: CompletionCatalog, looked: Looked) -> None:
        self.known = known
        self.shape: StatementShape = looked.shape
        self.place: Place = looked.place
        self.at = looked.at
        self._columns: dict[int, tuple[Col, ...]] = {}
        self._queries: dict[int, tuple[Col, ...]] = {}

    # -- what is visible here --------------------------------------------------------------------

    def items(self) -> list[SourceColumns]:
        """Every source visible at the cursor, the innermost query's first."""
        found: list[SourceColumns] = []
        query: QueryBlock | None = self.place.query
        distance = 0
        sources = self._own(self.place.query)
        while query is not None:
            found += [self.item(source, query, distance) for source in sources]
            sources = []
            if query.is_apart or query.parent is None:
                break
            within, parent = query.within, query.parent
            if within is None:
                sources = self._readable(parent)
            elif within.lateral:
                sources = [s for s in parent.sources if s.start < within.start]
            query, distance = parent, distance + 1
        return found

    def _own(self, query: QueryBlock) -> list[QuerySource]:
        """The sources of the cursor's own query that it sees where it stands."""
        join, clause = self.place.join, self.place.clause
        if join is not None:
            return self._left_of(join, query)
        if clause == "RETURNING":
            return self._returned(query)
        if clause == "VALUES" and query.verb == "INSERT":
            return []
        if query.verb == "MERGE" and clause == "VALUES":
            return [source for source in query.sources if not source.is_target]
        return self._readable(query)

    def _readable(self, query: QueryBlock) -> list[QuerySource]:
        if query.verb == "INSERT" and query.target is not None:
            return [query.target, *query.sources]
        return query.sources

    def _returned(self, query: QueryBlock) -> list[QuerySource]:
        target = query.target
        if target is None:
            return query.sources
        if self.known.vocabulary.returning_sees_sources:
            return [target, *(s for s in query.sources if s is not target)]
        name = target.parts[-1]
        return [_as_named(target, name)]

    def _left_of(self, join: QuerySource, query: QueryBlock) -> list[QuerySource]:
        """What an ON sees: its join and what is joined before; later ones only on SQLite, last."""
        left = [
            source for source in query.sources
            if source.start <= join.start and not self._is_outside(source, join)
        ]  # fmt: skip
        if self.known.vocabulary.strict_order:
            return [s for s in left if s.behind_comma == join.behind_comma or s.is_target]
        return left + [source for source in query.sources if source.start > join.start]

    def _is_outside(self, source: QuerySource, join: QuerySource) -> bool:
        """Whether parentheses that hold the join and its ON open behind `source`."""
        shape = self.shape
        between = range(source.end, join.start)
        return any(shape.mark(i) == "(" and shape.closing[i] >= self.at for i in between)

    def item(self, source: QuerySource, query: QueryBlock, distance: int = 0) -> SourceColumns:
        """A source with its columns."""
        return SourceColumns(
            source, self.columns(source, query), self.table(source, query), distance
        )

    def table(self, source: QuerySource, query: QueryBlock) -> Table | None:
        """The relation a source is, where no WITH hides it."""
        if source.query is not None or source.is_call or self.common_table(source, query):
            return None
        return self.known.table(source.parts)

    # -- columns ---------------------------------------------------------------------------------

    def columns(self, source: QuerySource, query: QueryBlock, depth: int = 0) -> tuple[Col, ...]:
        """The columns of a source, under the names its alias gives them."""
        key = id(source)
        if key not in self._columns:
            self._columns[key] = ()  # What refers to itself has no columns while they are read.
            found = _renamed(self._unnamed(source, query, depth), source.columns)
            self._columns[key] = found
        return self._columns[key]

    def _unnamed(self, source: QuerySource, query: QueryBlock, depth: int) -> tuple[Col, ...]:
        if depth > _DEEPEST:
            return ()
        if source.query is not None:
            return _reachable(self.of_query(source.query, depth + 1))
        if source.is_call:
            return self._of_call(source)
        common = self.common_table(source, query)
        if common is not None:
            return self.of_common_table(common, depth + 1)
        table = self.known.table(source.parts)
        if table is not None:
            return of_table(table)
        engines = self.known.vocabulary.system_tables.get(self.known.key(source.parts[-1]))
        return self._used(source) if engines is None else tuple(map(Col, engines))

    def _used(self, source: QuerySource) -> tuple[Col, ...]:
        """Of a relation nobody knows: the names this statement already has behind its alias."""
        shape = self.shape
        found = [
            shape.name(index)
            for index in range(2, len(shape.tokens))
            if index != shape.cursor
            and shape.marks[index - 1] == "."
            and shape.is_name(index)
            and shape.is_name(index - 2)
            and shape.marks[index] not in NOT_AN_ALIAS
            and self.known.same(shape.name(index - 2), source.alias)
        ]
        return tuple(Col(name) for name in dict.fromkeys(found))

    def _of_call(self, source: QuerySource) -> tuple[Col, ...]:
        routine = self.known.routine(source.parts, source.called_with)
        more = (Col("ordinality"),) if source.with_ordinality else ()
        if routine is None:
            return tuple(Col(name) for name in source.columns) or more
        relation = routine.relation and self.known.catalog.find(routine.relation)
        if routine.columns:
            return (*(Col(name, detail=kind) for name, kind in routine.columns), *more)
        if relation:
            return (*of_table(relation), *more)
        return (Col(source.alias, detail=routine.returns), *more)

    def common_table(self, source: QuerySource, query: QueryBlock) -> CommonTable | None:
        """What WITH defines by the name of a source."""
        if len(source.parts) != 1 or source.is_call or source.is_target:
            return None
        return next(
            (t for t in self.common_tables(query) if self.known.same(t.name, source.parts[0])), None
        )

    def common_tables(self, query: QueryBlock) -> Iterator[CommonTable]:
        """What WITH defines and `query` sees, its own first."""
        level: QueryBlock | None = query
        inside: CommonTable | None = None
        while level is not None:
            for table in level.with_tables:
                if inside is None or self._sees(level, table, inside):
                    yield table
            inside = level.table
            level = level.parent

    def _sees(self, owner: QueryBlock, table: CommonTable, inside: CommonTable) -> bool:
        if owner.is_recursive:
            return True
        if not self.known.vocabulary.strict_order:
            return table is not inside
        return table.index < inside.index

    def of_common_table(self, table: CommonTable, depth: int = 0) -> tuple[Col, ...]:
        """The columns of what WITH defines."""
        found = () if table.query is None else self.of_query(table.query, depth)
        return _renamed(found, table.columns)

    # -- what a query gives ----------------------------------------------------------------------

    def of_query(self, query: QueryBlock, depth: int = 0) -> tuple[Col, ...]:
        """The columns of a query: those of its first branch."""
        key = id(query)
        if key not in self._queries:
            self._queries[key] = ()
            self._queries[key] = tuple(self._given(query, depth))
        return self._queries[key]

    def _given(self, query: QueryBlock, depth: int) -> Iterator[Col]:
        if depth > _DEEPEST:
            return
        if query.verb == "VALUES":
            yield from self._rows(query)
            return
        name = "RETURNING" if query.verb in _WRITES else "SELECT"
        bounds = query.clause(name)
        if bounds is not None:
            for first, last in self.shape.items(*bounds):
                yield from self._of_item(query, first, last, depth)

    def _rows(self, query: QueryBlock) -> Iterator[Col]:
        bounds = query.clause("VALUES")
        if bounds and self.shape.mark(bounds[0]) == "(":
            end = min(self.shape.closing[bounds[0]], query.end)
            for index, _ in enumerate(self.shape.items(bounds[0] + 1, end), 1):
                yield Col(f"column{index}")

    def _of_item(self, query: QueryBlock, first: int, last: int, depth: int) -> Iterator[Col]:
        """The columns one item of a list gives."""
        shape = self.shape
        while first < last and shape.marks[first] in {"DISTINCT", "ALL"}:
            first += 1
            if shape.mark(first) == "ON" and shape.mark(first + 1) == "(":
                first = shape.behind(first + 1)
        if first >= last:
            return
        if shape.marks[last - 1] == "*":
            yield from self._star(query, first, last, depth)
            return
        name = item_name(shape, first, last, names_calls=self.known.vocabulary.names_calls)
        parts, end = shape.dotted(first)
        if name:
            is_alias = end != last
            found = (
                None
                if is_alias and not self._only_renamed(end, last)
                else (self.resolve(parts, query, depth))
            )
            if found is None:
                yield Col(name)
            else:
                yield Col(name, found.column, found.table)

    def _only_renamed(self, end: int, last: int) -> bool:
        return last - end == 1 or (last - end == 2 and self.shape.marks[end] == "AS")  # noqa: PLR2004

    def _star(self, query: QueryBlock, first: int, last: int, depth: int) -> Iterator[Col]:
        qualifier, _ = self.shape.dotted(first)
        sources = self._returned(query) if query.verb in _WRITES else query.sources
        if qualifier and last - first > 1:
            sources = [s for s in sources if self.known.same(s.alias, qualifier[-1])]
        elif last - first > 1:
            return
        shared: set[str] = set()
        for source in sources:
            for col in self.columns(source, query, depth + 1):
                key = self.known.key(col.name)
                is_shared = source.is_natural or key in map(self.known.key, source.shared)
                if not (is_shared and key in shared):
                    yield col
                shared.add(key)

    def resolve(self, parts: tuple[str, ...], query: QueryBlock, depth: int = 0) -> Col | None:
        """The column a dotted name means in `query`."""
        if not parts:
            return None
        level: QueryBlock | None = query
        while level is not None:
            for source in self._readable(level):
                if len(parts) > 1 and not self.known.same(source.alias, parts[-2]):
                    continue
                for col in self.columns(source, level, depth + 1):
                    if self.known.same(col.name, parts[-1]):
                        return col
            level = None if level.is_apart else level.parent
        return None


def item_name(shape: StatementShape, first: int, last: int, *, names_calls: bool) -> str:
    """The name an item of a list has; "" where it has none that can be used."""
    can_name = shape.is_name(last - 1) and shape.marks[last - 1] not in _NO_NAMES
    if last - first > 1 and can_name and last - 1 != shape.cursor:
        before = shape.tokens[last - 2]
        if before.word == "AS" or _ends_operand(shape, last - 2):
            return shape.name(last - 1)
    parts, end = shape.dotted(first)
    if parts and end == last and last - 1 != shape.cursor:
        return parts[-1]
    if not names_calls:
        return ""
    if parts and shape.mark(end) == "::":
        return parts[-1]
    if parts and shape.mark(end) == "(" and shape.behind(end) == last:
        return parts[-1]
    return _NAMED_BY_ENDS.get((shape.marks[first], shape.marks[last - 1]), "")


_NAMED_BY_ENDS = {("CASE", "END"): "case", ("ARRAY", "]"): "array"}
"""What an item that begins and ends so is called."""


_NOT_BEFORE_ALIAS = frozenset(
    {"AND", "OR", "NOT", "IS", "IN", "LIKE", "ILIKE", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE"}
    | {"DISTINCT", "FROM", "COLLATE", "OVER"}
)


_NO_NAMES = frozenset({"END", "NULL", "TRUE", "FALSE"})


def _ends_operand(shape: StatementShape, index: int) -> bool:
    token = shape.tokens[index]
    if token.kind is TokenKind.OPERATOR:
        return False
    if token.kind is TokenKind.PUNCTUATION:
        return token.text in {")", "]"}
    return shape.marks[index] not in _NOT_BEFORE_ALIAS


def of_table(table: Table) -> tuple[Col, ...]:
    """The columns of a relation that `*` shows."""
    return tuple(
        Col(column.name, column, table, column.type_name)
        for column in table.columns
        if not column.hidden
    )


def _renamed(columns: tuple[Col, ...], names: tuple[str, ...]) -> tuple[Col, ...]:
    """The columns under the names of a list, which may be shorter."""
    if not names:
        return columns
    if not columns:
        return tuple(Col(name) for name in names)
    renamed = [replace(col, name=name) for col, name in zip(columns, names, strict=False)]
    more = (Col(name) for name in names[len(columns) :])
    return (*renamed, *columns[len(renamed) :], *more)


def _reachable(columns: tuple[Col, ...]) -> tuple[Col, ...]:
    """Those whose name no other has: two of one name cannot be told apart from outside."""
    names = [col.name for col in columns]
    return tuple(col for col in columns if names.count(col.name) == 1)


def _as_named(source: QuerySource, name: str) -> QuerySource:
    return QuerySource(
        parts=source.parts, written=name, alias=name, start=source.start, end=source.end,
        is_target=True,
    )  # fmt: skip

"""What an operand can be: columns, values, functions, in the order a place wants them."""

from collections.abc import Iterator

from studio.completion.conditions import by_key, conditions, other_ends
from studio.completion.known import CompletionCatalog
from studio.completion.offer import COMMON, FIRST, FUNCTION, LAST, LATER, LEAD, LIKELY, Offer
from studio.completion.scope import Col, SourceColumns, StatementScope, item_name, of_table
from studio.model.catalog import Table
from studio.model.vocabulary import Routine
from studio.sqltext.places.place import Place, WantedHere
from studio.sqltext.places.query import QueryBlock, QuerySource
from studio.sqltext.tokens import TokenKind

_NO_AGGREGATES = frozenset({"WHERE", "GROUP BY", "FROM", "VALUES", "SET", "USING"})
_WINDOWS_IN = frozenset({"SELECT", "ORDER BY"})
MOST = 60
"""Functions and the like that are offered at once."""
_SHORTEST_ANYWHERE = 2


class Operands:
    """Offers operands at one place."""

    def __init__(self, known: CompletionCatalog, scope: StatementScope, word: str) -> None:
        self.known = known
        self.scope = scope
        self.place: Place = scope.place
        self.word = word
        self.items = scope.items()
        self.wanted = self._other_side()
        self._qualifies = self._has_qualified()

    # -- what the other side of a comparison says ------------------------------------------------

    def _other_side(self) -> Col | None:
        """The column that what stands here is compared with, or put into."""
        place = self.place
        target = self._target()
        if place.column:
            return self._column_of(target, place.column)
        if place.column_index >= 0 and target is not None:
            cols = of_table(target)
            return cols[place.column_index] if place.column_index < len(cols) else None
        if place.compared:
            if len(place.compared) > 1 and (table := self._extra(place.compared[-2])):
                return self._column_of(table, place.compared[-1])
            return self.scope.resolve(place.compared, self._comparing())
        return self._inserted()

    def _comparing(self) -> QueryBlock:
        """The query whose column is compared: the one around, for `x in (select …`."""
        query = self.place.query
        begins = self.scope.shape.mark(self.scope.at - 1) == "SELECT" and query.parent is not None
        return query.parent if begins and query.parent is not None else query

    def _target(self) -> Table | None:
        target = self.place.query.target
        return None if target is None else self.known.table(target.parts)

    def _extra(self, name: str) -> Table | None:
        parts = self.place.extras.get(name.lower())
        return None if parts is None else self.known.table(parts)

    def _column_of(self, table: Table | None, name: str) -> Col | None:
        cols = () if table is None else of_table(table)
        return next((col for col in cols if self.known.same(col.name, name)), None)

    def _inserted(self) -> Col | None:
        """The column that an item of INSERT … SELECT is put into."""
        query, parent = self.place.query, self.place.query.parent
        if parent is None or parent.verb != "INSERT" or not query.is_apart or parent.target is None:
            return None
        bounds = query.clause("SELECT")
        table = self.known.table(parent.target.parts)
        if bounds is None or table is None or self.place.clause != "SELECT":
            return None
        index = sum(1 for _, last in self.scope.shape.items(*bounds) if last < self.scope.at)
        names = parent.filled or table.column_names
        return self._column_of(table, names[index]) if index < len(names) else None

    # -- columns ---------------------------------------------------------------------------------

    def _has_qualified(self) -> bool:
        """Whether another column of this clause is written with its source."""
        shape, query = self.scope.shape, self.place.query
        start, _ = query.clause_at(self.scope.at)
        later = [place for place, _ in query.clauses if place > start]
        end = min(later, default=query.end)
        aliases = {self.known.key(item.source.alias) for item in self.items}
        return any(
            shape.marks[index] == "."
            and index + 1 != self.scope.at
            and shape.is_name(index - 1)
            and self.known.key(shape.name(index - 1)) in aliases
            and shape.mark(index - 2) != "."
            for index in range(start + 1, min(end, len(shape.marks)))
        )

    def columns(self, fit: int = LIKELY) -> Iterator[Offer]:
        """Every column in scope, qualified where its name alone does not say which."""
        seen: dict[str, list[int]] = {}
        for item in self.items:
            for col in item.columns:
                seen.setdefault(self.known.key(col.name), []).append(item.distance)
        shared = {self.known.key(n) for item in self.items for n in item.source.shared}
        natural = any(item.source.is_natural for item in self.items)
        given: set[str] = set()
        wanted = self.wanted
        for item in self.items:
            ends = self._ends(item)
            for col in item.columns:
                key = self.known.key(col.name)
                is_shared = key in shared or (natural and len(seen[key]) > 1)
                if is_shared and key in given:
                    continue
                given.add(key)
                if col is wanted and self.place.compared:
                    continue  # Itself is nothing to compare it with.
                # An outer query's column of the same name is hidden, an inner one hides.
                is_only = sum(distance <= item.distance for distance in seen[key]) == 1
                alone = is_shared or (is_only and not self._qualifies)
                outer = min(item.distance, 1)
                # The other end of a key is meant, however far it is.
                far = 0 if col.name in ends else outer
                yield self._column(item, col, self._fit(col, ends, fit) + far, alone=alone)

    def _column(self, item: SourceColumns, col: Col, fit: int, *, alone: bool) -> Offer:
        name = self.known.spelled(col.name)
        written = item.source.written
        text = name if alone or not written else f"{written}.{name}"
        return Offer(col.name, text, "column", _detail(item, col), fit)

    def _ends(self, item: SourceColumns) -> frozenset[str]:
        return frozenset(other_ends(self.known, self.wanted, item)) if self.wanted else frozenset()

    def _fit(self, col: Col, ends: frozenset[str], fit: int) -> int:
        """Better for the other end of a key, the same name, the same family of types."""
        wanted = self.wanted
        if wanted is None:
            return fit
        names_it = self.place.compared == () and self.known.same(col.name, wanted.name)
        if col.name in ends or names_it:
            return fit - 1
        if col.column is None or wanted.column is None:
            return fit
        return fit if col.column.kind is wanted.column.kind else fit + 1

    def members(self) -> Iterator[Offer]:
        """The columns of what stands in front of the dot."""
        found = self._qualified()
        if found is None:
            return
        ends = self._ends(found)
        others = [item for item in self.items if item is not found]
        if self.place.wanted is WantedHere.CONDITION and self.place.join is not None:
            yield from self._rest_of_conditions(found, others)
        for col in found.columns:
            name = self.known.spelled(col.name)
            yield Offer(col.name, name, "column", _detail(found, col), self._fit(col, ends, COMMON))
        if self.place.wanted is WantedHere.ITEM:
            yield Offer("*", "*", "column", "every column", LATER)

    def _rest_of_conditions(
        self, item: SourceColumns, others: list[SourceColumns]
    ) -> Iterator[Offer]:
        """`customer_id = c.id` behind `o.`."""
        for other in others:
            for pairs, what in by_key(self.known, item, other):
                first = f"{self.known.spelled(pairs[0][0])} = "
                rest = [f"{other.source.written}.{self.known.spelled(b)}" for _, b in pairs]
                text = (
                    first
                    + rest[0]
                    + "".join(
                        f" and {item.source.written}.{self.known.spelled(a)} = {end}"
                        for (a, _), end in zip(pairs[1:], rest[1:], strict=True)
                    )
                )
                join = self.place.join
                whole = f"{item.source.written}.{text}"
                if join is None or not self._stands(whole, join.on_start):
                    yield Offer(text, text, "condition", what, LIKELY)

    def _qualified(self) -> SourceColumns | None:
        qualifier = self.place.qualifier
        table = self._extra(qualifier[0]) if len(qualifier) == 1 else None
        if table is not None:
            return SourceColumns(
                QuerySource(parts=qualifier, alias=qualifier[0]), of_table(table), table
            )
        for item in self.items:
            source = item.source
            if self.known.same(source.alias, qualifier[-1]) and (
                len(qualifier) == 1
                or (not source.has_alias and source.parts[-2:] == qualifier[-2:])
            ):
                return item
        return None

    # -- the rest --------------------------------------------------------------------------------

    def values(self) -> Iterator[Offer]:
        """What the column on the other side can hold."""
        wanted = self.wanted
        if wanted is None or wanted.column is None or not self.place.takes_values:
            return
        for value in self.known.values(wanted.table, wanted.column):
            if value not in self.place.listed:
                yield Offer(value.strip("'"), value, "value", wanted.name, LEAD)

    def conditions(self) -> Iterator[Offer]:
        """What connects the sources here."""
        join = self.place.join
        if join is not None:
            new = next((item for item in self.items if item.source is join), None)
            earlier = [i for i in self.items if i.source.start < join.start and not i.distance]
            pairs = [] if new is None else [(new, earlier)]
        else:
            pairs = self._unconnected()
        for new, earlier in pairs:
            for text, what in conditions(self.known, new, earlier):
                if join is not None and self._stands(text, join.on_start):
                    continue
                yield Offer(text, text, "condition", what, LEAD)

    def _stands(self, condition: str, start: int) -> bool:
        """Whether a condition is written already, from the token `start` on."""
        tokens = self.scope.shape.tokens[start : self.scope.at]
        written = "".join(token.text for token in tokens)
        one, _, other = condition.replace(" ", "").partition("=")
        return f"{one}={other}" in written or f"{other}={one}" in written

    def _unconnected(self) -> list[tuple[SourceColumns, list[SourceColumns]]]:
        """The sources no ON connects, each with those before it, while WHERE is still empty."""
        if (
            self.scope.shape.mark(self.scope.at - 1) != "WHERE"
            and self.place.query.verb == "SELECT"
        ):
            return []
        own = [item for item in self.items if item.distance == 0]
        return [
            (item, own[:place])
            for place, item in enumerate(own)
            if place and not (item.source.on_start or item.source.shared or item.source.is_natural)
        ]

    def functions(self, fit: int = FUNCTION) -> Iterator[Offer]:
        """What may be called here."""
        found, names = self.known.functions
        clause = self.place.clause
        for _, index in names.best(self.word, MOST):
            routine = found[index]
            if routine.is_aggregate and clause in _NO_AGGREGATES:
                continue
            if not self.known.is_near(routine) and len(self.word) < _SHORTEST_ANYWHERE:
                continue
            if routine.is_window and clause not in _WINDOWS_IN:
                continue
            yield call(self.known, routine, fit)

    def named_arguments(self) -> Iterator[Offer]:
        """`p_limit => ` of the function around, for those not given yet."""
        if not self.known.vocabulary.named_arguments or not self.place.call:
            return
        shape, seen = self.scope.shape, set[str]()
        written = {
            shape.name(index - 1)
            for index in range(self.scope.at)
            if shape.tokens[index].text in {"=>", ":="} and shape.is_name(index - 1)
        }
        for routine in self.known.routines.get(self.known.key(self.place.call[-1]), ()):
            for argument in routine.arguments:
                if argument.name and argument.name not in written | seen:
                    seen.add(argument.name)
                    text = f"{self.known.spelled(argument.name)} => "
                    yield Offer(argument.name, text, "argument", argument.type_name, LATER)

    def parameters(self) -> Iterator[Offer]:
        """The parameters this statement has, where one is compared."""
        if self.word or not (self.place.compared or self.place.column):
            return
        for token in self.scope.shape.tokens:
            if token.kind is TokenKind.PARAMETER and not token.text.startswith("?"):
                yield Offer(token.text, token.text, "parameter", "of this statement", LATER)

    def system_columns(self) -> Iterator[Offer]:
        """`rowid` and its like, where they are begun."""
        if any(item.table is not None for item in self.items if item.distance == 0):
            for name in self.known.vocabulary.system_columns:
                if len(self.word) >= _SHORTEST_ANYWHERE and name.startswith(self.word):
                    yield Offer(name, name, "column", "of the engine", COMMON)

    def functions_of(self, schema: str) -> Iterator[Offer]:
        """The functions of one schema."""
        for routine in self.known.functions_by_schema.get(self.known.key(schema), ()):
            offer = call(self.known, routine, COMMON)
            yield offer._replace(text=offer.text.split(".", 1)[-1])

    def aliases(self) -> Iterator[Offer]:
        """The sources by their aliases."""
        for item in self.items:
            source = item.source
            if source.has_alias and source.written.lower() != self.word:
                name = source.parts[-1] if source.parts else "query"
                yield Offer(source.alias, f"{source.written}.", "alias", name, LATER)

    def extras(self) -> Iterator[Offer]:
        """`excluded`, `new` and `old`; the column that is set first."""
        for name, parts in self.place.extras.items():
            table = self.known.table(parts)
            if name == "excluded" and self.wanted is not None and self.place.clause == "SET":
                text = f"{name}.{self.known.spelled(self.wanted.name)}"
                yield Offer(text, text, "column", "the row that was to be inserted", FIRST)
            fit = LATER if self.items else LIKELY
            yield Offer(name, f"{name}.", "alias", str(table.ref) if table else "", fit)

    def outputs(self, fit: int) -> Iterator[Offer]:
        """The names that the list of this query gives to its items."""
        query = self.place.query.first or self.place.query
        for name, text, is_alias, aggregates in self._list(query):
            if is_alias and not (aggregates and self.place.clause == "GROUP BY"):
                yield Offer(name, text, "column", "of the list", fit)

    def listed(self, fit: int, *, grouping: bool = False) -> Iterator[Offer]:
        """The items of the list, by their names, as ORDER BY and GROUP BY repeat them."""
        query = self.place.query.first or self.place.query
        for name, text, is_alias, aggregates in self._list(query):
            if not (grouping and aggregates):
                later = grouping and is_alias
                yield Offer(name, text, "column", "of the list", fit + later)

    def _list(self, query: QueryBlock) -> Iterator[tuple[str, str, bool, bool]]:
        """Name, text, whether it is an alias, whether it aggregates; of each item of the list."""
        shape = self.scope.shape
        bounds = query.clause("SELECT")
        if bounds is None:
            return
        for first, last in shape.items(*bounds):
            begin = first + (shape.marks[first] in {"DISTINCT", "ALL"})
            if begin >= last:
                continue
            name = item_name(shape, begin, last, names_calls=False)
            if not name:
                continue
            aggregates = any(
                shape.mark(i + 1) == "(" and self._aggregates(i) for i in range(begin, last)
            )
            is_alias = shape.dotted(begin)[1] != last
            written = shape.tokens[begin:last]
            text = shape.tokens[last - 1].text if is_alias else "".join(t.text for t in written)
            yield name, text, is_alias, aggregates

    def _aggregates(self, index: int) -> bool:
        if not self.scope.shape.is_name(index):
            return False
        found = self.known.routine((self.scope.shape.name(index),))
        return found is not None and found.is_aggregate

    def anywhere(self) -> Iterator[Offer]:
        """Columns of any relation, while no FROM says of which."""
        known_from = self.items or self.place.query.clause("FROM") is not None
        if known_from or self.place.wanted is not WantedHere.ITEM:
            return
        if len(self.word) < _SHORTEST_ANYWHERE:
            return
        names, tables = self.known.column_names
        for index in _beginning(names, self.word):
            name = names[index]
            yield Offer(name, self.known.spelled(name), "column", tables[index], LAST)


def _beginning(names: list[str], word: str) -> range:
    """The places of sorted names that begin with `word`."""
    from bisect import bisect_left  # noqa: PLC0415 - one use

    low = bisect_left(names, word, key=str.lower)
    high = low
    while high < len(names) and high - low < MOST and names[high].lower().startswith(word):
        high += 1
    return range(low, high)


def call(known: CompletionCatalog, routine: Routine, fit: int) -> Offer:
    """A function with its parentheses, the cursor between them where it takes something."""
    # The engine's own are called by their words even where those are reserved: left(), user().
    name = routine.name if routine.schema is None else known.spelled(routine.name)
    if not known.is_near(routine):
        name = f"{known.spelled(routine.schema or '')}.{name}"
    takes = bool(routine.arguments) or routine.is_aggregate
    detail = f"({routine.signature}) → {routine.returns}" if routine.returns else routine.signature
    return Offer(routine.name, f"{name}()", "function", detail, fit, caret=int(takes))


def _detail(item: SourceColumns, col: Col) -> str:
    where = item.source.parts[-1] if item.source.parts else item.source.alias
    kind = col.column.type_name if col.column is not None else col.detail
    return " · ".join(word for word in (where, kind) if word)

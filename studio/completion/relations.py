"""Relations: what FROM, JOIN and the targets of writes take."""

from collections.abc import Iterator

from studio.completion.conditions import by_key
from studio.completion.known import CompletionCatalog
from studio.completion.offer import COMMON, FIRST, FUNCTION, LAST, LATER, LEAD, LIKELY, Offer
from studio.completion.operands import call
from studio.completion.scope import SourceColumns, StatementScope, of_table
from studio.model.catalog import Table, TableKind
from studio.sqltext.places.query import QuerySource

MOST = 60
_SHORTEST_ELSEWHERE = 2
_NOT_WRITTEN = frozenset({TableKind.MATERIALIZED_VIEW})
_MOST_JOINED = 12
_NEVER_ALIASES = frozenset({"as", "in", "or", "on", "is", "by", "to", "if", "do", "no", "of", "at"})


class RelationCandidates:
    """Offers relations at one place."""

    def __init__(
        self, known: CompletionCatalog, scope: StatementScope, word: str, quote: str
    ) -> None:
        self.known = known
        self.scope = scope
        self.word = word
        self.quote = quote

    def sources(self) -> Iterator[Offer]:
        """What may stand in FROM."""
        place = self.scope.place
        if place.qualifier:
            yield from self._of_schema(place.qualifier[-1])
            return
        for table in self.scope.common_tables(place.query):
            if table.name:
                yield Offer(
                    table.name, self.known.spelled(table.name, self.quote), "cte", "WITH", LEAD
                )
        if place.joins:
            yield from self._joined()
        yield from self._used()
        yield from self.named()
        if len(self.word) >= _SHORTEST_ELSEWHERE:
            for name in self.known.vocabulary.system_tables:
                yield Offer(name, name, "table", "of the engine", LAST)
        found, names = self.known.row_functions
        for _, index in names.best(self.word, MOST):
            yield call(self.known, found[index], FUNCTION)

    def targets(self) -> Iterator[Offer]:
        """What may be written to."""
        qualifier = self.scope.place.qualifier
        if qualifier:
            yield from self._of_schema(qualifier[-1], functions=False)
            return
        yield from self.named(writes=True)

    def named(self, *, writes: bool = False) -> Iterator[Offer]:
        """Relations of the path, schemas, then relations of other schemas."""
        found, names = self.known.relations
        for _, index in names.best(self.word, MOST):
            if not (writes and found[index].kind in _NOT_WRITTEN):
                yield self._relation(found[index], COMMON)
        for schema in filter(lambda each: each.name, self.known.catalog.schemas):
            system = schema.is_system or len(self.known.catalog.schemas) == 1
            name = self.known.spelled(schema.name, self.quote)
            yield Offer(schema.name, f"{name}.", "schema", "", LAST if system else LATER)
        if len(self.word) >= _SHORTEST_ELSEWHERE:
            found, names = self.known.elsewhere
            for _, index in names.best(self.word, MOST):
                yield self._relation(found[index], LATER)

    def _relation(self, table: Table, fit: int) -> Offer:
        text = self.known.spelled_relation(table.ref, self.quote)
        return Offer(table.ref.name, text, "table", table.kind.value, fit)

    def _of_schema(self, schema: str, *, functions: bool = True) -> Iterator[Offer]:
        for table in self.known.of_schema(schema):
            text = self.known.spelled(table.ref.name, self.quote)
            fit = LATER if table.kind.is_internal else COMMON
            yield Offer(table.ref.name, text, "table", table.kind.value, fit)
        for routine in self.known.row_functions[0] if functions else ():
            if self.known.same(routine.schema or "", schema):
                offer = call(self.known, routine, LATER)
                yield offer._replace(text=offer.text.split(".", 1)[-1])

    def _used(self) -> Iterator[Offer]:
        """Relations that have the columns this query already names, while it has no source."""
        place, shape = self.scope.place, self.scope.shape
        bounds = place.query.clause("SELECT")
        if bounds is None or place.query.sources:
            return
        names = {
            shape.name(first)
            for first, last in shape.items(*bounds)
            if last - first == 1 and shape.is_name(first)
        }
        if not names:
            return
        for table in self.known.with_columns(names):
            yield self._relation(table, LIKELY)

    def _joined(self) -> Iterator[Offer]:
        """What a foreign key connects with the sources so far; each also with its condition."""
        earlier = [item for item in self.scope.items() if item.distance == 0 and item.table]
        taken = {item.source.alias.lower() for item in earlier}
        seen: dict[object, None] = {}
        for item in reversed(earlier):
            if item.table is None:
                continue
            near = [self.known.catalog.find(key.target) for key in item.table.foreign_keys]
            near += [table for table, _ in self.known.catalog.referencing(item.table.ref)]
            for table in near[:_MOST_JOINED]:
                if table is not None and table.ref not in seen:
                    seen[table.ref] = None
                    yield from self._with_condition(item, table, taken)

    def _with_condition(
        self, item: SourceColumns, table: Table, taken: set[str]
    ) -> Iterator[Offer]:
        plain = self._relation(table, FIRST)
        yield plain._replace(detail="by a foreign key")
        alias = _alias(table.ref.name, taken)
        new = SourceColumns(
            QuerySource(parts=(table.ref.name,), alias=alias, written=alias), of_table(table), table
        )
        for pairs, what in by_key(self.known, item, new):
            on = " and ".join(
                f"{item.source.written}.{self.known.spelled(a)} = {alias}.{self.known.spelled(b)}"
                for a, b in pairs
            )
            yield Offer(table.ref.name, f"{plain.text} {alias} on {on}", "join", what, FIRST)
            return


def _alias(name: str, taken: set[str]) -> str:
    """The shortest initials of a name that are free and no keyword."""
    from studio.completion.matching import parts  # noqa: PLC0415 - one use

    words = parts(name) or ("t",)
    initials = "".join(word[0] for word in words)
    for candidate in (initials[:1], initials, name[:2].lower(), name[:3].lower()):
        if candidate.isidentifier() and candidate not in taken | _NEVER_ALIASES:
            return candidate
    return next(f"{initials}{n}" for n in range(2, 1000) if f"{initials}{n}" not in taken)

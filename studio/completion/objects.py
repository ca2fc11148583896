"""Things by their kind: what DROP, ALTER, GRANT, SET, PRAGMA and their like name."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from studio.completion.known import CompletionCatalog
from studio.completion.made import KINDS
from studio.completion.offer import COMMON, FIRST, LAST, LATER, LEAD, LIKELY, Offer
from studio.completion.operands import call
from studio.completion.scope import Col, StatementScope, of_table
from studio.model.catalog import Table, TableKind
from studio.model.relation import TableRef
from studio.model.vocabulary import Routine

_KINDS: Mapping[str, frozenset[TableKind]] = {
    "table": frozenset(
        {TableKind.TABLE, TableKind.PARTITIONED, TableKind.PARTITION, TableKind.TEMPORARY}
        | {TableKind.VIRTUAL, TableKind.FOREIGN}
    ),
    "view": frozenset({TableKind.VIEW}),
    "materialized view": frozenset({TableKind.MATERIALIZED_VIEW}),
    "relation": frozenset(TableKind) - {TableKind.SYSTEM, TableKind.SHADOW},
    "indexable": frozenset(
        {TableKind.TABLE, TableKind.PARTITIONED, TableKind.PARTITION, TableKind.TEMPORARY}
        | {TableKind.MATERIALIZED_VIEW}
    ),
}
_NAMES_ROUTINES = frozenset({"DROP", "ALTER", "COMMENT", "GRANT", "REVOKE"})


class ObjectCandidates:
    """Offers what is of one kind."""

    def __init__(
        self, known: CompletionCatalog, scope: StatementScope, word: str, quote: str
    ) -> None:
        self.known = known
        self.scope = scope
        self.word = word
        self.quote = quote
        self.made: tuple[str, ...] = ()
        """What the text itself makes of the kind that is wanted, as it is written."""

    def of_kind(self, kind: str) -> Iterator[Offer]:
        """Everything of `kind` that can be named here."""
        if kind in _KINDS:
            yield from self._relations(_KINDS[kind])
            return
        what, _, of = kind.partition(" ")
        read = self._readers().get(what)
        if read is not None:
            yield from read(of)

    def _readers(self) -> Mapping[str, Callable[[str], Iterator[Offer]]]:
        return {
            "index": lambda _: self._indexes(),
            "indexed": lambda _: chain(self._relations(_KINDS["table"]), self._indexes()),
            "triggered": lambda _: self._triggered(),
            "trigger": lambda _: self._triggers(),
            "collation": lambda _: self._collations(),
            "module": lambda _: self._modules(),
            "sequence": lambda _: self._named("sequence", self._sequences()),
            "type": lambda _: self._named("type", self._types()),
            "domain": lambda _: self._named("type", self._domains()),
            "function": lambda _: self._functions(),
            "procedure": lambda _: self._procedures(),
            "schema": lambda _: self._schemas(),
            "setting": self._settings,
            "shown": lambda _: self._shown(),
            "pragma": self._pragmas,
            **dict.fromkeys(KINDS, lambda _: self._made()),
            "column": lambda _: self._relations(_KINDS["relation"]),
        }

    def _made(self) -> Iterator[Offer]:
        kind = self.scope.place.kind
        for written in self.made:
            yield Offer(written.strip('"'), written, kind, "of this text", LEAD)

    def _own_tables(self) -> Iterator[Table]:
        for schema in self.known.catalog.schemas:
            if not schema.is_system:
                yield from (table for table in schema.tables if not table.kind.is_internal)

    def _relations(self, kinds: frozenset[TableKind]) -> Iterator[Offer]:
        qualifier = self.scope.place.qualifier
        if qualifier:
            for table in self.known.of_schema(qualifier[-1]):
                if table.kind in kinds:
                    name = self.known.spelled(table.ref.name, self.quote)
                    yield Offer(table.ref.name, name, "table", table.kind.value)
            return
        for fit, (found, names) in (
            (COMMON, self.known.relations), (LATER, self.known.elsewhere)
        ):  # fmt: skip
            for _, index in names.best(self.word, len(names.names)):
                table = found[index]
                if table.kind in kinds:
                    text = self.known.spelled_relation(table.ref, self.quote)
                    yield Offer(table.ref.name, text, "table", table.kind.value, fit)

    def _indexes(self) -> Iterator[Offer]:
        of = self.known.table(self.scope.place.of) if self.scope.place.of else None
        for table in self._own_tables() if of is None else (of,):
            for index in table.indexes:
                if not index.constraint:
                    ref = TableRef(table.ref.schema, index.name)
                    yield self._of(ref, "index", str(table.ref))

    def _triggers(self) -> Iterator[Offer]:
        of = self.known.table(self.scope.place.of) if self.scope.place.of else None
        for table in self._own_tables() if of is None else (of,):
            for trigger in table.triggers:
                name = self.known.spelled(trigger.name, self.quote)
                yield Offer(trigger.name, name, "trigger", str(table.ref))

    def _triggered(self) -> Iterator[Offer]:
        """The tables that have a trigger of the name, then the others."""
        wanted = self.scope.place.names
        for table in self._own_tables():
            if any(self.known.same(each.name, wanted[-1]) for each in table.triggers if wanted):
                yield self._of(table.ref, "table", table.kind.value)._replace(fit=LEAD)
        yield from self._relations(_KINDS["relation"])

    def _of(self, ref: TableRef, kind: str, detail: str = "") -> Offer:
        name = self.known.spelled(ref.name, self.quote)
        near = ref.schema is None or ref.schema in self.known.path
        bare = near or bool(self.scope.place.qualifier)
        text = name if bare else f"{self.known.spelled(ref.schema or '')}.{name}"
        return Offer(ref.name, text, kind, detail, COMMON if near else LATER)

    def _named(self, kind: str, refs: Iterator[TableRef]) -> Iterator[Offer]:
        qualifier = self.scope.place.qualifier
        for ref in refs:
            if not qualifier or self.known.same(ref.schema or "", qualifier[-1]):
                yield self._of(ref, kind)

    def _sequences(self) -> Iterator[TableRef]:
        """Those that stand alone first: one of a column goes with it."""
        for schema in self.known.catalog.schemas:
            alone_first = sorted(schema.sequences, key=lambda each: each.owned_by is not None)
            yield from (sequence.ref for sequence in alone_first)

    def _types(self) -> Iterator[TableRef]:
        for schema in self.known.catalog.schemas:
            yield from (enum.ref for enum in schema.enums)
        yield from self._domains()
        yield from self.known.vocabulary.own_types

    def _domains(self) -> Iterator[TableRef]:
        for schema in self.known.catalog.schemas:
            if not schema.is_system:
                yield from (domain.ref for domain in schema.domains)

    def types(self) -> Iterator[Offer]:
        """What may stand behind `::`: the engine's common ones, people's own, rows of tables."""
        if not self.scope.place.qualifier:
            for name in self.known.vocabulary.types:
                yield Offer(name, name, "type", "", LIKELY)
        yield from self._named("type", self._types())
        if self.known.vocabulary.own_types or self.word:
            for offer in self._named("type", (table.ref for table in self._own_tables())):
                if self.known.syntax.folds_names:
                    yield offer._replace(fit=LAST, detail="row of the table")

    def _functions(self) -> Iterator[Offer]:
        is_trigger = self.scope.shape.mark(0) == "CREATE"
        callable_ones = () if is_trigger else self.known.functions[0]
        for routine in (*callable_ones, *self.known.trigger_functions):
            if routine.schema is not None and self._is_of_schema(routine):
                yield self._called(routine)

    def _procedures(self) -> Iterator[Offer]:
        for routine in self.known.procedures:
            if (routine.schema is not None or self.word) and self._is_of_schema(routine):
                yield self._called(routine)

    def _is_of_schema(self, routine: Routine) -> bool:
        qualifier = self.scope.place.qualifier
        return not qualifier or self.known.same(routine.schema or "", qualifier[-1])

    def _called(self, routine: Routine) -> Offer:
        """With parentheses where it is called, by its name alone where it is only named."""
        offer = call(self.known, routine, COMMON)
        if self.scope.place.qualifier:
            offer = offer._replace(text=offer.text.split(".", 1)[-1])
        if self.scope.shape.mark(0) in _NAMES_ROUTINES:
            return offer._replace(text=offer.text.removesuffix("()"), caret=0)
        return offer

    def _schemas(self) -> Iterator[Offer]:
        for schema in filter(lambda each: each.name, self.known.catalog.schemas):
            fit = LAST if schema.is_system else COMMON
            yield Offer(schema.name, self.known.spelled(schema.name, self.quote), "schema", "", fit)

    def _settings(self, name: str) -> Iterator[Offer]:
        settings = self.known.vocabulary.settings
        if not name:
            yield from (Offer(found, found, "setting", "") for found in sorted(settings))
            return
        for value in settings.get(name, ()):
            yield Offer(value, value, "value", name)

    def _shown(self) -> Iterator[Offer]:
        for name in sorted((*self.known.vocabulary.settings, *self.known.vocabulary.shown)):
            yield Offer(name, name, "setting", "")

    def _pragmas(self, name: str) -> Iterator[Offer]:
        pragmas = self.known.vocabulary.pragmas
        if not name:
            yield from (Offer(found, found, "pragma", "") for found in sorted(pragmas))
            return
        for value in self.known.vocabulary.settings.get(name, ()):
            yield Offer(value, value, "value", name)
        kind = pragmas.get(name, "")
        if kind:
            yield from self.of_kind("relation" if kind == "table" else kind)

    def _collations(self) -> Iterator[Offer]:
        for name in self.known.vocabulary.collations:
            yield Offer(name, self.known.spelled(name, self.quote), "collation", "", LEAD)

    def _modules(self) -> Iterator[Offer]:
        for name in self.known.vocabulary.modules:
            yield Offer(name, name, "module", "", LEAD)

    # -- parts of one relation -------------------------------------------------------------------

    def columns(self) -> Iterator[Offer]:
        """The columns of the relation the statement names, its key first where that is meant."""
        place = self.scope.place
        table = self.known.table(place.of)
        for name in place.names:
            if not self._is_listed(Col(name)):
                yield Offer(name, self.known.spelled(name, self.quote), "column", "of this table")
        for col in () if table is None else of_table(table):
            if not self._is_listed(col) and (place.kind != "copied" or _is_writable(col)):
                is_key = place.kind == "key" and table is not None and col.name in table.primary_key
                yield self._column(col, FIRST if is_key else LIKELY)

    def _is_listed(self, col: Col) -> bool:
        return any(self.known.same(col.name, name) for name in self.scope.place.listed)

    def _column(self, col: Col, fit: int) -> Offer:
        name = self.known.spelled(col.name, self.quote)
        where = col.table.ref.name if col.table is not None else ""
        return Offer(col.name, name, "column", f"{where} · {col.detail}".strip(" ·"), fit)

    def constraints(self) -> Iterator[Offer]:
        """Names of constraints: those of unique keys for ON CONFLICT, else all."""
        place = self.scope.place
        target = place.query.target
        table = self.known.table(place.of or (target.parts if target is not None else ()))
        if table is None:
            return
        keys = [index for index in table.indexes if index.constraint and index.unique]
        keys.sort(key=lambda index: index.columns != table.primary_key)
        for index in keys:
            yield Offer(index.name, self.known.spelled(index.name), "constraint", "unique key")
        others = [key.name for key in table.foreign_keys] + [check.name for check in table.checks]
        for name in others if place.of else ():
            if name:
                yield Offer(name, self.known.spelled(name), "constraint", "")

    # -- writes ----------------------------------------------------------------------------------

    def filled(self) -> Iterator[Offer]:
        """Columns an INSERT can fill: those it must, those it may, all, and numbered ones last."""
        table = self._target()
        cols = [col for col in of_table(table) if _is_writable(col)] if table is not None else []
        left = [col for col in cols if not self._is_listed(col)]
        for col in left:
            yield self._column(col, _need(col))
        if not self.scope.place.listed and not self.word:
            named = [self.known.spelled(c.name) for c in left if c.column and not c.column.identity]
            if len(named) > 1:
                text = ", ".join(named)
                yield Offer(text, text, "columns", "all of them", LATER)

    def changed(self) -> Iterator[Offer]:
        """Columns that SET can change; those by which an ON CONFLICT found the row come last."""
        table, shape = self._target(), self.scope.shape
        key = shape.names_in(shape.marks.index("CONFLICT") + 1) if "CONFLICT" in shape.marks else ()
        for col in () if table is None else of_table(table):
            if _is_writable(col) and not self._is_listed(col) and col.column is not None:
                is_late = col.column.identity or any(self.known.same(col.name, n) for n in key)
                yield self._column(col, LATER if is_late else LIKELY)

    def unique(self) -> Iterator[Offer]:
        """The columns of unique keys, key by key."""
        table, listed = self._target(), self.scope.place.listed
        if table is None:
            return
        keys = [index.columns for index in table.indexes if index.unique and index.columns]
        if table.primary_key:
            keys.insert(0, table.primary_key)
        for columns in dict.fromkeys(keys):
            left = [name for name in columns if name not in listed]
            if len(left) == len(columns) - len(listed) and left:
                text = ", ".join(self.known.spelled(name) for name in left)
                yield Offer(text, text, "column", "unique key", LIKELY)

    def shared(self) -> Iterator[Offer]:
        """Columns that both sides of a join have, those of its key first."""
        place = self.scope.place
        items = [item for item in self.scope.items() if item.distance == 0]
        new = next((item for item in items if item.source is place.join), None)
        if new is None or place.join is None:
            return
        keyed: set[str] = set()
        theirs: set[str] = set()
        for item in items:
            if item.source.start >= place.join.start:
                continue
            theirs |= {self.known.key(col.name) for col in item.columns}
            if item.table is not None and new.table is not None:
                for _, key in self.known.keys_between(new.table, item.table):
                    keyed |= {
                        n for n, m in zip(key.columns, key.target_columns, strict=False) if n == m
                    }
        for col in new.columns:
            if self.known.key(col.name) in theirs and not self._is_listed(col):
                yield self._column(col, FIRST if col.name in keyed else LIKELY)

    def _target(self) -> Table | None:
        target = self.scope.place.query.target
        return None if target is None else self.known.table(target.parts)


def _is_writable(col: Col) -> bool:
    return col.column is None or col.column.generated is None


def _need(col: Col) -> int:
    column = col.column
    if column is None:
        return COMMON
    if column.identity:
        return LAST
    return COMMON if column.nullable or column.default is not None else LIKELY

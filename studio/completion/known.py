"""One database in memory, as completion looks at it: made once for a catalog, swapped whole."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from studio.completion.matching import Names
from studio.model.catalog import Catalog, Column, ColumnKind, ForeignKey, Table, TableKind
from studio.model.relation import TableRef
from studio.model.vocabulary import Routine, SessionNames, Vocabulary
from studio.sqltext.listed_values import listed_values
from studio.sqltext.syntax import Syntax
from studio.sqltext.tokens import folded

_SYSTEM_PATH = ("pg_catalog", "sys")


@dataclass(frozen=True)
class CompletionCatalog:
    """A catalog, the engine's words, and how its SQL is read."""

    catalog: Catalog
    vocabulary: Vocabulary
    syntax: Syntax

    def prepare(self) -> None:
        """Build every index now: in a thread, so that no key pays for it."""
        for names in (self.relations, self.elsewhere, self.functions, self.row_functions):
            names[1].best("zzz", 1)
        _ = self.column_names, self._tables_by_column, self._domains, self.procedures
        _ = self.functions_by_schema, self._bare
        for table in self.relations[0][:1]:
            self.catalog.referencing(table.ref)

    def seen_by(self, session: SessionNames) -> "CompletionCatalog":
        """The same as one session sees it: with what only that one has, and its own path."""
        own = {schema.name for schema in session.schemas}
        others = (schema for schema in self.catalog.schemas if schema.name not in own)
        return CompletionCatalog(
            replace(self.catalog, schemas=(*session.schemas, *others)),
            replace(self.vocabulary, path=session.path or self.vocabulary.path),
            self.syntax,
        )

    # -- names -----------------------------------------------------------------------------------

    def same(self, one: str, other: str) -> bool:
        """Whether two names, as the engine folds them, are one name to it."""
        return one == other or (not self.syntax.folds_names and folded(one) == folded(other))

    def key(self, name: str) -> str:
        """What names are looked up by."""
        return name if self.syntax.folds_names else folded(name)

    @cached_property
    def _bare(self) -> re.Pattern[str]:
        return re.compile(self.vocabulary.bare)

    def spelled(self, name: str, quote: str = "") -> str:
        """A name as it is written: in the quotes that were opened, or in some if it needs them."""
        if not quote and self._bare.fullmatch(name) and name.lower() not in self.vocabulary.quoted:
            return name
        quote = quote or '"'
        if quote == "[":
            return f"[{name}]"
        return f"{quote}{name.replace(quote, quote * 2)}{quote}"

    def says(self, words: str) -> bool:
        """Whether the engine has these keywords."""
        known = self.vocabulary.keywords
        return not known or all(word in known for word in words.split() if word.isalpha())

    # -- relations -------------------------------------------------------------------------------

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The schemas in which a bare name is found."""
        path = self.vocabulary.path
        if path:
            return path
        return tuple(schema.name for schema in self.catalog.schemas if not schema.is_system)[:1]

    @cached_property
    def _by_name(self) -> Mapping[str, list[Table]]:
        found: dict[str, list[Table]] = {}
        for table in self.catalog.tables():
            found.setdefault(self.key(table.ref.name), []).append(table)
        return found

    def table(self, parts: tuple[str, ...]) -> Table | None:
        """The relation a dotted name means."""
        if not parts:
            return None
        named = self._by_name.get(self.key(parts[-1]), [])
        if len(parts) > 1:
            held = {id(table) for table in self.of_schema(parts[-2])}
            return next((table for table in named if id(table) in held), None)
        if not named:
            return None
        path = (*self.path, *_SYSTEM_PATH)
        ranked = [(path.index(t.ref.schema), t) for t in named if t.ref.schema in path]
        # A relation that no path reaches is unknown by its bare name, unless there are no schemas.
        return min(ranked, key=lambda pair: pair[0])[1] if ranked else _without_schema(named)

    @cached_property
    def relations(self) -> tuple[tuple[Table, ...], Names]:
        """What a bare name reaches, the most referenced first, and by its names."""
        own = [t for t in self.catalog.tables() if self.is_reached(t) and not t.kind.is_internal]
        own.sort(key=self._weight)
        return tuple(own), Names([table.ref.name for table in own])

    @cached_property
    def elsewhere(self) -> tuple[tuple[Table, ...], Names]:
        """The relations of other schemas, the system's last."""
        found = [t for t in self.catalog.tables() if not self.is_reached(t) or t.kind.is_internal]
        found = [t for t in found if t.kind is not TableKind.SHADOW]
        found.sort(key=lambda table: (table.kind.is_internal, self._weight(table)))
        return tuple(found), Names([table.ref.name for table in found])

    def _weight(self, table: Table) -> tuple[int, int, int, str]:
        """Where a relation stands among others: before its partitions, referenced ones first."""
        is_part = table.kind is TableKind.PARTITION
        references = min(len(self.catalog.referencing(table.ref)), 99)
        return is_part, -references, len(table.ref.name), table.ref.name

    def is_reached(self, table: Table) -> bool:
        """Whether the bare name finds it."""
        return table.ref.schema is None or self.table((table.ref.name,)) is table

    def of_schema(self, schema: str) -> list[Table]:
        """The relations of one schema, the engine's own last."""
        held = (s for s in self.catalog.schemas if self.same(s.name, schema))
        found = [t for s in held for t in s.tables if t.kind is not TableKind.SHADOW]
        return sorted(found, key=lambda table: (table.kind.is_internal, *self._weight(table)))

    def has_schema(self, name: str) -> bool:
        """Whether there is such a schema."""
        return any(self.same(schema.name, name) for schema in self.catalog.schemas)

    def spelled_relation(self, ref: TableRef, quote: str = "") -> str:
        """A relation as it is written: with its schema where the path does not find it."""
        table = self.catalog.find(ref)
        if table is None or self.is_reached(table):
            return self.spelled(ref.name, quote)
        return f"{self.spelled(ref.schema or '')}.{self.spelled(ref.name, quote)}"

    # -- routines and types ----------------------------------------------------------------------

    @cached_property
    def routines(self) -> Mapping[str, list[Routine]]:
        """Every function and procedure, by name."""
        found: dict[str, list[Routine]] = {}
        for routine in self.vocabulary.routines:
            found.setdefault(self.key(routine.name), []).append(routine)
        return found

    def routine(self, parts: tuple[str, ...], arguments: int = -1) -> Routine | None:
        """A function by its name, the overload with that many arguments if there is one."""
        found = self.routines.get(self.key(parts[-1]), []) if parts else []
        if len(parts) > 1:
            found = [routine for routine in found if self.same(routine.schema or "", parts[-2])]
        fitting = [routine for routine in found if len(routine.arguments) == arguments]
        return next(iter(fitting or found), None)

    def is_near(self, routine: Routine) -> bool:
        """Whether a bare name finds a function."""
        return routine.schema is None or routine.schema in self.path

    def _distinct(self, found: Iterable[Routine]) -> list[Routine]:
        seen: dict[tuple[str | None, str], Routine] = {}
        for routine in found:
            seen.setdefault((routine.schema, routine.name), routine)
        common = {name: place for place, name in enumerate(self.vocabulary.common)}

        def order(routine: Routine) -> tuple[bool, bool, int, str]:
            """People's own, common ones, then the engine's and those of other schemas by name."""
            far = not self.is_near(routine)
            place = common.get(routine.name, len(common)) if routine.schema is None else 0
            return far, routine.schema is None, place, routine.name.lower()

        return sorted(seen.values(), key=order)

    @cached_property
    def functions(self) -> tuple[tuple[Routine, ...], Names]:
        """What may stand in an expression, people's own first."""
        found = tuple(
            r for r in self._distinct(self.vocabulary.routines)
            if not r.is_procedure and not (r.is_set and r.schema is None and r.columns)
            and not r.is_for_triggers
        )  # fmt: skip
        return found, Names([routine.name for routine in found])

    @cached_property
    def row_functions(self) -> tuple[tuple[Routine, ...], Names]:
        """What may stand in FROM."""
        found = tuple(self._distinct(r for r in self.vocabulary.routines if r.gives_rows))
        return found, Names([routine.name for routine in found])

    @cached_property
    def trigger_functions(self) -> tuple[Routine, ...]:
        """What a trigger calls."""
        return tuple(self._distinct(r for r in self.vocabulary.routines if r.is_for_triggers))

    @cached_property
    def functions_by_schema(self) -> Mapping[str, list[Routine]]:
        """People's functions, by their schema."""
        found: dict[str, list[Routine]] = {}
        for routine in self.functions[0]:
            if routine.schema is not None:
                found.setdefault(self.key(routine.schema), []).append(routine)
        return found

    @cached_property
    def procedures(self) -> tuple[Routine, ...]:
        """What CALL takes."""
        return tuple(self._distinct(r for r in self.vocabulary.routines if r.is_procedure))

    @cached_property
    def column_names(self) -> tuple[list[str], list[str]]:
        """The distinct names of people's columns, sorted without case, and a table of each."""
        found: dict[str, str] = {}
        for schema in self.catalog.schemas:
            if schema.is_system:
                continue
            for table in schema.tables:
                if not table.kind.is_internal:
                    for column in table.columns:
                        found.setdefault(column.name, table.ref.name)
        names = sorted(found, key=str.lower)
        return names, [found[name] for name in names]

    @cached_property
    def _tables_by_column(self) -> Mapping[str, list[Table]]:
        found: dict[str, list[Table]] = {}
        for table in self.relations[0]:
            for column in table.columns:
                found.setdefault(self.key(column.name), []).append(table)
        return found

    def with_columns(self, names: set[str], most: int = 12) -> list[Table]:
        """The relations of the path that have all of these columns."""
        lists = [self._tables_by_column.get(self.key(name), []) for name in names]
        shortest = min(lists, key=len, default=[])
        keys = {self.key(name) for name in names}
        fitting = (t for t in shortest if keys <= set(map(self.key, t.column_names)))
        return [table for table, _ in zip(fitting, range(most), strict=False)]

    # -- values ----------------------------------------------------------------------------------

    @cached_property
    def _listed(self) -> dict[TableRef, Mapping[str, tuple[str, ...]]]:
        return {}

    def values(self, table: Table | None, column: Column) -> tuple[str, ...]:
        """The literals a column can hold, where there is a list of them."""
        if column.choices:
            is_bare = column.kind.is_number or column.kind is ColumnKind.BOOLEAN
            return column.choices if is_bare else tuple(map(_literal, column.choices))
        if table is not None:
            if table.ref not in self._listed:
                read = (listed_values(check.expression, self.syntax) for check in table.checks)
                self._listed[table.ref] = {self.key(name): found for name, found in read if found}
            if found := self._listed[table.ref].get(self.key(column.name)):
                # PostgreSQL writes a negative one as a text with a cast.
                number = column.kind.is_number
                return tuple(value.strip("'") for value in found) if number else found
        if column.kind is ColumnKind.BOOLEAN:
            return ("true", "false")
        return self._domains.get(column.type_name.split("(")[0].strip('"'), ())

    @cached_property
    def _domains(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for schema in self.catalog.schemas:
            for domain in schema.domains:
                for check in domain.checks:
                    _, values = listed_values(check.expression, self.syntax)
                    if values:
                        found[domain.ref.name] = found[str(domain.ref)] = values
        return found

    # -- keys ------------------------------------------------------------------------------------

    def keys_between(self, one: Table, other: Table) -> Iterator[tuple[bool, ForeignKey]]:
        """The foreign keys from `one` to `other` (True) and back (False)."""
        for key in one.foreign_keys:
            if key.target == other.ref:
                yield True, key
        for key in other.foreign_keys:
            if key.target == one.ref:
                yield False, key


def _without_schema(named: list[Table]) -> Table | None:
    return next((table for table in named if table.ref.schema is None), None)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

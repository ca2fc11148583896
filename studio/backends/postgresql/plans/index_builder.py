"""Candidates out of conditions: what an index may hold of them, in which order, of which kind."""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from studio.backends.postgresql.plans.accounts import Account
from studio.backends.postgresql.plans.knowledge import Knowledge, qualified
from studio.backends.postgresql.plans.predicate_words import lex
from studio.backends.postgresql.plans.predicates import PredicateTerm, Use, plain
from studio.backends.postgresql.plans.rewrites import ConditionRewrite, rewrite
from studio.model.catalog import ColumnKind, Index, Table, TableRef
from studio.model.finding import IndexHint

TESTING = "A candidate, worth testing: an index slows every write and may not be chosen."
AS_ADVISED = f"It serves the condition as it is advised, not as it is written. {TESTING}"
SPANS = re.compile(
    r":: ?(?:\w+\.)?(?:\w*range|box|box[23]d|circle|polygon|point|path|lseg|inet|cidr"
    r"|geometry|geography)\b"
)
"""Casts to types of which only GiST knows what overlaps; for the others GIN does."""
PATTERN_OPS = "text_pattern_ops"
UNSTABLE = re.compile(
    r"\b(?:now|random|age|to_char|to_date|to_timestamp|clock_timestamp|statement_timestamp"
    r"|timeofday|gen_random_uuid|current_setting)\(|\b(?:CURRENT|LOCAL|SESSION)_?[A-Z]+\b"
    r"|\bto_tsvector\([^,]*\)$|:: ?(?:timestamp|time) with time zone\b|:: ?timestamptz\b"
)
"""What CREATE INDEX refuses because its answer may change."""
WITH_ZONE = frozenset(("timestamptz", "timestamp with time zone"))
TEXT = ColumnKind.TEXT
PRINTED_ALIKE = frozenset((ColumnKind.INTEGER, ColumnKind.UUID))
"""Kinds whose cast to text never depends on a setting."""
ELEMENT = re.compile(
    r"-?[0-9.]+|.*:: ?(?:\w+\.)?(?:smallint|integer|bigint|numeric|date|timestamp|time)\b[^\[\]]*"
)
"""One value, of which only a range can be asked whether it holds it."""


class IndexBuilder:
    """Collects the hints of one scan, dropping what exists already."""

    def __init__(self, account: Account, table: Table | None, known: Knowledge) -> None:
        self.node = account.node
        self.table = table
        self.known = known
        self.hints: list[IndexHint] = []

    def sound(self, found: Iterable[PredicateTerm]) -> list[PredicateTerm]:
        """The terms whose index can be created, as far as text and catalog tell."""
        columns = self.table.columns if self.table else ()
        kinds = {column.name: column.kind for column in columns}
        texts = {column.name for column in columns if column.type_name == "text"}
        kept = []
        for term in found:
            instead = advised_rewrite(term, self.table)
            if instead and not instead.served_by and term.use is not Use.MEMBER:
                kept.append(
                    replace(term, column=instead.column, use=Use.RANGE, is_expression=False)
                )
            if instead and (instead.served_by or term.use is not Use.MEMBER):
                continue
            if term.relabelled and plain(term.column) in texts:
                # A text that is cast to text is compared under another collation: which one, the
                # plan does not say, and an index needs the same.
                continue
            kind = kinds.get(plain(term.column), TEXT)
            if term.relabelled and kind in PRINTED_ALIKE:
                kept.append(replace(term, column=f"({term.column})::text", is_expression=True))
            elif term.relabelled and kind != TEXT:
                continue
            elif not term.is_expression or is_immutable(term.column, _zoned(self.table)):
                kept.append(term)
        return kept

    def special(self, usable: list[PredicateTerm]) -> None:
        """Patterns, containment and rare truths: each an index of its own kind."""
        for term in usable:
            column = part_of(term)
            if term.use is Use.TRIGRAM:
                self.add([column], "trigram", f"USING gin ({column} gin_trgm_ops)")
            elif term.use is Use.MEMBER:
                self.add([column], "gin", f"USING gin ({column})", AS_ADVISED)
            elif term.use is Use.CONTAINMENT:
                spans = SPANS.search(term.constant) or ELEMENT.fullmatch(term.constant)
                kind = "gist" if spans else "gin"
                self.add([column], kind, f"USING {kind} ({column})")
            elif term.use is Use.PREFIX:
                # Unless it stands behind the equalities already.
                if not any(_name(column) in hint.columns for hint in self.hints):
                    self.prefix([], term)
            elif term.use is Use.TRUTH:
                self.add([column], "partial", f"({column}) WHERE {column}")

    def prefix(self, equal: list[str], term: PredicateTerm) -> None:
        """An index by the beginnings of texts, behind columns that have one value."""
        column = part_of(term)
        columns = self.table.columns if self.table else ()
        kind = next((c.type_name for c in columns if c.name == plain(term.column)), "")
        ops = "bpchar_pattern_ops" if kind.startswith(("character(", "bpchar")) else PATTERN_OPS
        self.add([*equal, column], "text_pattern", f"({', '.join([*equal, column])} {ops})")

    def btree(
        self, usable: list[PredicateTerm], indexed: Iterable[PredicateTerm], order: list[str]
    ) -> None:
        """Equalities, the most telling first, then one range or the wanted order."""
        equal = distinct_parts(usable, Use.EQUALITY)
        ranges = distinct_parts(usable, Use.RANGE)
        special = any(term.use in {Use.TRIGRAM, Use.CONTAINMENT, Use.PREFIX} for term in usable)
        if not equal and (not ranges or special):
            return
        # What the index already found was mostly thrown away: the filter's columns tell more.
        equal += [part for part in distinct_parts(indexed, Use.EQUALITY) if part not in equal]
        equal = self._most_distinct_first(equal)
        ranges += distinct_parts(indexed, Use.RANGE)
        last = [part for part in ranges if part not in equal][:1]
        rows = (term.then for term in usable if term.then and [term.column] == last)
        last += [column for column in next(rows, ()) if column not in equal]
        if not ranges:
            last = [column for column in order if column.split(" ")[0] not in equal]
        begins = [term for term in usable if term.use is Use.PREFIX]
        if begins and not ranges and not order:
            self.prefix(equal, begins[0])
        else:
            self.add([*equal, *last], "btree")

    def _most_distinct_first(self, columns: list[str]) -> list[str]:
        if self.table is None or not self.known.distinct:
            return columns
        ref = self.table.ref
        return sorted(columns, key=lambda c: -self.known.distinct.get((ref, plain(c)), 0.0))

    def add(self, columns: list[str], kind: str, definition: str = "", doubt: str = "") -> None:
        """One candidate, unless an existing index begins with it."""
        names = tuple(_name(column) for column in columns)
        existing = self.table.indexes if self.table else ()
        if not names or any(_serves(index, kind, names) for index in existing):
            return
        partition = self.known.partitions.get(TableRef(self.node.schema, self.node.relation))
        where = TableRef(self.node.schema or None, self.node.relation)
        # On a partitioned table nothing is built CONCURRENTLY.
        where, how = (partition.root, "") if partition else (where, "CONCURRENTLY ")
        on = qualified(where.schema, where.name)
        body = definition or f"({', '.join(columns)})"
        replaced = tuple(
            index.name
            for index in existing
            if kind == "btree" and not index.constraint and not index.unique and not partition
            if index.columns and names[: len(index.columns)] == index.columns
        )
        hint = IndexHint(
            table=str(where),
            columns=names,
            sql=f"CREATE INDEX {how}ON {on} {body};",
            kind=kind,
            path=self.node.path,
            doubt=(doubt or _doubt(kind, columns)) + (f" {_OF_ALL}" if partition else ""),
            replaces=replaced,
        )
        if all((hint.columns, hint.kind) != (other.columns, other.kind) for other in self.hints):
            self.hints.append(hint)


def advised_rewrite(term: PredicateTerm, table: Table | None) -> ConditionRewrite | None:
    """What to write instead: where an index on the bare column is there, or none can be made of
    what is written.
    """
    found = rewrite(term, table)
    if found is None or found.served_by or term.use is Use.MEMBER:
        return found
    return None if is_immutable(term.column, _zoned(table)) else found


def _zoned(table: Table | None) -> set[str]:
    columns = table.columns if table else ()
    return {column.name for column in columns if column.type_name in WITH_ZONE}


def is_immutable(expression: str, zoned: Collection[str]) -> bool:
    """Whether an index may hold it; `zoned`: the columns with a time zone.

    What a moment's date or text is hangs on the session's time zone, unless one is named.
    """
    if UNSTABLE.search(expression):
        return False
    names = {plain(token.text) for token in lex(expression) if token.is_name}
    return names.isdisjoint(zoned) or " AT TIME ZONE " in expression


def _serves(index: Index, kind: str, names: tuple[str, ...]) -> bool:
    """Whether there is such an index already."""
    if kind == "btree":
        return begins(index, names)
    whole = index.valid and index.predicate is None and len(index.columns) == len(index.parts)
    return whole and index.method == kind and index.columns == names


def begins(index: Index, names: tuple[str, ...]) -> bool:
    """Whether a b-tree over all rows begins with these columns."""
    return (
        index.valid
        and index.predicate is None
        and index.method == "btree"
        and len(index.columns) == len(index.parts)
        and index.columns[: len(names)] == names
    )


def _name(part: str) -> str:
    """A column without quotes, or an expression without the brackets CREATE INDEX wants."""
    return plain(part[1:-1] if part.startswith("(") and part.endswith(")") else part)


def part_of(term: PredicateTerm) -> str:
    """A term's key as CREATE INDEX wants it: an expression in brackets."""
    return f"({term.column})" if term.is_expression else term.column


def distinct_parts(found: Iterable[PredicateTerm], use: Use) -> list[str]:
    """The keys of one use, each once."""
    return list(dict.fromkeys(part_of(term) for term in found if term.use is use))


_OF_ALL = (
    "It is built on every partition, which can be read but not written meanwhile; ON ONLY, then "
    "CONCURRENTLY on each and ATTACH PARTITION holds nobody up."
)


def _doubt(kind: str, columns: list[str]) -> str:
    if kind == "trigram":
        return "Needs CREATE EXTENSION pg_trgm, and patterns of three letters or more."
    if kind == "text_pattern":
        return "Serves LIKE 'abc%' only; a column in the C collation needs no operator class."
    if any(column.startswith("(") for column in columns):
        return f"The expression must be immutable. {TESTING}"
    return TESTING

"""Indexes worth testing, read out of the conditions a plan had to check row by row.

Equality columns come first, then one range or the columns of the order, never both. A hint is a
candidate: whether it helps is for `prove` to say (explain/README.md, §2).
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from studio.backends.postgresql.plans.accounts import Account, Analysis
from studio.backends.postgresql.plans.predicates import (
    PRINTED,
    Term,
    Use,
    arms,
    conjuncts,
    lex,
    plain,
    terms,
)
from studio.backends.postgresql.plans.rewrites import Rewrite, rewrite
from studio.model.catalog import Catalog, ColumnKind, ForeignKey, Index, Table, TableRef
from studio.model.finding import IndexHint
from studio.sqltext.tokens import seen

TESTING = "A candidate, worth testing: an index slows every write and may not be chosen."
AS_ADVISED = f"It serves the condition as it is advised, not as it is written. {TESTING}"
ORDERED = frozenset(("Sort", "Incremental Sort"))
PASSING = frozenset(("Sort", "Incremental Sort", "Limit", "Gather", "Gather Merge", "Unique"))
BY_INDEX = frozenset(("Index Scan", "Index Only Scan"))
SPANS = re.compile(
    r":: ?(?:\w+\.)?(?:\w*range|box|box[23]d|circle|polygon|point|path|lseg|inet|cidr"
    r"|geometry|geography)\b"
)
"""Casts to types of which only GiST knows what overlaps; for the others GIN does."""
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
AFTER_KEY = frozenset(("COLLATE", "DESC", "NULLS"))


def _no_statistics() -> Mapping[tuple[TableRef, str], float]:
    return MappingProxyType({})


def _no_partitions() -> "MappingProxyType[TableRef, Partition]":
    return MappingProxyType({})


class Partition(NamedTuple):
    """How a partition belongs to a table."""

    key: str
    """What the table right above it is partitioned by, like `RANGE (at)`."""
    root: TableRef
    """The table that all of them are: an index on it is one on each of them."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a connection can add to a plan; everything here may be missing."""

    catalog: Catalog | None = None
    distinct: Mapping[tuple[TableRef, str], float] = field(default_factory=_no_statistics)
    """Distinct values per column; pg_stats' negative shares already multiplied by the row count."""

    shared_buffers: float | None = None
    """Blocks."""
    partitions: Mapping[TableRef, Partition] = field(default_factory=_no_partitions)
    """What is known of those tables that are partitions."""

    def table(self, schema: str, name: str) -> Table | None:
        """The table a plan names; without a schema, the only one of that name."""
        if self.catalog is None:
            return None
        if schema:
            return self.catalog.find(TableRef(schema, name))
        named = [table for table in self.catalog.tables() if table.ref.name == name]
        return named[0] if len(named) == 1 else None


NOTHING_KNOWN = Knowledge()


@lru_cache(maxsize=1024)
def quoted(name: str) -> str:
    """An identifier as PostgreSQL would read it back."""
    from sqlalchemy.dialects.postgresql import dialect  # noqa: PLC0415 - 200 ms only a plan with a hint pays

    preparer = dialect().identifier_preparer  # type: ignore[no-untyped-call]
    return str(preparer.quote(name))


def qualified(schema: str | None, name: str) -> str:
    """A table or function by its full name, as PostgreSQL would read it back."""
    return ".".join(quoted(part) for part in (schema, name) if part)


def for_scan(
    analysis: Analysis, account: Account, known: Knowledge = NOTHING_KNOWN
) -> tuple[IndexHint, ...]:
    """Indexes that could serve one scan of a table better than what it did."""
    node = account.node
    if not node.relation or is_shard(analysis, account):
        return ()
    qualifiers = [node.alias or node.relation, node.relation]
    filtered = terms(node.conditions.get("Filter", ""), qualifiers)
    indexed = terms(_index_condition(analysis, account), qualifiers)
    joined = _join_filter_terms(analysis, account, qualifiers)
    table = known.table(node.schema, node.relation)
    builder = _Builder(account, table, known)
    usable = builder.sound([*filtered, *joined])
    if not any(term.use in {Use.EQUALITY, Use.RANGE} for term in usable):
        for term in builder.sound(arms(node.conditions.get("Filter", ""), qualifiers)):
            builder.add([term.column], "btree")
    # An equality narrows most and for certain, so its index comes first.
    order = _order_columns(analysis, account, indexed, qualifiers)
    builder.btree(usable, indexed, order or _order_of_index(analysis, account, table))
    builder.special(usable)
    return tuple(builder.hints)


def for_join(
    join: Account, account: Account, known: Knowledge = NOTHING_KNOWN
) -> tuple[IndexHint, ...]:
    """The index that would find a scan's rows by the columns it is joined on."""
    node = account.node
    if not node.relation:
        return ()
    qualifiers = [node.alias or node.relation, node.relation]
    builder = _Builder(account, known.table(node.schema, node.relation), known)
    found = terms(join.node.conditions.get("Hash Cond", ""), qualifiers)
    usable = builder.sound(term for term in found if term.joins and term.use is Use.EQUALITY)
    if usable:
        builder.add([_part(term) for term in usable], "btree")
    return tuple(builder.hints)


def for_columns(
    account: Account, columns: list[str], known: Knowledge = NOTHING_KNOWN, including: str = ""
) -> tuple[IndexHint, ...]:
    """One index over columns as SQL writes them, unless there is one that begins with them."""
    node = account.node
    builder = _Builder(account, known.table(node.schema, node.relation), known)
    definition = f"({', '.join(columns)}){including}" if including else ""
    builder.add(columns, "btree", definition)
    return tuple(builder.hints)


def fixed_columns(account: Account, known: Knowledge = NOTHING_KNOWN) -> list[str]:
    """What a scan's filter holds to one value: in front of an order, it costs that nothing."""
    node = account.node
    qualifiers = [node.alias or node.relation, node.relation]
    builder = _Builder(account, known.table(node.schema, node.relation), known)
    found = builder.sound(terms(node.conditions.get("Filter", ""), qualifiers))
    return _distinct_parts((term for term in found if not term.joins), Use.EQUALITY)


def joined_by_index(join: Account, account: Account, known: Knowledge = NOTHING_KNOWN) -> bool:
    """Whether the rows of one side could be found by the columns it is joined on."""
    node = account.node
    found = terms(join.node.conditions.get("Hash Cond", ""), [node.alias or node.relation])
    return any(term.joins and term.use is Use.EQUALITY for term in found) and bool(
        known.table(node.schema, node.relation)
    )


def own_columns(text: str, account: Account) -> list[str]:
    """The bare columns of one table that a list of outputs or keys is made of; nothing when
    something else is in it.
    """
    qualifiers = [account.node.alias or account.node.relation, account.node.relation]
    found = [_own_column(part, qualifiers) for part in comma_separated(text)]
    return found if all(found) else []


def _order_of_index(analysis: Analysis, account: Account, table: Table | None) -> list[str]:
    """The order of an index that is walked until a LIMIT has its rows, for what it filters."""
    node = account.node
    if table is None or node.kind not in BY_INDEX or "Index Cond" in node.conditions:
        return []
    above = next(iter(analysis.ancestors(account)), None)
    if above is None or above.node.kind != "Limit":
        return []
    used = next((index for index in table.indexes if index.name == node.index), None)
    if used is None or len(used.columns) != len(used.parts):
        return []
    return [quoted(name) for name in used.columns]


def is_shard(analysis: Analysis, account: Account) -> bool:
    """Whether a table is one of the many that Citus keeps for one: nobody indexes it by hand."""
    above = analysis.ancestors(account)
    return any(other.node.is_task or other.node.is_citus for other in above)


def _index_condition(analysis: Analysis, account: Account) -> str:
    """The node's own, or that of the Bitmap Index Scans below it when there is exactly one."""
    own = account.node.conditions.get("Index Cond", "")
    if own or account.node.kind != "Bitmap Heap Scan":
        return own
    below = analysis.below(account)
    return below[0].node.conditions.get("Index Cond", "") if len(below) == 1 else ""


def _join_filter_terms(
    analysis: Analysis, account: Account, qualifiers: list[str]
) -> tuple[Term, ...]:
    """Terms of the nested loop that reads this scan as its inner side."""
    node = account.node
    if node.relationship != "Inner" or account.parent is None:
        return ()
    parent = analysis.accounts[account.parent].node
    if parent.kind != "Nested Loop":
        return ()
    return terms(parent.conditions.get("Join Filter", ""), qualifiers)


def _order_columns(
    analysis: Analysis, account: Account, indexed: Iterable[Term], qualifiers: list[str]
) -> list[str]:
    """Columns that an index after the equalities would return in the order wanted above."""
    node, limited = account.node, False
    for above in analysis.ancestors(account):
        if above.node.kind not in PASSING:
            break
        if above.node.kind in ORDERED:
            return sort_columns(above.node.conditions.get("Sort Key", ""), qualifiers)
        limited = limited or above.node.kind == "Limit"
    if limited and node.kind in BY_INDEX:
        return [term.column for term in indexed if term.use is Use.PRESENCE]
    return []


def sort_columns(key: str, qualifiers: list[str]) -> list[str]:
    """`o.total DESC, o.id` → columns of one table with their direction; nothing when others mix in.

    One common direction needs none: an index is read both ways.
    """
    found: list[tuple[str, str]] = []
    for part in comma_separated(key):
        tokens = seen(part, PRINTED)
        end = next((n for n, token in enumerate(tokens) if token.word in AFTER_KEY), len(tokens))
        column = _own_column(part[: tokens[end - 1].end], qualifiers) if end else ""
        if not column:
            return []
        if end < len(tokens) and tokens[end].word == "COLLATE":
            past = next((n for n in range(end + 1, len(tokens)) if tokens[n].word in AFTER_KEY), -1)
            column += f" {part[tokens[end].start : tokens[past - (past > 0)].end]}"
        direction = [t.word for t in tokens[end:] if t.word in {"DESC", "NULLS", "FIRST", "LAST"}]
        found.append((column, "".join(f" {word}" for word in direction)))
    directions = {direction.strip() for _, direction in found}
    if len(directions) == 1 and directions <= {"", "DESC"}:
        return [column for column, _ in found]
    return [f"{column}{direction}" for column, direction in found]


def _own_column(text: str, qualifiers: list[str]) -> str:
    found = conjuncts(lex(text))
    if len(found) != 1 or len(found[0]) != 1:
        return ""
    key = found[0][0]
    return key.column if not key.qualifier or plain(key.qualifier) in qualifiers else ""


def comma_separated(text: str) -> list[str]:
    """The parts of a list, commas in brackets left alone."""
    parts, depth, start = [], 0, 0
    for token in seen(text, PRINTED):
        depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if token.text == "," and depth <= 0:
            parts.append(text[start : token.start].strip())
            start = token.end
    return [*parts, text[start:].strip()]


_OPENING, _CLOSING = frozenset("(["), frozenset(")]")


class _Builder:
    """Collects the hints of one scan, dropping what exists already."""

    def __init__(self, account: Account, table: Table | None, known: Knowledge) -> None:
        self.node = account.node
        self.table = table
        self.known = known
        self.hints: list[IndexHint] = []

    def sound(self, found: Iterable[Term]) -> list[Term]:
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

    def special(self, usable: list[Term]) -> None:
        """Patterns, containment and rare truths: each an index of its own kind."""
        for term in usable:
            column = _part(term)
            if term.use is Use.TRIGRAM:
                self.add([column], "trigram", f"USING gin ({column} gin_trgm_ops)")
            elif term.use is Use.MEMBER:
                self.add([column], "gin", f"USING gin ({column})", AS_ADVISED)
            elif term.use is Use.CONTAINMENT:
                spans = SPANS.search(term.constant) or ELEMENT.fullmatch(term.constant)
                kind = "gist" if spans else "gin"
                self.add([column], kind, f"USING {kind} ({column})")
            elif term.use is Use.PREFIX:
                self.add([column], "text_pattern", f"({column} text_pattern_ops)")
            elif term.use is Use.TRUTH:
                self.add([column], "partial", f"({column}) WHERE {column}")

    def btree(self, usable: list[Term], indexed: Iterable[Term], order: list[str]) -> None:
        """Equalities, the most telling first, then one range or the wanted order."""
        equal = _distinct_parts(usable, Use.EQUALITY)
        ranges = _distinct_parts(usable, Use.RANGE)
        special = any(term.use in {Use.TRIGRAM, Use.CONTAINMENT, Use.PREFIX} for term in usable)
        if not equal and (not ranges or special):
            return
        # What the index already found was mostly thrown away: the filter's columns tell more.
        equal += [part for part in _distinct_parts(indexed, Use.EQUALITY) if part not in equal]
        equal = self._most_distinct_first(equal)
        ranges += _distinct_parts(indexed, Use.RANGE)
        last = [part for part in ranges if part not in equal][:1]
        rows = (term.then for term in usable if term.then and [term.column] == last)
        last += [column for column in next(rows, ()) if column not in equal]
        if not ranges:
            last = [column for column in order if column.split(" ")[0] not in equal]
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


def advised_rewrite(term: Term, table: Table | None) -> Rewrite | None:
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
        return _begins(index, names)
    whole = index.valid and index.predicate is None and len(index.columns) == len(index.parts)
    return whole and index.method == kind and index.columns == names


def _begins(index: Index, names: tuple[str, ...]) -> bool:
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


def _part(term: Term) -> str:
    return f"({term.column})" if term.is_expression else term.column


def _distinct_parts(found: Iterable[Term], use: Use) -> list[str]:
    return list(dict.fromkeys(_part(term) for term in found if term.use is use))


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


def for_foreign_key(
    constraint: str, referenced: str, schema: str, known: Knowledge = NOTHING_KNOWN
) -> IndexHint | None:
    """The index that a foreign key's check had to do without.

    The catalog knows the referencing columns. Without one, a constraint named after its table and
    column, as PostgreSQL and most frameworks do, still tells them; the doubt says so.
    """
    found = _constraint(constraint, known)
    if found:
        table, key = found
        where, columns, doubt = table.ref, key.columns, TESTING
        if any(_begins(index, columns) for index in table.indexes):
            return None
    else:
        guessed = guess_from_name(constraint, referenced)
        if guessed is None:
            return None
        where, columns = TableRef(schema or None, guessed[0]), (guessed[1],)
        doubt = "Table and column are read from the constraint's name: check pg_constraint first."
    on = qualified(where.schema, where.name)
    listed = ", ".join(quoted(column) for column in columns)
    sql = f"CREATE INDEX CONCURRENTLY ON {on} ({listed});"
    return IndexHint(str(where), tuple(columns), sql, "btree", None, doubt)


def _constraint(name: str, known: Knowledge) -> tuple[Table, ForeignKey] | None:
    tables = known.catalog.tables() if known.catalog else ()
    found = [(table, key) for table in tables for key in table.foreign_keys if key.name == name]
    return found[0] if len(found) == 1 else None


def guess_from_name(constraint: str, referenced: str) -> tuple[str, str] | None:
    """`order_items_order_id_fkey` on `orders` → (order_items, order_id); None when it says less."""
    stem = re.sub(r"^fk_|_(?:fkey|fk|foreign)\d*$", "", constraint)
    if stem == constraint or not referenced:
        return None
    for thing in dict.fromkeys((_singular(referenced), referenced)):
        for tail in (f"{thing}_id", thing):
            table = stem.removesuffix(f"_{tail}")
            if table not in {stem, ""}:
                return table, f"{thing}_id"
    return None


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name

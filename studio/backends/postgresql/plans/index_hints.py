"""Indexes worth testing, read out of the conditions a plan had to check row by row.

Equality columns come first, then one range or the columns of the order, never both. A hint is a
candidate: whether it helps is for `prove` to say (explain/README.md, §2).
"""

from collections.abc import Iterable

from studio.backends.postgresql.plans.accounts import Account, Analysis
from studio.backends.postgresql.plans.index_builder import IndexBuilder, distinct_parts, part_of
from studio.backends.postgresql.plans.knowledge import NOTHING_KNOWN, Knowledge, quoted
from studio.backends.postgresql.plans.predicates import PredicateTerm, Use, arms, terms
from studio.backends.postgresql.plans.sort_keys import sort_columns
from studio.model.catalog import Table
from studio.model.finding import IndexHint

ORDERED = frozenset(("Sort", "Incremental Sort"))
PASSING = frozenset(("Sort", "Incremental Sort", "Limit", "Gather", "Gather Merge", "Unique"))
BY_INDEX = frozenset(("Index Scan", "Index Only Scan"))


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
    builder = IndexBuilder(account, table, known)
    usable = builder.sound([*filtered, *joined])
    if not any(term.use in {Use.EQUALITY, Use.RANGE} for term in usable):
        for term in builder.sound(arms(node.conditions.get("Filter", ""), qualifiers)):
            if term.use is Use.PREFIX:
                builder.prefix([], term)
            else:
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
    builder = IndexBuilder(account, known.table(node.schema, node.relation), known)
    found = terms(join.node.conditions.get("Hash Cond", ""), qualifiers)
    usable = builder.sound(term for term in found if term.joins and term.use is Use.EQUALITY)
    if usable:
        builder.add([part_of(term) for term in usable], "btree")
    return tuple(builder.hints)


def for_columns(
    account: Account, columns: list[str], known: Knowledge = NOTHING_KNOWN, including: str = ""
) -> tuple[IndexHint, ...]:
    """One index over columns as SQL writes them, unless there is one that begins with them."""
    node = account.node
    builder = IndexBuilder(account, known.table(node.schema, node.relation), known)
    definition = f"({', '.join(columns)}){including}" if including else ""
    builder.add(columns, "btree", definition)
    return tuple(builder.hints)


def fixed_columns(account: Account, known: Knowledge = NOTHING_KNOWN) -> list[str]:
    """What a scan's filter holds to one value: in front of an order, it costs that nothing."""
    node = account.node
    qualifiers = [node.alias or node.relation, node.relation]
    builder = IndexBuilder(account, known.table(node.schema, node.relation), known)
    found = builder.sound(terms(node.conditions.get("Filter", ""), qualifiers))
    return distinct_parts((term for term in found if not term.joins), Use.EQUALITY)


def joined_by_index(join: Account, account: Account, known: Knowledge = NOTHING_KNOWN) -> bool:
    """Whether the rows of one side could be found by the columns it is joined on."""
    node = account.node
    found = terms(join.node.conditions.get("Hash Cond", ""), [node.alias or node.relation])
    return any(term.joins and term.use is Use.EQUALITY for term in found) and bool(
        known.table(node.schema, node.relation)
    )


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
) -> tuple[PredicateTerm, ...]:
    """Terms of the nested loop that reads this scan as its inner side."""
    node = account.node
    if node.relationship != "Inner" or account.parent is None:
        return ()
    parent = analysis.accounts[account.parent].node
    if parent.kind != "Nested Loop":
        return ()
    return terms(parent.conditions.get("Join Filter", ""), qualifiers)


def _order_columns(
    analysis: Analysis, account: Account, indexed: Iterable[PredicateTerm], qualifiers: list[str]
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

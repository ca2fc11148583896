"""Partitions read for nothing, and pages read to be skipped."""

import re
from collections.abc import Iterator

from studio.backends.plans.words import count
from studio.backends.postgresql.plans.accounts import Account
from studio.backends.postgresql.plans.knowledge import quoted
from studio.backends.postgresql.plans.plan import PlanNode
from studio.backends.postgresql.plans.predicate_words import lex
from studio.backends.postgresql.plans.predicates import plain
from studio.backends.postgresql.plans.rules.base import Case, evidence
from studio.backends.postgresql.plans.sort_keys import sort_columns
from studio.model.catalog import TableRef
from studio.model.finding import Finding, Severity

MIXED = re.compile(r" (?:DESC|COLLATE .+|NULLS \w+)$")
"""How a key ends that a comparison of rows does not follow."""
KEY = re.compile(r"(?P<strategy>RANGE|LIST|HASH) \((?P<key>.+)\)", re.DOTALL)


def unpruned(case: Case) -> Iterator[Account]:
    """Appends over four or more scans of one filter, of which half found nothing."""
    for account in case.executed("Append", "Merge Append"):
        node = account.node
        scans = [child for child in node.children if child.kind.endswith("Scan")]
        if len(scans) < 4 or node.figure("Subplans Removed"):
            continue
        if not all(child.executed for child in scans) or not _same_filter(scans):
            continue
        empty = sum(1 for child in scans if child.rows_total == 0)
        removed = sum(child.removed_total() for child in scans)
        if 2 * empty >= len(scans) and removed >= 10_000:
            yield account


def _same_filter(scans: list[PlanNode]) -> bool:
    """Whether all members filter alike, as partitions of one table do."""
    filters = set()
    for node in scans:
        condition = node.conditions.get("Filter", "")
        names = [re.escape(name) for name in (node.alias, node.relation) if name]
        if condition:
            filters.add(re.sub(rf'"?\b(?:{"|".join(names)})\b"?\.', "", condition))
    return len(filters) == 1


def partitions_not_pruned(case: Case) -> Iterator[Finding]:
    """Every partition read although most hold no such row."""
    for account in unpruned(case):
        scans = [child for child in account.node.children if child.kind.endswith("Scan")]
        empty = sum(1 for child in scans if child.rows_total == 0)
        condition = next((c.conditions["Filter"] for c in scans if "Filter" in c.conditions), "")
        cause, fix = _advice(case, scans[0], condition)
        yield Finding(
            id="partitions_not_pruned",
            path=account.node.path,
            severity=Severity.WARNING,
            says=f"{len(scans)} partitions were read, {empty} of them for nothing.",
            cause=cause,
            fix=fix,
            doubt="If the condition is not on the partition key at all, only another "
            "partitioning would prune; an index on each partition may do.",
            evidence=evidence(scanned=len(scans), empty=empty),
            saves_ms=account.wall_ms or 0.0,
        )


def _advice(case: Case, scan: PlanNode, condition: str) -> tuple[str, str]:
    """Why nothing was pruned, and what to write; with the key's name where the catalog tells it."""
    partition = case.known.partitions.get(TableRef(scan.schema, scan.relation))
    known = KEY.fullmatch(partition.key) if partition is not None else None
    if known is None:
        fix = "Write it as a range on the bare key: key >= … AND key < …"
        return f"The condition hides the partition key: {condition}.", fix
    strategy, key = known["strategy"], known["key"]
    by = f"{key} ({strategy.lower()} partitions)"
    named = {plain(piece.column or piece.text) for piece in lex(condition) if piece.is_name}
    if named.isdisjoint(plain(piece.text) for piece in lex(key) if piece.is_name):
        fix = f"Add a condition on {key}, or index the column that is asked for."
        return f"The condition does not name the partition key {by}: {condition}.", fix
    return f"The condition hides the partition key {by}: {condition}.", _on_key(strategy, key)


def _on_key(strategy: str, key: str) -> str:
    """The only conditions by which partitions of a kind are told apart."""
    parts = [part.strip() for part in key.split(",")]
    equal = " AND ".join(f"{part} = …" for part in parts)
    if strategy == "HASH":
        return f"Write {equal}: hash partitions are told apart by equality alone, not by a range."
    if strategy == "LIST":
        return f"Write {equal} or {key} IN (…), on the bare key."
    return f"Write it as a range on the bare key: {parts[0]} >= … AND {parts[0]} < …"


def big_offset(case: Case) -> Iterator[Finding]:
    """Rows produced only to be skipped."""
    for account in case.executed("Limit"):
        below = [child for child in case.analysis.below(account) if _feeds(child)]
        if len(below) != 1:
            continue
        produced, returned = below[0].node.rows_total, account.node.rows_total
        skipped = produced - returned
        if skipped < 10_000 or produced < 10 * max(returned, 1.0):
            continue
        yield Finding(
            id="big_offset",
            path=account.node.path,
            severity=Severity.WARNING,
            says=f"{count(produced)} rows were produced to return {count(returned)}.",
            cause="OFFSET reads everything it skips.",
            fix=f"Page by key: {_by_key(case, below[0])}",
            doubt="Keyset paging cannot jump to page n.",
            evidence=evidence(skipped=skipped, returned=returned),
            saves_ms=account.wall_ms or 0.0,
        )


def _by_key(case: Case, top: Account) -> str:
    """The page after the last row seen, in the order the plan reads or sorts in."""
    names, is_back = _order(case, top)
    if not names:
        return "WHERE (sort_key, id) > (:last_sort_key, :last_id) ORDER BY sort_key, id LIMIT …"
    order = ", ".join(f"{name}{' DESC' * is_back}" for name in names)
    left = ", ".join(names)
    right = ", ".join(f":last_{number}" for number in range(1, len(names) + 1))
    if len(names) > 1:
        left, right = f"({left})", f"({right})"
    return f"WHERE {left} {'<' if is_back else '>'} {right} ORDER BY {order} LIMIT …"


def _order(case: Case, top: Account) -> tuple[list[str], bool]:
    """The columns of one table that rows come in order of, its key last, and whether backwards;
    nothing where that is not one direction of one table.
    """
    scans = [a for a in (top, *case.analysis.below(top)) if a.node.relation]
    table = case.known.table(scans[0].node.schema, scans[0].node.relation) if scans else None
    if table is None or len(scans) > 1:
        return [], False
    key, node = top.node.conditions.get("Sort Key", ""), scans[0].node
    used = next((index for index in table.indexes if index.name == top.node.index), None)
    names = sort_columns(key, [node.alias or node.relation])
    if not key and used is not None and len(used.columns) == len(used.parts):
        names = [quoted(name) for name in used.columns]
    if not names or any(MIXED.search(name) for name in names):
        return [], False
    names += [name for name in map(quoted, table.primary_key) if name not in names]
    is_back = " DESC" in key or top.node.extra.get("Scan Direction") == "Backward"
    return names, is_back


def _feeds(account: Account) -> bool:
    return account.node.relationship not in {"InitPlan", "SubPlan"} and account.node.executed


RULES = (partitions_not_pruned, big_offset)

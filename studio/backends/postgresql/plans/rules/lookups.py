"""A large table read whole to be joined with few rows, and NOT IN over what may be NULL."""

import re
from collections.abc import Iterator

from studio.backends.postgresql.plans.accounts import Account
from studio.backends.postgresql.plans.plan import PlanNode
from studio.backends.postgresql.plans.predicates import plain
from studio.backends.postgresql.plans.rules.base import (
    Case,
    evidence,
    own_share,
    rows_in_all,
    summed,
)
from studio.model.finding import Finding, Severity

JOINED = frozenset(("Inner", "Semi", "Right Semi", ""))
EXCLUDING = re.compile(r"NOT \((?:hashed |ANY \(.*)?(?:\(hashed |\()?SubPlan")
OUTPUT = re.compile(r'(?:(?P<alias>"[^"]+"|\w+)\.)?(?P<column>"[^"]+"|\w+)')


def _side(case: Case, account: Account) -> Account:
    """A join's input, below the Hash that is built of it."""
    below = case.analysis.below(account)
    return below[0] if account.node.kind == "Hash" and len(below) == 1 else account


def seq_scan_join(case: Case) -> Iterator[Finding]:
    """A table read whole, of which a join with few rows keeps few."""
    for join in case.analysis.accounts:
        if join.node.kind != "Hash Join" or join.node.join_type not in JOINED:
            continue
        sides = [_side(case, side) for side in case.analysis.below(join)][:2]
        if len(sides) != 2:
            continue
        few, many = sorted(sides, key=rows_in_all)
        if many.node.kind != "Seq Scan" or not _is_lopsided(join, few, many):
            continue
        if own_share(case, many) >= 0.1 and (hints := case.join_hints(join, many)):
            yield _finding(case, many, few, "\n".join(hint.sql for hint in hints))


def _is_lopsided(join: Account, few: Account, many: Account) -> bool:
    read = rows_in_all(many)
    return (
        read >= 10_000
        and rows_in_all(few) <= min(1_000, 0.01 * read)
        and rows_in_all(join) <= 0.01 * read
    )


def _finding(case: Case, many: Account, few: Account, fix: str) -> Finding:
    return Finding(
        id="seq_scan_join",
        path=many.node.path,
        severity=Severity.WARNING,
        says=f"{many.node.label} {_gives(many)} {summed(many.node, rows_in_all(many))} rows to be "
        f"joined with {summed(few.node, rows_in_all(few))}.",
        cause="No index finds the rows that belong to those few.",
        fix=fix,
        doubt="With more rows on the other side, reading all of it once is right.",
        evidence=evidence(read=rows_in_all(many), other=rows_in_all(few), cost=many.cost.own),
        saves_ms=many.self_ms or 0.0,
        estimated=not case.analysis.plan.analyzed,
    )


def _gives(account: Account) -> str:
    return "is expected to give" if account.node.actual is None else "gave"


def not_in_nulls(case: Case) -> Iterator[Finding]:
    """NOT IN over a column that may be NULL: one NULL, and no row is returned."""
    for account in case.analysis.accounts:
        node = account.node
        if node.relationship != "SubPlan" or account.parent is None:
            continue
        host = case.analysis.accounts[account.parent].node
        if not EXCLUDING.search(host.conditions.get("Filter", "")):
            continue
        column = _nullable(case, node)
        if column:
            yield Finding(
                id="not_in_nulls",
                path=node.path,
                severity=Severity.WARNING,
                says=f"NOT IN looks through {column}, which may be NULL.",
                cause="With one NULL in the list, NOT IN is true for no row at all.",
                fix=f"Write NOT EXISTS (…), or add WHERE {column} IS NOT NULL inside.",
                doubt="There may be no NULL in it today; this is about the answer, not its speed.",
                evidence=evidence(column=column),
                estimated=not case.analysis.plan.analyzed,
            )


def _nullable(case: Case, top: PlanNode) -> str:
    """The column a subquery returns, where the catalog says that it may be NULL."""
    found = OUTPUT.fullmatch(top.conditions.get("Output", ""))
    if not found:
        return ""
    alias, column = plain(found["alias"] or ""), plain(found["column"])
    tables = [n for n in top.walk() if n.relation and (not alias or n.alias == alias)]
    table = case.known.table(tables[0].schema, tables[0].relation) if len(tables) == 1 else None
    if table is None or column not in table.column_names:
        return ""
    narrowed = f"({found[0]} IS NOT NULL)"
    if any(narrowed in text for node in top.walk() for text in node.conditions.values()):
        return ""
    return column if table.column(column).nullable else ""


RULES = (seq_scan_join, not_in_nulls)

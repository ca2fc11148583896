"""Everything an analysed PostgreSQL plan can be told apart by (explain/README.md, §2)."""

from collections.abc import Iterator
from dataclasses import replace

from studio.backends.postgresql.plans.accounts import Analysis
from studio.backends.postgresql.plans.knowledge import NOTHING_KNOWN, Knowledge
from studio.backends.postgresql.plans.rules import (
    ends,
    estimates,
    joins,
    lookups,
    memory,
    partitions,
    planned,
    scans,
    statement,
    subqueries,
)
from studio.backends.postgresql.plans.rules.base import Case, Rule
from studio.backends.postgresql.plans.rules.statement import foreign_key_hint
from studio.model.finding import Finding, IndexHint, Severity

RULES: tuple[Rule, ...] = (
    *scans.RULES,
    *partitions.RULES,
    *joins.RULES,
    *lookups.RULES,
    *ends.RULES,
    *estimates.RULES,
    *memory.RULES,
    *subqueries.RULES,
    *statement.RULES,
    *planned.RULES,
)
OF_ALL = "CREATE INDEX ON "
"""How an index begins that is built on all partitions of a table."""
ADVISING = frozenset(("seq_scan_join", "min_max_scan", "top_n_sort", "distinct_sort"))
"""Findings whose indexes their rule has thought of itself."""
INDEXABLE = frozenset(("seq_scan_filter", "index_filter_discards", "seq_scan_inner_loop"))


def findings(
    analysis: Analysis, known: Knowledge = NOTHING_KNOWN
) -> tuple[tuple[Finding, ...], tuple[IndexHint, ...]]:
    """What the plan shows, by the time it could save, and the indexes those findings suggest."""
    case = Case(analysis, known)
    found = [finding for rule in RULES for finding in rule(case)]
    if any("CREATE INDEX" in finding.fix for finding in found):
        # Who can spare the blocks need not warm them.
        found = [finding for finding in found if finding.id != "cache_misses"]
    found.sort(key=_rank)
    hints = _hints(case, found)
    return tuple(_together(found)), hints


def _together(found: list[Finding]) -> Iterator[Finding]:
    """Each, but one for all partitions that one index on their table would help alike."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in found:
        is_of_all = finding.fix.startswith(OF_ALL) and "\n" not in finding.fix
        key = (finding.id, finding.fix) if is_of_all else (finding.id, str(id(finding)))
        alike.setdefault(key, []).append(finding)
    for first, *others in alike.values():
        if not others:
            yield first
            continue
        number = f"{len(others)} more partition{'s' * (len(others) > 1)}"
        saved = first.saves_ms + sum(other.saves_ms for other in others)
        yield replace(first, says=f"{first.says} So it is with {number}.", saves_ms=saved)


def _rank(finding: Finding) -> tuple[bool, float, float]:
    """What matters, by the time it could save; of estimates, by the cost."""
    cost = finding.evidence.get("cost", 0.0) if finding.estimated else 0.0
    return finding.severity is Severity.INFO, -finding.saves_ms, -float(cost)


def _hints(case: Case, found: list[Finding]) -> tuple[IndexHint, ...]:
    hints: dict[tuple[str, tuple[str, ...], str], IndexHint] = {}
    for finding in found:
        suggested: list[IndexHint] = []
        if finding.id in INDEXABLE and finding.path is not None:
            suggested += case.hints(case.analysis.account(finding.path))
        elif finding.id in ADVISING:
            suggested += [hint for hint in case.advised if hint.sql in finding.fix]
        elif finding.id == "fk_trigger_time":
            name = finding.evidence["name"]
            triggers = [t for t in case.analysis.plan.triggers if t.constraint == name]
            suggested += [hint for t in triggers if (hint := foreign_key_hint(case, t))]
        for hint in suggested:
            hints.setdefault((hint.table, hint.columns, hint.kind), hint)
    return tuple(hints.values())

"""Everything an analysed PostgreSQL plan can be told apart by (explain.md §3)."""

from studio.explain.arithmetic import Analysis
from studio.explain.index_hints import NOTHING_KNOWN, Knowledge
from studio.explain.rules import (
    estimates,
    joins,
    memory,
    partitions,
    scans,
    statement,
    subqueries,
)
from studio.explain.rules.base import Case, Rule
from studio.explain.rules.statement import foreign_key_hint
from studio.model.finding import Finding, IndexHint, Severity

RULES: tuple[Rule, ...] = (
    *scans.RULES,
    *partitions.RULES,
    *joins.RULES,
    *estimates.RULES,
    *memory.RULES,
    *subqueries.RULES,
    *statement.RULES,
)
INDEXABLE = frozenset(("seq_scan_filter", "index_filter_discards", "seq_scan_inner_loop"))


def findings(
    analysis: Analysis, known: Knowledge = NOTHING_KNOWN
) -> tuple[tuple[Finding, ...], tuple[IndexHint, ...]]:
    """What the plan shows, by the time it could save, and the indexes those findings suggest."""
    case = Case(analysis, known)
    found = [finding for rule in RULES for finding in rule(case)]
    found.sort(key=lambda finding: (finding.severity is Severity.INFO, -finding.saves_ms))
    return tuple(found), _hints(case, found)


def _hints(case: Case, found: list[Finding]) -> tuple[IndexHint, ...]:
    hints: dict[tuple[str, tuple[str, ...], str], IndexHint] = {}
    for finding in found:
        suggested: list[IndexHint] = []
        if finding.id in INDEXABLE and finding.path is not None:
            suggested += case.hints(case.analysis.account(finding.path))
        elif finding.id == "fk_trigger_time":
            name = finding.evidence["name"]
            triggers = [t for t in case.analysis.plan.triggers if t.constraint == name]
            suggested += [hint for t in triggers if (hint := foreign_key_hint(case, t))]
        for hint in suggested:
            hints.setdefault((hint.table, hint.columns, hint.kind), hint)
    return tuple(hints.values())

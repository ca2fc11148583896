"""A PostgreSQL plan with everything that can be said about it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from studio.backends.halves.explaining import ExplainedPlan, Measures, SavedPlan
from studio.backends.plans.findings import finding_json, hint_json
from studio.backends.plans.outline import Heat, Outline
from studio.backends.postgresql.plans import explain_print, rules
from studio.backends.postgresql.plans.accounts import Account, Analysis
from studio.backends.postgresql.plans.arithmetic import analyse
from studio.backends.postgresql.plans.compare import compare
from studio.backends.postgresql.plans.details import details
from studio.backends.postgresql.plans.headline import headline
from studio.backends.postgresql.plans.knowledge import NOTHING_KNOWN, Knowledge
from studio.backends.postgresql.plans.outline import PlanOutline
from studio.backends.postgresql.plans.outline_compare import CompareOutline
from studio.backends.postgresql.plans.plan import Plan
from studio.backends.postgresql.plans.rules import planned
from studio.backends.postgresql.plans.tree import lines
from studio.model.finding import Finding, IndexHint

_PRINTED_WIDTH = 120


@dataclass(frozen=True)
class Explained:
    """See halves.explaining; its answers are in the files beside this one."""

    analysis: Analysis
    findings: tuple[Finding, ...]
    hints: tuple[IndexHint, ...]
    known: Knowledge = NOTHING_KNOWN
    """What a connection added."""

    @property
    def source(self) -> str:
        """The server's JSON, or the text that was pasted."""
        return self.analysis.plan.source

    def headline(self, client_ms: float | None = None) -> list[str]:
        """Executed, planned, seen from here; or that nothing ran."""
        return headline(self.analysis, client_ms)

    def outline(self, heat: Heat | None = None) -> Outline:
        """Its nodes, then the time that is in no node."""
        return PlanOutline(self, heat)

    def since(self, before: ExplainedPlan) -> Outline | None:
        """Nodes of both runs, matched by shape."""
        if not isinstance(before, Explained):
            return None
        return CompareOutline(compare(before.analysis, self.analysis))

    def lines(self, width: int = 80) -> Iterator[str]:
        """Head, tree, rows beside the tree, and findings."""
        return lines(self, width)

    def details(self, line: int) -> Iterator[tuple[str, str]]:
        """A node's own times, rows, conditions, buffers and workers."""
        return details(self.analysis, line)

    def names(self, line: int) -> tuple[str, ...]:
        """The relation a node reads."""
        accounts = self.analysis.accounts
        if line >= len(accounts):
            return ()
        node = accounts[line].node
        # An alias hides the relation's name: where there is one, only it can be meant.
        return (node.alias or node.relation, node.relation if node.alias == node.relation else "")

    def printed(self) -> str:
        """As FORMAT TEXT prints it."""
        if not self.source:
            return "\n".join(self.lines(_PRINTED_WIDTH))
        try:
            answer = json.loads(self.source)
        except (ValueError, RecursionError):
            # A text plan: what was pasted is what the server printed.
            return self.source
        try:
            return explain_print.text(answer[0] if isinstance(answer, list) else answer)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            # Not as a server prints it: then as it came.
            return json.dumps(answer, indent=2, ensure_ascii=False)

    def as_json(self) -> dict[str, object]:
        """The document of explain/README.md, §5."""
        plan, analysis = self.analysis.plan, self.analysis
        return {
            "engine": "postgresql",
            "execution_ms": plan.execution_ms,
            "planning_ms": plan.planning_ms,
            "root_inclusive_ms": _ms(analysis.accounts[0].wall_ms),
            "outside_root_ms": _ms(analysis.outside_root_ms),
            "nodes": [_node(account) for account in analysis.accounts],
            "findings": [finding_json(finding) for finding in self.findings],
            "index_hints": [hint_json(hint) for hint in self.hints],
            "notes": list(plan.notes),
        }

    def measures(self) -> Measures:
        """Nodes, the root's cost, and the rows its scans read."""
        plan, accounts = self.analysis.plan, self.analysis.accounts
        depth = [0] * len(accounts)
        for place, account in enumerate(accounts):
            depth[place] = 0 if account.parent is None else depth[account.parent] + 1
        shape = (
            f"{'  ' * deep}{account.node.label}{_by_index(account)}"
            for deep, account in zip(depth, accounts, strict=True)
        )
        estimate = plan.root.estimate
        cost = estimate.total_cost if estimate else None
        return Measures(
            tuple(shape),
            cost,
            rows_read(self.analysis, self.known),
            self.kept().ms,
            is_counted=plan.analyzed,
            unread=plan.unread,
        )

    def kept(self) -> SavedPlan:
        """The server's document, which holds everything."""
        plan = self.analysis.plan
        return SavedPlan(plan.source, plan.execution_ms if plan.analyzed else None)


def explained(plan: Plan, known: Knowledge = NOTHING_KNOWN) -> Explained:
    """Account for a plan and say what it shows."""
    analysis = analyse(plan)
    findings, hints = rules.findings(analysis, known)
    return Explained(analysis, findings, hints, known)


def _ms(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _by_index(account: Account) -> str:
    index = account.node.index
    return f" using {index}" if index and account.node.kind != "Bitmap Index Scan" else ""


def rows_read(analysis: Analysis, known: Knowledge = NOTHING_KNOWN) -> float | None:
    """Rows that scans of tables looked at, those they threw away too; by estimate those an index
    finds, and of a whole table what the catalog says it has. None where nothing tells.
    """
    scans = [a for a in analysis.accounts if a.node.relation and a.node.kind.endswith("Scan")]
    if analysis.plan.analyzed:
        return sum(
            account.node.rows_total
            + account.node.removed_total()
            + account.node.removed_total("Index Recheck")
            for account in scans
        )
    if analysis.plan.root.estimate is None:
        return None
    return sum(planned.rows_looked_at(known, account) for account in scans)


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 3)


def _node(account: Account) -> dict[str, object]:
    actual = account.node.actual
    factor = account.estimate_factor
    return {
        "path": account.node.path,
        "node": account.node.label,
        "exclusive_ms": _ms(account.self_ms),
        "inclusive_ms": _ms(account.wall_ms),
        "exclusive_cost": None if account.node.estimate is None else round(account.cost.own, 2),
        "participants": _whole(account.participants),
        "loops": None if actual is None else _whole(actual.loops),
        "rows_total": None if actual is None else _whole(account.node.rows_total),
        "estimate_factor": None if factor is None else round(factor, 2),
        "estimate_direction": account.estimate_direction,
    }

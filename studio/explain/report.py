"""`studio explain --json`, both engines; keys are a contract and never renamed in passing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.backends.sqlite import explain as sqlite_plan
from studio.explain import rules, sqlite_findings
from studio.explain.arithmetic import Account, Analysis, analyse
from studio.explain.index_hints import NOTHING_KNOWN, Knowledge
from studio.explain.sqlite_loops import tables_read
from studio.model.finding import Finding, IndexHint
from studio.model.plan import Plan
from studio.model.query_plan import Actuals, DatabaseFacts, Step


@dataclass(frozen=True)
class Explained:
    """A PostgreSQL plan with everything that can be said about it."""

    analysis: Analysis
    findings: tuple[Finding, ...]
    hints: tuple[IndexHint, ...]

    def as_json(self) -> dict[str, object]:
        """The document of cli.md."""
        plan, analysis = self.analysis.plan, self.analysis
        return {
            "engine": "postgresql",
            "execution_ms": plan.execution_ms,
            "planning_ms": plan.planning_ms,
            "root_inclusive_ms": _ms(analysis.accounts[0].wall_ms),
            "outside_root_ms": _ms(analysis.outside_root_ms),
            "nodes": [_node(account) for account in analysis.accounts],
            "findings": [_finding(finding) for finding in self.findings],
            "index_hints": [_hint(hint) for hint in self.hints],
            "notes": list(plan.notes),
        }


@dataclass(frozen=True)
class SqliteExplained:
    """A SQLite plan with everything that can be said about it."""

    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    hints: tuple[IndexHint, ...]
    actuals: Actuals | None = None
    tables: Mapping[int, str] = field(default_factory=dict)
    """Step id → the table it reads; a plan prints aliases only."""

    def as_json(self) -> dict[str, object]:
        """The document of cli.md."""
        return {
            "engine": "sqlite",
            "parsed": [sqlite_plan.as_json(step) for step in self.steps],
            "actuals": None if self.actuals is None else actuals_json(self.actuals),
            "findings": [_finding(finding) for finding in self.findings],
            "index_hints": [_hint(hint) for hint in self.hints],
        }


def explained(plan: Plan, known: Knowledge = NOTHING_KNOWN) -> Explained:
    """Account for a plan and say what it shows."""
    analysis = analyse(plan)
    findings, hints = rules.findings(analysis, known)
    return Explained(analysis, findings, hints)


def sqlite_explained(
    steps: tuple[Step, ...],
    sql: str = "",
    facts: DatabaseFacts | None = None,
    actuals: Actuals | None = None,
) -> SqliteExplained:
    """Say what a SQLite plan shows."""
    findings, hints = sqlite_findings.findings(steps, sql, facts)
    tables = tables_read(steps, sql, facts or DatabaseFacts())
    return SqliteExplained(steps, findings, hints, actuals, tables)


def _ms(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


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
        "participants": _whole(account.participants),
        "loops": None if actual is None else _whole(actual.loops),
        "rows_total": None if actual is None else _whole(account.node.rows_total),
        "estimate_factor": None if factor is None else round(factor, 2),
        "estimate_direction": account.estimate_direction,
    }


def _finding(finding: Finding) -> Mapping[str, object]:
    return {
        "id": finding.id,
        "path": finding.path,
        "severity": finding.severity.value,
        "evidence": dict(finding.evidence),
        "says": finding.says,
        "cause": finding.cause,
        "fix": finding.fix,
        "doubt": finding.doubt,
        "saves_ms": round(finding.saves_ms, 3),
    }


def _hint(hint: IndexHint) -> Mapping[str, object]:
    return {
        "table": hint.table,
        "columns": list(hint.columns),
        "sql": hint.sql,
        "kind": hint.kind,
        "doubt": hint.doubt,
        "replaces": list(hint.replaces),
    }


def actuals_json(actuals: Actuals) -> dict[str, object]:
    """What was measured, under the names of SQLite's own counters."""
    shown: dict[str, object] = {
        "rows_returned": actuals.rows_returned,
        "wall_ms_indicative": round(actuals.wall_ms, 3),
        "first_ms": round(actuals.first_ms, 3),
        "vm_steps": actuals.vm_steps,
        "vm_steps_exact": actuals.exact,
    }
    if actuals.fullscan_steps is not None:
        shown["stmt_status"] = {
            "fullscan_steps": actuals.fullscan_steps,
            "sorts": actuals.sorts,
            "autoindex_rows": actuals.autoindex_rows,
            "vm_steps": actuals.vm_steps,
        }
    if actuals.rows_per_loop:
        shown["rows_per_loop"] = dict(actuals.rows_per_loop)
    if actuals.pages:
        shown["pages"] = dict(actuals.pages)
    if actuals.notes:
        shown["notes"] = list(actuals.notes)
    return shown

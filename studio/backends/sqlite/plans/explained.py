"""A SQLite plan with everything that can be said about it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import ClassVar

from studio.backends.halves.explaining import ExplainedPlan, Measures, SavedPlan
from studio.backends.plans.changed_lines import ChangedLines
from studio.backends.plans.findings import finding_json, hint_json
from studio.backends.plans.outline import Heat, Outline
from studio.backends.plans.words import milliseconds
from studio.backends.sqlite.plans import explain, findings
from studio.backends.sqlite.plans.details import details
from studio.backends.sqlite.plans.loops import planned_statement, tables_read
from studio.backends.sqlite.plans.outline import SqliteOutline
from studio.backends.sqlite.plans.query_plan import Actuals, DatabaseFacts, PlanStep
from studio.backends.sqlite.plans.rehearsal import Checks
from studio.backends.sqlite.plans.tree import lines, nesting
from studio.model.finding import Finding, IndexHint


@dataclass(frozen=True)
class SqliteExplained:
    """See halves.explaining; its answers are in the files beside this one."""

    steps: tuple[PlanStep, ...]
    findings: tuple[Finding, ...]
    hints: tuple[IndexHint, ...]
    actuals: Actuals | None = None
    tables: Mapping[int, str] = field(default_factory=dict)
    """Step id → the table it reads; a plan prints aliases only."""
    rows_read: float | None = None
    """By the sizes of tables and the statistics of indexes; None where nobody looked."""
    notes: tuple[str, ...] = ()
    """What became of a measurement that has no end."""
    source: ClassVar[str] = ""
    """SQLite answers with rows, and they are all in `steps`."""

    def headline(self, client_ms: float | None = None) -> list[str]:
        """The best run and what it counted; or that nothing ran."""
        del client_ms
        if self.actuals is None:
            return ["not executed", *self.notes]
        return list(_measured(self.actuals))

    def outline(self, heat: Heat | None = None) -> Outline:
        """Loops inside loops."""
        return SqliteOutline(self, heat)

    def since(self, before: ExplainedPlan) -> Outline | None:
        """Lines of both plans, and what the runs counted as a whole."""
        if not isinstance(before, SqliteExplained):
            return None
        was, now = [s.raw for s in before.steps], [s.raw for s in self.steps]
        return ChangedLines(was, now, _totals(before.actuals, self.actuals))

    def lines(self, width: int = 80) -> Iterator[str]:
        """Sibling loops drawn as the nesting they are, then what was measured, and findings."""
        return lines(self, width)

    def details(self, line: int) -> Iterator[tuple[str, str]]:
        """A step's parts, and what was counted for it."""
        return details(self, line)

    def names(self, line: int) -> tuple[str, ...]:
        """What a loop reads."""
        if line >= len(self.steps):
            return ()
        step = self.steps[line]
        return (step.object, step.table) if step.is_loop else ()

    def printed(self) -> str:
        """The rows of EXPLAIN QUERY PLAN."""
        rows = [f"{s.id:>5} {s.parent:>6} {s.cost:>7}  {s.raw}" for s in self.steps]
        return "\n".join(["   id parent notused  detail", *rows])

    def as_json(self) -> dict[str, object]:
        """The document of explain/README.md, §5."""
        return {
            "engine": "sqlite",
            "parsed": [explain.as_json(step) for step in self.steps],
            "actuals": None if self.actuals is None else actuals_json(self.actuals),
            "findings": [finding_json(finding) for finding in self.findings],
            "index_hints": [hint_json(hint) for hint in self.hints],
            "notes": list(self.notes),
        }

    def measures(self) -> Measures:
        """Lines, and the rows its loops read; SQLite has no other cost."""
        depth = nesting(self.steps)
        shape = tuple(f"{'  ' * depth[step.id]}{step.raw}" for step in self.steps)
        ms = None if self.actuals is None else self.actuals.wall_ms
        counted = self._counted_rows()
        read = self.rows_read if counted is None else counted
        return Measures(shape, self.rows_read, read, ms, is_counted=counted is not None)

    def _counted_rows(self) -> float | None:
        """Rows that reached the loops, where all of them were counted."""
        counted = dict(self.actuals.rows_per_loop) if self.actuals else {}
        loops = {step.object for step in self.steps if step.is_loop}
        return float(sum(counted.values())) if counted and loops == set(counted) else None

    def kept(self) -> SavedPlan:
        """The rows as JSON, and the counters."""
        document = json.dumps([[step.id, step.parent, step.cost, step.raw] for step in self.steps])
        if self.actuals is None:
            return SavedPlan(document, None)
        return SavedPlan(document, self.actuals.wall_ms, asdict(self.actuals))


def sqlite_explained(
    steps: tuple[PlanStep, ...],
    sql: str = "",
    facts: DatabaseFacts | None = None,
    actuals: Actuals | None = None,
    checks: Checks | None = None,
    notes: tuple[str, ...] = (),
) -> SqliteExplained:
    """Say what a SQLite plan shows; with `checks`, advice only that holds."""
    found, hints = findings.findings(steps, sql, facts, checks)
    tables = tables_read(steps, sql, facts or DatabaseFacts())
    read = None if facts is None else planned_statement(steps, sql, facts).rows_read()
    return SqliteExplained(steps, found, hints, actuals, tables, read, notes)


def _measured(actuals: Actuals) -> Iterator[str]:
    yield f"best run {milliseconds(actuals.wall_ms)}"
    yield f"{actuals.rows_returned:,} rows"
    if actuals.vm_steps is not None:
        yield f"{'' if actuals.exact else '≈'}{actuals.vm_steps:,} VM steps"
    if actuals.fullscan_steps is not None:
        yield f"{actuals.fullscan_steps:,} full-scan steps"
    if actuals.sorts:
        yield f"{actuals.sorts:,} sorts"
    if actuals.autoindex_rows:
        yield f"{actuals.autoindex_rows:,} rows into automatic indexes"
    yield from actuals.notes


def _totals(was: Actuals | None, now: Actuals | None) -> list[str]:
    if was is None or now is None:
        return []
    found = [f"{was.wall_ms:,.1f} → {now.wall_ms:,.1f} ms"]
    for name, one, other in (
        ("VM steps", was.vm_steps, now.vm_steps),
        ("full-scan steps", was.fullscan_steps, now.fullscan_steps),
        ("sorts", was.sorts, now.sorts),
        ("rows into automatic indexes", was.autoindex_rows, now.autoindex_rows),
    ):
        if one is not None and other is not None and (one or other):
            found.append(f"{one:,} → {other:,} {name}")
    return found


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

"""A SQLite plan as lines of text: what `studio explain` prints."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from studio.backends.plans.findings import finding_lines, marked
from studio.backends.plans.guides import DEEPEST
from studio.backends.plans.words import milliseconds, printable
from studio.backends.sqlite.plans.query_plan import Actuals, PlanStep

if TYPE_CHECKING:
    from studio.backends.sqlite.plans.explained import SqliteExplained


def lines(explained: "SqliteExplained", width: int = 80) -> Iterator[str]:
    """A SQLite plan: sibling loops drawn as the nesting they are, then what was measured."""
    nested = nesting(explained.steps)
    counts = marked(explained.findings)
    for step in explained.steps:
        marks = f"  ⚠ {counts[str(step.id)]}" if str(step.id) in counts else ""
        cost = f"  planner cost ≈ 2^{step.cost / 10:.1f}" if step.cost else ""
        table = f"  ({step.table})" if step.table and step.table != step.object else ""
        yield f"{'  ' * min(nested[step.id], DEEPEST)}{printable(step.raw + table)}{cost}{marks}"
    yield from (f"note: {printable(note)}" for note in explained.notes)
    if not explained.steps:
        yield "no plan: SQLite has none for this statement"
    if explained.actuals is not None:
        yield ""
        yield from _actuals(explained.actuals)
    yield from finding_lines(explained.findings, width)


def nesting(steps: Sequence[PlanStep]) -> dict[int, int]:
    """How deep each line is drawn: one level per loop around it, one per parent."""
    depth: dict[int, int] = {0: -1}
    loops: dict[int, int] = {}
    for step in steps:
        above = depth.get(step.parent, -1)
        loops_before = loops.get(step.parent, 0)
        depth[step.id] = above + 1 + (loops_before if step.is_loop else 0)
        if step.is_loop:
            loops[step.parent] = loops_before + 1
    return depth


def _actuals(actuals: Actuals) -> Iterator[str]:
    yield f"{milliseconds(actuals.wall_ms)} best, {milliseconds(actuals.first_ms)} first run"
    yield f"{actuals.rows_returned:,} rows returned"
    if actuals.vm_steps is not None:
        yield f"{'' if actuals.exact else '≈ '}{actuals.vm_steps:,} steps of the virtual machine"
    if actuals.fullscan_steps is not None:
        yield (
            f"{actuals.fullscan_steps:,} steps of full scans, {actuals.sorts or 0:,} sorts, "
            f"{actuals.autoindex_rows or 0:,} rows into automatic indexes"
        )
    for alias, reached in actuals.rows_per_loop:
        yield f"{reached:,} rows reached {printable(alias)} (measured by rewriting)"
    for name, pages in actuals.pages:
        yield f"{printable(name)} has {pages:,} pages"
    for note in actuals.notes:
        yield printable(note)

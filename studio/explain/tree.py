"""A plan as lines of text: what `studio explain` prints and what gets pasted into a ticket.

Bars and numbers say the same thing, so nothing depends on colour (explain.md §6.1).
"""

from collections.abc import Iterator, Sequence

from studio.explain.arithmetic import Account, Analysis
from studio.explain.beside import Row, rows_beside
from studio.explain.node_words import (
    DEEPEST,
    NOT_RUN,
    factor_text,
    guides,
    main_condition,
    rows,
    self_cost,
    self_ms,
)
from studio.explain.report import Explained, SqliteExplained
from studio.explain.words import bar, milliseconds, printable, short, shortened
from studio.model.finding import Finding, Severity
from studio.model.query_plan import Actuals, Step


def lines(explained: Explained, width: int = 80) -> Iterator[str]:
    """Head, tree, rows beside the tree, and findings."""
    analysis = explained.analysis
    marked = _marked(explained.findings)
    drawn, _ = guides([account.parent for account in analysis.accounts])
    yield _head(analysis)
    yield ""
    yield _columns(analysis)
    for account, guide in zip(analysis.accounts, drawn, strict=True):
        yield _line(analysis, account, guide, marked, width)
    for row in rows_beside(analysis):
        yield _beside(analysis, row)
    yield from _notes(analysis)
    yield from _findings(explained.findings, width)


def _notes(analysis: Analysis) -> Iterator[str]:
    for note in analysis.plan.notes:
        yield f"note: {printable(note)}"


def _marked(findings: Sequence[Finding]) -> dict[str, int]:
    marks: dict[str, int] = {}
    for finding in findings:
        if finding.path is not None and finding.severity is not Severity.INFO:
            marks[finding.path] = marks.get(finding.path, 0) + 1
    return marks


def _head(analysis: Analysis) -> str:
    plan = analysis.plan
    nodes = f"{len(analysis.accounts)} nodes"
    if not plan.analyzed:
        return f"not executed: costs are estimates   {nodes}"
    parts = [milliseconds(analysis.total_ms)] if analysis.total_ms is not None else []
    for name, ms in (
        ("exec", plan.execution_ms),
        ("plan", plan.planning_ms),
        ("outside root", analysis.outside_root_ms),
    ):
        if ms is not None:
            parts.append(f"{name} {ms:,.1f} ms")
    return "  ".join([*parts, nodes if plan.timed else f"{nodes}, not timed"])


def _columns(analysis: Analysis) -> str:
    if not analysis.plan.timed:
        return "      cost    %             rows  node"
    return "   self ms    %          est→actual  node"


def _line(
    analysis: Analysis, account: Account, guide: str, marked: dict[str, int], width: int
) -> str:
    node = account.node
    if analysis.plan.timed:
        value, share = self_ms(account), analysis.share(account.self_ms)
    else:
        value, share = _cost(analysis, account)
    marks = f"  ⚠ {marked[node.path]}" if node.path in marked else ""
    left = f"{value:>10} {share * 100:>3.0f}% {bar(share, 6)}{rows(account):>13}  "
    room = max(20, width - len(left) - len(guide) - len(marks))
    return f"{left}{guide}{_words(account, room)}{marks}"


def _cost(analysis: Analysis, account: Account) -> tuple[str, float]:
    whole = analysis.plan.root.estimate
    if account.node.estimate is None or whole is None or not whole.total_cost:
        return NOT_RUN, 0.0
    own = self_cost(account)
    return f"~{own:,.1f}", min(1.0, own / whole.total_cost)


def _words(account: Account, room: int) -> str:
    """The node's name whole; loops and estimate when they say something; then its condition."""
    node = account.node
    name = node.label
    if node.alias and node.alias != node.relation:
        name += f" {node.alias}"
    if node.subplan:
        name = f"[{node.subplan}] {name}"
    actual = node.actual
    if actual is not None and actual.loops > 1:
        name += f" ×{short(actual.loops)}"
    if factor := factor_text(account):
        name += f" {factor}"
    condition = main_condition(node)
    left = room - len(name) - 2
    name = printable(name)
    return f"{name}  {shortened(printable(condition), left)}" if condition and left > 7 else name  # noqa: PLR2004 - fewer letters of a condition say nothing


def _beside(analysis: Analysis, row: Row) -> str:
    if row.contained:
        return f"{row.ms:>10,.1f}              of which       {printable(row.what)}"
    share = 0.0 if row.what == "Planning" else analysis.share(row.ms)
    shown = f"{share * 100:>3.0f}% {bar(share, 6)}" if share else " " * 11
    return f"{row.ms:>10,.1f} {shown}{'':>13}  {printable(row.what)}"


def _findings(findings: Sequence[Finding], width: int) -> Iterator[str]:
    if not findings:
        return
    yield ""
    yield f"findings {len(findings)}"
    for finding in findings:
        mark = "·" if finding.severity is Severity.INFO else "⚠"
        where = f" at {finding.path}" if finding.path is not None else ""
        yield f"{mark} {finding.id}{where}"
        for text in (finding.says, finding.cause):
            yield from _wrapped(text, width)
        for text in finding.fix.splitlines():
            yield f"    → {printable(text)}"
        if finding.doubt:
            yield from _wrapped(f"but: {finding.doubt}", width)


def _wrapped(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in printable(text).split():
        if line and len(line) + len(word) + 5 > width:
            yield f"    {line}"
            line = word
        else:
            line = f"{line} {word}".strip()
    if line:
        yield f"    {line}"


def sqlite_lines(explained: SqliteExplained, width: int = 80) -> Iterator[str]:
    """A SQLite plan: sibling loops drawn as the nesting they are, then what was measured."""
    nested = _nesting(explained.steps)
    marked = _marked(explained.findings)
    for step in explained.steps:
        marks = f"  ⚠ {marked[str(step.id)]}" if str(step.id) in marked else ""
        cost = f"  planner cost ≈ 2^{step.cost / 10:.1f}" if step.cost else ""
        table = f"  ({step.table})" if step.table and step.table != step.object else ""
        yield f"{'  ' * min(nested[step.id], DEEPEST)}{printable(step.raw + table)}{cost}{marks}"
    if not explained.steps:
        yield "no plan: SQLite has none for this statement"
    if explained.actuals is not None:
        yield ""
        yield from _actuals(explained.actuals)
    yield from _findings(explained.findings, width)


def _nesting(steps: Sequence[Step]) -> dict[int, int]:
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

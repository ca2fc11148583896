"""A plan as lines of text: what `studio explain` prints and what gets pasted into a ticket.

Bars and numbers say the same thing, so nothing depends on colour.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from studio.backends.plans.findings import finding_lines, marked
from studio.backends.plans.guides import guides
from studio.backends.plans.words import bar, milliseconds, printable, short, shortened
from studio.backends.postgresql.plans.accounts import Account, Analysis
from studio.backends.postgresql.plans.beside import TimeRow, rows_beside
from studio.backends.postgresql.plans.node_words import (
    NOT_RUN,
    factor_text,
    main_condition,
    rows,
    self_ms,
)
from studio.model.words import plural

if TYPE_CHECKING:
    from studio.backends.postgresql.plans.explained import Explained


def lines(explained: "Explained", width: int = 80) -> Iterator[str]:
    """Head, tree, rows beside the tree, and findings."""
    analysis = explained.analysis
    marks = marked(explained.findings)
    drawn, _ = guides([account.parent for account in analysis.accounts])
    yield _head(analysis)
    yield ""
    yield _columns(analysis)
    for account, guide in zip(analysis.accounts, drawn, strict=True):
        yield _line(analysis, account, guide, marks, width)
    for row in rows_beside(analysis):
        yield _beside(analysis, row)
    yield from _notes(analysis)
    yield from finding_lines(explained.findings, width)


def _notes(analysis: Analysis) -> Iterator[str]:
    for note in analysis.plan.notes:
        yield f"note: {printable(note)}"


def _head(analysis: Analysis) -> str:
    plan = analysis.plan
    nodes = plural(len(analysis.accounts), "node")
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
    own = account.cost.own
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


def _beside(analysis: Analysis, row: TimeRow) -> str:
    if row.contained:
        return f"{row.ms:>10,.1f}              of which       {printable(row.what)}"
    share = 0.0 if row.what == "Planning" else analysis.share(row.ms)
    shown = f"{share * 100:>3.0f}% {bar(share, 6)}" if share else " " * 11
    return f"{row.ms:>10,.1f} {shown}{'':>13}  {printable(row.what)}"

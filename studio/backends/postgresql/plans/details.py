"""Everything known of one node of a plan, to read."""

from collections.abc import Iterator
from dataclasses import fields

from studio.backends.plans.words import kilobytes, milliseconds, plural
from studio.backends.postgresql.plans.accounts import Account, Analysis
from studio.backends.postgresql.plans.node_words import factor_text
from studio.backends.postgresql.plans.outline import BLOCK_KB
from studio.backends.postgresql.plans.plan import Buffers, PlanNode


def details(analysis: Analysis, line: int) -> Iterator[tuple[str, str]]:
    """Labels and values of a line of the outline; an empty label is a title."""
    if line < len(analysis.accounts):
        yield from _node(analysis, analysis.accounts[line])
    else:
        yield "", "This time is in no node of the plan."


def _node(analysis: Analysis, account: Account) -> Iterator[tuple[str, str]]:
    node = account.node
    yield "", node.label + (f" {node.alias}" if node.alias not in {"", node.relation} else "")
    if node.relationship:
        yield "used as", f"{node.relationship} {node.subplan}".strip()
    yield from _times(analysis, account)
    yield from _row_counts(account)
    for label, condition in node.conditions.items():
        yield label.lower(), condition
    if node.index:
        yield "index", node.index
    if node.buffers is not None:
        yield from _buffers(analysis, account, node.buffers)
    yield from _workers(node)
    for label, value in node.extra.items():
        if not value:
            continue
        yield label.lower(), _plain_value(value)


def _times(analysis: Analysis, account: Account) -> Iterator[tuple[str, str]]:
    if account.self_ms is not None and account.wall_ms is not None:
        about = "≈ " if account.approximate else ""
        share = analysis.share(account.self_ms) * 100
        yield "self", f"{about}{milliseconds(account.self_ms)}, {share:.1f} % of the whole"
        yield "with below", milliseconds(account.wall_ms)
        if account.uncertainty_ms >= 0.01:  # noqa: PLR2004 - less is what the server rounds away
            yield "uncertain by", milliseconds(account.uncertainty_ms)
        if account.participants > 1:
            yield "processes", f"{account.participants:g} side by side"
    estimate = account.node.estimate
    if estimate is not None:
        yield "cost", f"~{estimate.startup_cost:,.2f} … {estimate.total_cost:,.2f}"


def _row_counts(account: Account) -> Iterator[tuple[str, str]]:
    node = account.node
    estimate, actual = node.estimate, node.actual
    if estimate is not None:
        each = " in each process" if account.planned_processes > 1 else ""
        yield "rows planned", f"~{estimate.rows:,.0f}{each}, {estimate.width} bytes wide"
    if actual is not None and node.executed:
        loops = f" in each of {actual.loops:,.0f} loops" if actual.loops > 1 else ""
        yield "rows", f"{actual.rows:,.2f}".rstrip("0").rstrip(".") + loops
        if factor := factor_text(account):
            yield "estimate", f"wrong by {factor}"
    elif actual is not None:
        yield "rows", "never executed"


def _buffers(analysis: Analysis, account: Account, buffers: Buffers) -> Iterator[tuple[str, str]]:
    for item in fields(Buffers):
        total = getattr(buffers, item.name)
        if total:
            own = analysis.self_buffers(account, item.name)
            yield (
                item.name.replace("_", " "),
                f"{kilobytes(own * BLOCK_KB)} here, {kilobytes(total * BLOCK_KB)} with below",
            )


def _workers(node: PlanNode) -> Iterator[tuple[str, str]]:
    """Each worker's share; the rest is the leader's."""
    actual = node.actual
    if not node.workers or actual is None:
        return
    rows, ms = actual.rows * actual.loops, (actual.total_ms or 0.0) * actual.loops
    for worker in node.workers:
        if worker.actual is None:
            continue
        done = worker.actual.rows * worker.actual.loops
        took = (worker.actual.total_ms or 0.0) * worker.actual.loops
        rows, ms = rows - done, ms - took
        yield f"worker {worker.number}", f"{plural(done, 'row')}, {milliseconds(took)}"
    yield "leader", f"{plural(max(0.0, rows), 'row')}, {milliseconds(max(0.0, ms))}"


def _plain_value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    if isinstance(value, list | tuple):
        return ", ".join(_plain_value(item) for item in value)
    return str(value)

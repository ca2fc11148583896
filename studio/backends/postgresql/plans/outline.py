"""A PostgreSQL plan as lines: its nodes, then the time that is in no node."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from studio.backends.plans.outline import PARTS, Heat, Metric, OutlinePiece, marks_of
from studio.backends.plans.words import kilobytes, printable, short, shortened
from studio.backends.postgresql.plans.accounts import Account, Analysis
from studio.backends.postgresql.plans.beside import TimeRow, rows_beside
from studio.backends.postgresql.plans.node_words import (
    NOT_RUN,
    factor_text,
    main_condition,
    rows,
    self_ms,
)

if TYPE_CHECKING:
    from studio.backends.postgresql.plans.explained import Explained

BLOCK_KB = 8.0
"""A block of PostgreSQL as nearly everybody builds it."""


class PlanOutline:
    """A PostgreSQL plan: its nodes, then the time that is in no node."""

    is_whole = True

    def __init__(self, shown: "Explained", heat: Heat | None = None) -> None:
        self.analysis: Analysis = shown.analysis
        self.heat = heat or (Heat.TIME if self.analysis.plan.timed else Heat.COST)
        self._marks = marks_of(shown.findings)
        self._beside: tuple[TimeRow, ...] = rows_beside(self.analysis) if shown.analysis else ()
        accounts = self.analysis.accounts
        self.parents: Sequence[int | None] = [
            *(a.parent for a in accounts),
            *([0] * len(self._beside)),
        ]
        self._most_rows = max((a.node.rows_total for a in accounts), default=0.0) or 1.0
        root = accounts[0].node.buffers
        self._columns = self._filled()
        self._blocks = (root.shared_hit + root.shared_read if root else 0.0) or 1.0

    def heats(self) -> tuple[Heat, ...]:
        """Time only where it was measured."""
        plan = self.analysis.plan
        found = [Heat.TIME] if plan.timed else []
        if self.analysis.accounts[0].node.buffers is not None and plan.analyzed:
            found.append(Heat.BUFFERS)
        if self.analysis.accounts[0].node.estimate is not None:
            found.append(Heat.COST)
        return (*found, Heat.ESTIMATE, Heat.ROWS) if plan.analyzed else (*found, Heat.ROWS)

    def columns(self) -> tuple[Metric, ...]:
        """Value, share and rows always; the rest where some node has it."""
        return self._columns

    def _filled(self) -> tuple[Metric, ...]:
        titles = {
            Heat.TIME: "self ms",
            Heat.BUFFERS: "self",
            Heat.COST: "self cost",
            Heat.ESTIMATE: "factor",
            Heat.ROWS: "rows",
        }
        plan, nodes = self.analysis.plan, [a.node for a in self.analysis.accounts]
        found = [Metric("value", titles[self.heat], 9), Metric("share", "%", 4)]
        found.append(Metric("bar", "", 6))
        rows = "rows est→actual" if plan.analyzed else "rows"
        found.append(Metric("rows", rows, 15 if plan.analyzed else 8))
        if any(node.actual and node.actual.loops > 1 for node in nodes):
            found.append(Metric("loops", "loops", 6))
        if plan.timed and self.heat is not Heat.TIME:
            found.append(Metric("self", "self ms", 9))
        if plan.analyzed and any(node.buffers for node in nodes):
            found += [Metric("hit", "hit", 9), Metric("read", "read", 9)]
        if any(node.figure(name) for node in nodes for name in _READ_TIMES):
            found.append(Metric("io", "I/O ms", 8))
        if any(_memory(a) for a in self.analysis.accounts):
            found.append(Metric("memory", "memory", 8))
        if any(node.buffers and node.buffers.temp_written for node in nodes):
            found.append(Metric("spill", "spilled", 9))
        if plan.timed:
            found.append(Metric("wall", "with below", 10))
        return tuple(found)

    def _account(self, line: int) -> Account | None:
        accounts = self.analysis.accounts
        return accounts[line] if line < len(accounts) else None

    def path(self, line: int) -> str:
        """The node's path."""
        account = self._account(line)
        return account.node.path if account else ""

    def is_dim(self, line: int) -> bool:
        """A node that never ran in a plan that did, or time that something else contains."""
        account = self._account(line)
        if account is None:
            return True
        return self.analysis.plan.analyzed and not account.node.executed

    def cell(self, line: int, key: str) -> str:
        """A number, as short as its column."""
        account = self._account(line)
        if account is None:
            row = self._beside[line - len(self.analysis.accounts)]
            return f"{row.ms:,.1f}" if key == "value" and self.heat is Heat.TIME else ""
        return _CELLS[key](self, account)

    def share(self, line: int) -> float:
        """By what is hot."""
        account = self._account(line)
        if account is None:
            row = self._beside[line - len(self.analysis.accounts)]
            is_part = self.heat is Heat.TIME and not row.contained and row.what != "Planning"
            return self.analysis.share(row.ms) if is_part else 0.0
        return min(1.0, _SHARES[self.heat](self, account))

    def below(self, line: int) -> float:
        """By time where there is any, else by cost."""
        account = self._account(line)
        if account is None:
            return 1.0
        if self.analysis.plan.timed:
            return self.analysis.share(account.wall_ms)
        whole = self.analysis.accounts[0].cost.whole
        return account.cost.whole / whole if whole else 1.0

    def words(self, line: int, room: int) -> list[OutlinePiece]:
        """The node's name whole, what it works on, then its condition as far as it fits."""
        account = self._account(line)
        if account is None:
            row = self._beside[line - len(self.analysis.accounts)]
            what = f"of which {row.what}" if row.contained else row.what
            return [OutlinePiece(printable(what), "dim")]
        return self._node_words(account, room)

    def _node_words(self, account: Account, room: int) -> list[OutlinePiece]:
        node = account.node
        pieces = [OutlinePiece(printable(f"[{node.subplan}] "), "dim")] if node.subplan else []
        name = node.label + (f" {node.alias}" if node.alias not in {"", node.relation} else "")
        pieces.append(OutlinePiece(printable(name), "name"))
        if factor := factor_text(account):
            pieces.append(OutlinePiece(f" {factor}", "factor"))
        if marks := self._marks.get(node.path, []):
            pieces.append(OutlinePiece(f"  ⚠ {', '.join(map(str, marks))}", "mark"))
        left = room - sum(len(piece.text) for piece in pieces)
        if left < 0:
            # The kind of node can be told from less; the relation's name cannot.
            on = name.removeprefix(node.title)
            kind = shortened(node.title, max(_LEAST_TITLE, len(node.title) + left))
            pieces[1 if node.subplan else 0] = OutlinePiece(printable(f"{kind}{on}"), "name")
        removed = node.removed_total() + node.removed_total("Join Filter")
        told = f"  removed {short(removed)}" if removed >= 1 else ""
        condition = main_condition(node)
        if told and len(told) <= left:
            pieces.append(OutlinePiece(told, "dim"))
            left -= len(told)
        if condition and left - 2 > _LEAST_CONDITION:
            pieces.append(
                OutlinePiece(f"  {shortened(printable(condition), left - 2)}", "condition")
            )
        return pieces


_LEAST_TITLE = 6
_LEAST_CONDITION = 7
"""Fewer letters of a condition say nothing."""
_READ_TIMES = (
    "I/O Read Time",
    "I/O Write Time",
    "Shared I/O Read Time",
    "Shared I/O Write Time",
    "Temp I/O Read Time",
    "Temp I/O Write Time",
)


def _own_blocks(outline: PlanOutline, account: Account) -> float:
    analysis = outline.analysis
    return sum(analysis.self_buffers(account, c) for c in ("shared_hit", "shared_read"))


def _value(outline: PlanOutline, account: Account) -> str:
    match outline.heat:
        case Heat.TIME:
            return self_ms(account)
        case Heat.BUFFERS:
            return kilobytes(_own_blocks(outline, account) * BLOCK_KB)
        case Heat.COST:
            return f"~{account.cost.own:,.1f}"
        case Heat.ESTIMATE:
            return factor_text(account) or "·"
    if account.node.actual is None:
        return f"~{short(account.planned_rows)}" if account.node.estimate else "?"
    return f"{'~' if account.node.rows_rounded else ''}{short(account.node.rows_total)}"


def _loops(account: Account) -> str:
    actual = account.node.actual
    return f"×{short(actual.loops)}" if actual and actual.loops > 1 else ""


def _blocks(outline: PlanOutline, account: Account, counter: str) -> str:
    count = outline.analysis.self_buffers(account, counter)
    return kilobytes(count * BLOCK_KB) if count else ""


def _io(account: Account) -> str:
    ms = sum(account.node.figure(name) for name in _READ_TIMES)
    return f"{ms:,.1f}" if ms else ""


def _memory(account: Account) -> float:
    node = account.node
    if node.extra.get("Sort Space Type") == "Memory":
        return node.figure("Sort Space Used")
    return node.figure("Peak Memory Usage") or node.figure("Maximum Storage")


def _memory_text(account: Account) -> str:
    used = _memory(account)
    return kilobytes(used) if used else ""


_CELLS: Mapping[str, Callable[["PlanOutline", Account], str]] = {
    "value": _value,
    "share": lambda o, a: f"{_SHARES[o.heat](o, a) * 100:.0f}%" if o.heat in PARTS else "",
    "bar": lambda _o, _a: "",
    "rows": lambda _o, a: rows(a),
    "loops": lambda _o, a: _loops(a),
    "self": lambda _o, a: self_ms(a),
    "hit": lambda o, a: _blocks(o, a, "shared_hit"),
    "read": lambda o, a: _blocks(o, a, "shared_read"),
    "io": lambda _o, a: _io(a),
    "memory": lambda _o, a: _memory_text(a),
    "spill": lambda o, a: _blocks(o, a, "temp_written"),
    "wall": lambda _o, a: f"{a.wall_ms:,.1f}" if a.wall_ms is not None else NOT_RUN,
}


def _cost_share(outline: PlanOutline, account: Account) -> float:
    whole = outline.analysis.plan.root.estimate
    return account.cost.own / whole.total_cost if whole and whole.total_cost else 0.0


def _factor_share(_: PlanOutline, account: Account) -> float:
    """1 for four orders of magnitude."""
    factor = account.estimate_factor
    return math.log10(factor) / 4 if factor and factor > 1 else 0.0


def _rows_share(outline: PlanOutline, account: Account) -> float:
    if account.node.actual is not None:
        return account.node.rows_total / outline._most_rows  # noqa: SLF001 the class's own table
    return 0.0


_SHARES: Mapping[Heat, Callable[["PlanOutline", Account], float]] = {
    Heat.TIME: lambda o, a: o.analysis.share(a.self_ms),
    Heat.BUFFERS: lambda o, a: _own_blocks(o, a) / o._blocks,  # noqa: SLF001 the class's own table
    Heat.COST: _cost_share,
    Heat.ESTIMATE: _factor_share,
    Heat.ROWS: _rows_share,
}

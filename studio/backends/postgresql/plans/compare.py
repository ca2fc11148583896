"""Two runs of one statement side by side: what the plan, the time, the rows and the buffers did.

Nodes are matched by shape, not by place: an index that appears half-way down must not make every
node below it look new.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from studio.backends.plans.outline import CHANGED, GONE, NEW, SAME
from studio.backends.postgresql.plans.accounts import Account, Analysis
from studio.backends.postgresql.plans.plan import Plan, PlanNode

KEYS = ("Index Cond", "Filter", "Hash Cond", "Merge Cond", "Join Filter", "Recheck Cond")


@dataclass(frozen=True, slots=True)
class Pair:
    """One node before and after; either side may be missing."""

    mark: str
    """` ` the same, `~` another way to read the same thing, `-` gone, `+` new."""
    before: Account | None
    after: Account | None

    @property
    def self_ms_change(self) -> float | None:
        """After minus before; None when neither run timed it."""
        was = self.before.self_ms if self.before else 0.0
        now = self.after.self_ms if self.after else 0.0
        return None if was is None or now is None else now - was

    @property
    def rows_change(self) -> float:
        """Rows returned in all, after minus before."""
        was = self.before.node.rows_total if self.before else 0.0
        return (self.after.node.rows_total if self.after else 0.0) - was

    @property
    def blocks_change(self) -> float:
        """Shared blocks touched, children included, after minus before."""
        return _blocks(self.after) - _blocks(self.before)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two runs."""

    pairs: tuple[Pair, ...]
    """In the order of the run after; nodes that are gone where they stood before."""
    execution_ms: tuple[float | None, float | None]
    planning_ms: tuple[float | None, float | None]
    settings: tuple[tuple[str, str, str], ...]
    """Name, before, after, for settings that differ; empty where a run had the default."""

    @property
    def same_shape(self) -> bool:
        """Whether both runs used the same plan."""
        return all(pair.mark == SAME for pair in self.pairs)

    @property
    def speedup(self) -> float | None:
        """How many times faster the second run was; below 1 it was slower."""
        was, now = self.execution_ms
        return was / now if was and now else None


def compare(before: Analysis, after: Analysis) -> Comparison:
    """Match the nodes of two plans: by shape and place, then by shape, then by what they read."""
    matched = _match(before.accounts, after.accounts)
    taken = set(matched.values())
    pairs: list[Pair] = []
    left = [place for place in range(len(before.accounts)) if place not in taken]
    for place, account in enumerate(after.accounts):
        other = matched.get(place)
        while left and other is not None and left[0] < other:
            pairs.append(Pair(GONE, before.accounts[left.pop(0)], None))
        if other is None:
            pairs.append(Pair(NEW, None, account))
            continue
        was = before.accounts[other]
        mark = SAME if _shape(was.node) == _shape(account.node) else CHANGED
        pairs.append(Pair(mark, was, account))
    pairs += [Pair(GONE, before.accounts[place], None) for place in left]
    return Comparison(
        tuple(pairs),
        (before.plan.execution_ms, after.plan.execution_ms),
        (before.plan.planning_ms, after.plan.planning_ms),
        settings_changed(before.plan, after.plan),
    )


def settings_changed(before: Plan, after: Plan) -> tuple[tuple[str, str, str], ...]:
    """Settings that differ; the server lists only those that are not the default."""
    names = sorted({*before.settings, *after.settings})
    both = ((name, before.settings.get(name, ""), after.settings.get(name, "")) for name in names)
    return tuple(change for change in both if change[1] != change[2])


def _match(before: Sequence[Account], after: Sequence[Account]) -> dict[int, int]:
    """Place after → place before; the order of nodes is kept within each way of matching."""
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for key in (_shape_in_place, _shape_of, _subject):
        waiting: dict[object, list[int]] = defaultdict(list)
        for place, account in enumerate(before):
            if place not in taken and (found := key(account, before)) is not None:
                waiting[found].append(place)
        for places in waiting.values():
            places.reverse()
        for place, account in enumerate(after):
            if place in matched:
                continue
            found = key(account, after)
            if found is not None and waiting.get(found):
                matched[place] = waiting[found].pop()
                taken.add(matched[place])
    return matched


def _shape(node: PlanNode) -> tuple[object, ...]:
    conditions = tuple(node.conditions.get(key, "") for key in KEYS)
    return (node.title, node.relation, node.alias, node.index, node.subplan, conditions)


def _shape_in_place(account: Account, accounts: Sequence[Account]) -> object:
    parent = accounts[account.parent].node if account.parent is not None else None
    above = (parent.title, parent.relation, parent.alias) if parent else ()
    return (_shape(account.node), above, account.node.relationship)


def _shape_of(account: Account, _: Sequence[Account]) -> object:
    return _shape(account.node)


def _subject(account: Account, _: Sequence[Account]) -> object | None:
    """What a scan reads; for the rest, the kind of work: a join stays a join."""
    node = account.node
    if node.relation:
        return (node.relation, node.alias)
    if node.kind in {"Nested Loop", "Hash Join", "Merge Join"}:
        return "join"
    return node.title


def _blocks(account: Account | None) -> float:
    buffers = account.node.buffers if account else None
    return buffers.shared_hit + buffers.shared_read if buffers else 0.0

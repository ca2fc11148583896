"""FORMAT JSON plans of PostgreSQL 12 to 18 → Plan.

Field by field as the server names them; what we have no attribute for stays in `extra`, so a newer
server or an extension never makes a plan unreadable.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from studio.backends.plans.words import FIRST_OF
from studio.backends.postgresql.plans.plan import (
    JIT,
    Actual,
    Buffers,
    Estimate,
    Plan,
    PlanNode,
    TriggerTime,
    Worker,
    finite_number,
    number_or_zero,
)
from studio.model.errors import StudioError

DEEPEST = 400
"""Levels of nesting we read. Real plans stay below a hundred."""
MOST_NODES = 50_000

CONDITIONS = (
    "Filter",
    "Index Cond",
    "Recheck Cond",
    "Join Filter",
    "Hash Cond",
    "Merge Cond",
    "One-Time Filter",
    "TID Cond",
    "Order By",
    "Sort Key",
    "Presorted Key",
    "Group Key",
    "Cache Key",
    "Function Call",
    "Remote SQL",
    "Run Condition",
    "Params Evaluated",
    "Output",
    "Conflict Filter",
    "Table Function Call",
    "Sampling Parameters",
    "Window",
)
ATTRIBUTES = {
    "Node Type": "kind",
    "Parent Relationship": "relationship",
    "Subplan Name": "subplan",
    "Relation Name": "relation",
    "Schema": "schema",
    "Alias": "alias",
    "Index Name": "index",
    "Strategy": "strategy",
    "Partial Mode": "partial_mode",
    "Operation": "operation",
    "Join Type": "join_type",
}
BUFFER_FIELDS = tuple(
    f"{kind} {what} Blocks"
    for kind, whats in (
        ("Shared", ("Hit", "Read", "Dirtied", "Written")),
        ("Local", ("Hit", "Read", "Dirtied", "Written")),
        ("Temp", ("Read", "Written")),
    )
    for what in whats
)
MEASURED = (
    "Startup Cost",
    "Total Cost",
    "Plan Rows",
    "Plan Width",
    "Actual Startup Time",
    "Actual Total Time",
    "Actual Rows",
    "Actual Loops",
)
TAKEN = frozenset(
    (*CONDITIONS, *ATTRIBUTES, *BUFFER_FIELDS, *MEASURED, "Parallel Aware", "Plans", "Workers")
)
TOP_LEVEL = frozenset(
    ("Plan", "Planning Time", "Execution Time", "Settings", "Triggers", "JIT", "Query Text")
)


class CutOff(StudioError):
    """JSON that ends too early, or is damaged."""


class NoPlan(StudioError):
    """JSON of something else."""


def parse(text: str) -> tuple[Plan, ...]:
    """Read a JSON answer. Text behind it is ignored, but for further plans: of those the first one
    says how many there are.

    Raises StudioError when it is no JSON, no plan, or nested beyond reason.
    """
    text = text.lstrip()
    try:
        answer, end = json.JSONDecoder().raw_decode(text)
    except RecursionError:
        raise StudioError("This plan is nested too deeply to be one of PostgreSQL's.") from None
    except ValueError as error:
        raise CutOff(f"This is not complete JSON: {error}. Was it cut off?") from None
    first, *others = plans(answer)
    if behind := _behind(text[end:]):
        left = f"{FIRST_OF}{behind + 1} plans in this text."
        first = replace(first, notes=(*first.notes, left), unread=(*first.unread, left))
    return (first, *others)


def _behind(text: str) -> int:
    """How many more plans there are, whole or not."""
    count = 0
    while (text := text.lstrip())[:1] in {"[", "{"}:
        try:
            answer, end = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError):
            return count + 1
        elements = answer if isinstance(answer, list) else [answer]
        count += any(_with_plan(element) is not None for element in elements)
        text = text[end:]
    return count


def plans(answer: object) -> tuple[Plan, ...]:
    """Plans from a decoded answer: a list, as the server gives it, or one object of such a list."""
    elements = answer if isinstance(answer, list) else [answer]
    said = [element for element in elements if isinstance(element, str)]
    notes = tuple(f"The server also answered: {word}" for word in said)
    found = tuple(
        plan(element, notes) for element in map(_with_plan, elements) if element is not None
    )
    if found:
        return found
    if said:
        raise StudioError(f"There is no plan: the server answered {said[0]!r}.")
    raise NoPlan('There is no plan in this JSON: no object has a key "Plan".')


def _with_plan(element: object) -> Mapping[str, Any] | None:
    """The object that holds the plan; a bare node is taken for its plan."""
    if not isinstance(element, dict):
        return None
    if isinstance(element.get("Plan"), dict):
        return element
    if isinstance(element.get("Node Type"), str):
        return {"Plan": element}
    return None


def plan(top: Mapping[str, Any], notes: tuple[str, ...] = (), unread: tuple[str, ...] = ()) -> Plan:
    """One element of the answer → Plan."""
    root = _tree(top["Plan"])
    planning = top.get("Planning")
    settings = top.get("Settings")
    rest = {key: value for key, value in top.items() if key not in TOP_LEVEL}
    return Plan(
        root=root,
        analyzed=root.actual is not None,
        sql=_text(top.get("Query Text")),
        planning_ms=finite_number(top.get("Planning Time")),
        execution_ms=finite_number(top.get("Execution Time")),
        settings=MappingProxyType(
            {str(k): str(v) for k, v in settings.items()} if isinstance(settings, dict) else {}
        ),
        triggers=_triggers(top.get("Triggers")),
        jit=_jit(top.get("JIT")),
        planning_buffers=_buffers(planning) if isinstance(planning, dict) else None,
        extra=MappingProxyType(rest),
        notes=notes,
        unread=unread,
    )


def _tree(top: Mapping[str, Any]) -> PlanNode:
    """Build the nodes bottom-up without recursion, so depth costs no stack."""
    order: list[tuple[Mapping[str, Any], str, int]] = []
    waiting: list[tuple[Mapping[str, Any], str, int, int]] = [(top, "0", -1, 0)]
    while waiting:
        fields, path, parent, depth = waiting.pop()
        if depth > DEEPEST or len(order) >= MOST_NODES:
            raise StudioError("This plan has more levels or nodes than any real one.")
        here = len(order)
        order.append((fields, path, parent))
        inner = fields.get("Plans")
        listed = inner if isinstance(inner, list) else []
        kept = [child for child in listed if isinstance(child, dict)]
        waiting.extend(
            (child, f"{path}.{place}", here, depth + 1)
            for place, child in reversed(list(enumerate(kept)))
        )
    children: list[list[PlanNode]] = [[] for _ in order]
    for here in range(len(order) - 1, -1, -1):
        fields, path, parent = order[here]
        node = _node(fields, path, tuple(reversed(children[here])))
        if parent >= 0:
            children[parent].append(node)
    return node


def _node(fields: Mapping[str, Any], path: str, children: tuple[PlanNode, ...]) -> PlanNode:
    named = {name: _text(fields.get(key)) for key, name in ATTRIBUTES.items() if key in fields}
    named["kind"] = named.get("kind") or "Unknown node"
    return PlanNode(
        path=path,
        parallel_aware=fields.get("Parallel Aware") is True,
        conditions=MappingProxyType(
            {key: _expression(fields[key]) for key in CONDITIONS if key in fields}
        ),
        estimate=_estimate(fields),
        actual=_actual(fields),
        buffers=_buffers(fields),
        workers=_workers(fields.get("Workers")),
        children=children,
        extra=MappingProxyType({k: v for k, v in fields.items() if k not in TAKEN}),
        **named,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _expression(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


def _estimate(fields: Mapping[str, Any]) -> Estimate | None:
    if "Total Cost" not in fields and "Plan Rows" not in fields:
        return None
    return Estimate(
        number_or_zero(fields.get("Startup Cost")),
        number_or_zero(fields.get("Total Cost")),
        number_or_zero(fields.get("Plan Rows")),
        int(number_or_zero(fields.get("Plan Width"))),
    )


def _actual(fields: Mapping[str, Any]) -> Actual | None:
    rows, loops = (
        finite_number(fields.get("Actual Rows")),
        finite_number(fields.get("Actual Loops")),
    )
    if rows is None or loops is None:
        return None
    startup = finite_number(fields.get("Actual Startup Time"))
    total = finite_number(fields.get("Actual Total Time"))
    return Actual(
        max(rows, 0.0),
        max(loops, 0.0),
        None if startup is None else max(startup, 0.0),
        None if total is None else max(total, 0.0),
    )


def _buffers(fields: Mapping[str, Any]) -> Buffers | None:
    if "Shared Hit Blocks" not in fields and not any(key in fields for key in BUFFER_FIELDS):
        return None
    return Buffers(*[number_or_zero(fields.get(key)) for key in BUFFER_FIELDS])


def _workers(listed: object) -> tuple[Worker, ...]:
    if not isinstance(listed, list):
        return ()
    return tuple(
        Worker(
            int(number_or_zero(fields.get("Worker Number"))),
            _actual(fields),
            _buffers(fields),
            MappingProxyType({k: v for k, v in fields.items() if k not in TAKEN}),
        )
        for fields in listed
        if isinstance(fields, dict)
    )


def _triggers(listed: object) -> tuple[TriggerTime, ...]:
    if not isinstance(listed, list):
        return ()
    return tuple(
        TriggerTime(
            _text(fields.get("Trigger Name")),
            _text(fields.get("Constraint Name")) or None,
            _text(fields.get("Relation")) or None,
            finite_number(fields.get("Time")),
            number_or_zero(fields.get("Calls")),
        )
        for fields in listed
        if isinstance(fields, dict)
    )


def _jit(fields: object) -> JIT | None:
    if not isinstance(fields, dict):
        return None
    timing = fields.get("Timing")
    total = number_or_zero(timing.get("Total")) if isinstance(timing, dict) else 0.0
    return JIT(number_or_zero(fields.get("Functions")), total, MappingProxyType(dict(fields)))

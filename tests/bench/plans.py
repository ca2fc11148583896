"""Parse, analyse and paint large plans, as a ratio to json.loads of the same file.

Run as `python -m tests.bench.plans`; one JSON line per measure.
"""

import asyncio
import json
import random
import sys
from time import perf_counter

from studio.backends.postgresql.plans import pasted
from studio.backends.postgresql.plans.explained import Explained, explained
from studio.backends.postgresql.plans.outline import PlanOutline
from studio.ui.plan.tree import PlanTree

RUNS = 5


def node(random_: random.Random, kind: str, relationship: str) -> dict[str, object]:
    """One node with as many fields as EXPLAIN (ANALYZE, BUFFERS, VERBOSE) prints."""
    rows = random_.randrange(1, 100_000)
    fields: dict[str, object] = {
        "Node Type": kind, "Parent Relationship": relationship, "Parallel Aware": False,
        "Async Capable": False, "Startup Cost": 0.0, "Total Cost": float(rows), "Plan Rows": rows,
        "Plan Width": 8, "Actual Startup Time": 0.01, "Actual Total Time": 0.5, "Actual Rows": rows,
        "Actual Loops": 1, "Output": ["t.id", "t.total", "t.created_at"],
        "I/O Read Time": 0.0, "I/O Write Time": 0.0,
    }  # fmt: skip
    for what in ("Shared", "Local"):
        for how in ("Hit", "Read", "Dirtied", "Written"):
            fields[f"{what} {how} Blocks"] = random_.randrange(10)
    fields |= {"Temp Read Blocks": 0, "Temp Written Blocks": 0}
    if kind == "Seq Scan":
        fields |= {
            "Relation Name": "orders", "Schema": "shop", "Alias": "o",
            "Filter": "((o.customer_id = 42) AND (o.total > '10'::numeric))",
            "Rows Removed by Filter": random_.randrange(1, 1_000_000),
        }  # fmt: skip
    return fields


def plan(nodes: int) -> str:
    """A tree of hash joins over scans under one Append, as a large generated report has."""
    random_ = random.Random(nodes)
    root = node(random_, "Append", "")
    members: list[dict[str, object]] = []
    made = 1
    while made < nodes:
        hashed = node(random_, "Hash", "Inner") | {"Plans": [node(random_, "Seq Scan", "Outer")]}
        join = node(random_, "Hash Join", "Member")
        members.append(join | {"Plans": [node(random_, "Seq Scan", "Outer"), hashed]})
        made += 4
    top = {"Plan": root | {"Plans": members}, "Planning Time": 3.0, "Execution Time": 500.0}
    return json.dumps([top], indent=1)


def best(work: object) -> float:
    """The best of some runs, in ms."""
    assert callable(work)
    taken = []
    for _ in range(RUNS):
        started = perf_counter()
        work()
        taken.append((perf_counter() - started) * 1000)
    return min(taken)


async def first_paint(shown: Explained) -> float:
    """The best of some times from a plan in memory to its lines on the screen, in ms."""
    from textual.app import App, ComposeResult

    class Bench(App[None]):
        def compose(self) -> ComposeResult:
            yield PlanTree()

    taken = []
    app = Bench()
    async with app.run_test(size=(120, 36)) as pilot:
        tree_view = app.query_one(PlanTree)
        for _ in range(RUNS):
            started = perf_counter()
            tree_view.show(PlanOutline(shown))
            tree_view.render_lines(tree_view.size.region)
            taken.append((perf_counter() - started) * 1000)
            await pilot.pause()
    return min(taken)


def main() -> int:
    """Measure both sizes."""
    for nodes in (1_000, 10_000):
        text = plan(nodes)
        loads = best(lambda text=text: json.loads(text))
        read = best(lambda text=text: explained(pasted.read(text)[0]))
        shown = explained(pasted.read(text)[0])
        draw = best(lambda shown=shown: list(shown.lines(120)))
        paint = asyncio.run(first_paint(shown))
        measure = {
            "bench": "plans", "nodes": nodes, "bytes": len(text), "json_loads_ms": round(loads, 1),
            "parse_and_analyse_ms": round(read, 1), "ratio": round(read / loads, 1),
            "draw_text_ms": round(draw, 1), "first_paint_ms": round(paint, 1),
        }  # fmt: skip
        print(json.dumps(measure))
    return 0


if __name__ == "__main__":
    sys.exit(main())

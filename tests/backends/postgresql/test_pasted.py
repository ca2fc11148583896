"""Plans in the frames people paste them in."""

import json
from pathlib import Path

import pytest

from studio.backends.postgresql.plans import pasted

SAMPLES = Path(__file__).parents[2] / "samples" / "explain"
TEXT = (SAMPLES / "parallel_seq_agg" / "plan.txt").read_text()
JSON = (SAMPLES / "parallel_seq_agg" / "plan.json").read_text()


def psql(text):
    rows = text.rstrip("\n").split("\n")
    width = max(map(len, rows)) + 2
    body = "\n".join(f" {row}" for row in rows)
    return f"{'QUERY PLAN':^{width}}\n{'-' * width}\n{body}\n({len(rows)} rows)\n\nTime: 12.3 ms\n"


def bordered(text):
    rows = text.rstrip("\n").split("\n")
    width = max(map(len, rows))
    line = f"+-{'-' * width}-+"
    body = "\n".join(f"| {row:<{width}} |" for row in rows)
    return f"{line}\n| {'QUERY PLAN':^{width}} |\n{line}\n{body}\n{line}\n(3 rows)\n"


def continued(text):
    rows = text.rstrip("\n").split("\n")
    width = max(map(len, rows))
    body = " +\n".join(f" {row:<{width}}" for row in rows)
    return f"{'QUERY PLAN':^{width}}\n{'-' * (width + 2)}\n{body}\n(1 row)\n"


def quoted(text):
    return "\n".join('"' + row.replace('"', '""') + '"' for row in text.rstrip("\n").split("\n"))


def logged(text):
    body = "\n".join(f"\t{row}" for row in text.rstrip("\n").split("\n"))
    head = "2026-01-02 03:04:05.678 UTC [99] u@d LOG:  duration: 983.7 ms  plan:\n"
    return (
        f"{head}\tQuery Text: SELECT 1\n\t  FROM t;\n{body}\n2026-01-02 03:04:06 UTC [99] LOG:  x\n"
    )


FRAMES = (psql, bordered, quoted, lambda text: text.replace("\n", "\r\n"), lambda t: f"\ufeff\n{t}")


def shape(plan):
    return [(n.path, n.kind, n.relation, n.actual, n.buffers, n.workers) for n in plan.root.walk()]


@pytest.mark.parametrize("frame", FRAMES)
def test_a_text_plan_is_the_same_in_every_frame(frame):
    plan, plain = pasted.read(frame(TEXT))[0], pasted.read(TEXT)[0]
    assert shape(plan) == shape(plain)
    assert plan.execution_ms == plain.execution_ms
    assert plan.planning_ms == plain.planning_ms
    assert plan.settings == plain.settings


@pytest.mark.parametrize("frame", [psql, bordered, continued, quoted])
def test_a_json_plan_is_the_same_in_every_frame(frame):
    plan, plain = pasted.read(frame(JSON))[0], pasted.read(JSON)[0]
    assert shape(plan) == shape(plain)
    assert plan.execution_ms == plain.execution_ms


def test_a_plan_from_a_log_comes_with_its_statement():
    plan = pasted.read(logged(TEXT))[0]
    assert shape(plan) == shape(pasted.read(TEXT)[0])
    assert plan.sql.startswith("SELECT 1")


def test_a_json_plan_from_a_log_comes_with_its_statement():
    top = {"Query Text": "SELECT 2", **json.loads(JSON)[0]}
    plan = pasted.read(
        logged(json.dumps(top, indent=2)).replace("\tQuery Text: SELECT 1\n\t  FROM t;\n", "")
    )[0]
    assert shape(plan) == shape(pasted.read(JSON)[0])
    assert plan.sql == "SELECT 2"


def test_fields_of_newer_servers_and_unknown_nodes_are_kept():
    text = """\
Quantum Scan on public."Odd Name" q  (cost=0.42..8.44 rows=1 width=8) \
(actual time=0.010..0.020 rows=1.50 loops=2)
  Disabled: true
  Index Searches: 7
  Storage: Memory  Maximum Storage: 17kB
  Flux Capacity: 1.21 GW
  Buffers: shared hit=3
Planning Time: 0.1 ms
Execution Time: 0.2 ms
"""
    root = pasted.read(text)[0].root
    assert (root.kind, root.relation, root.alias) == ("Quantum Scan", "Odd Name", "q")
    assert root.rows_total == 3
    assert root.extra["Disabled"] is True
    assert root.figure("Index Searches") == 7
    assert root.extra["Storage"] == "Memory"
    assert root.figure("Maximum Storage") == 17
    assert root.extra["Flux Capacity"] == "1.21 GW"


def test_without_costs_and_without_timing_a_plan_is_still_read():
    bare = (
        "Hash Left Join\n  Hash Cond: (a.x = b.x)\n  ->  Seq Scan on a\n"
        "  ->  Hash\n        ->  Seq Scan on b\n"
    )
    root = pasted.read(bare)[0].root
    assert [n.kind for n in root.walk()] == ["Hash Join", "Seq Scan", "Hash", "Seq Scan"]
    assert root.join_type == "Left"
    untimed = "Seq Scan on a  (cost=0.00..1.00 rows=5 width=4) (actual rows=3 loops=1)\n"
    plan = pasted.read(untimed)[0]
    assert plan.analyzed
    assert not plan.timed


def test_a_cut_json_plan_shows_what_it_still_holds():
    plan = pasted.read(JSON[: len(JSON) * 2 // 3])[0]
    assert plan.root.kind == "Sort"
    assert any("cut off" in note for note in plan.notes)

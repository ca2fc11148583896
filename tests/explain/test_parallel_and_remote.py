"""Time of several processes and servers counts once; no child takes more than its parent."""

import json

import pytest

from studio.backends.postgresql.plans import pasted
from studio.backends.postgresql.plans.explained import explained
from tests.explain.rules.plans import node, scan, shown

LEADER = """\
Gather  (cost=66.12..421.53 rows=3333 width=0) (actual time=1.995..9.108 rows=9800 loops=1)
  Workers Planned: 4
  Workers Launched: 4
  ->  Parallel Bitmap Heap Scan on t  (cost=66.12..421.53 rows=833 width=0) \
(actual time=0.223..0.868 rows=1960 loops=5)
{workers}        ->  Bitmap Index Scan on t_i  (cost=0.00..65.28 rows=3333 width=0) \
(actual time=0.894..0.894 rows=9800 loops=1)
              Index Cond: (h > 1)
Execution Time: 9.5 ms
"""
WORKERS = "".join(
    f"        Worker {number}: actual time=0.032..{ms} rows=900 loops=1\n"
    for number, ms in enumerate((0.39, 0.174, 0.815, 0.904))
)
CITUS = """\
 Sort  (cost=100.00..101.00 rows=200 width=40) (actual time=310.100..310.200 rows=50 loops=1)
   ->  Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=100000 width=40) \
(actual time=300.500..301.000 rows=1600 loops=1)
         Task Count: 32
{tasks} Execution Time: 310.900 ms
"""
TASK = """\
         ->  Task
               Node: host=w1 port=5432 dbname=app
               ->  Seq Scan on events_102008 events  (cost=0.00..400.00 rows=20000 width=8) \
(actual time=0.010..240.000 rows=200 loops=1)
                     Filter: (kind = 'deploy'::text)
                     Rows Removed by Filter: 199800
"""


def read(text):
    return explained(pasted.read(text)[0])


def check_sums(plan):
    accounts = plan.analysis.accounts
    for account in accounts[1:]:
        above = accounts[account.parent]
        if above.node.executed and account.node.executed:
            assert account.wall_ms <= above.wall_ms + 0.001
    assert sum(a.self_ms or 0.0 for a in accounts) == pytest.approx(accounts[0].wall_ms, abs=0.01)


@pytest.mark.parametrize("workers", [WORKERS, ""], ids=["verbose", "short"])
def test_building_a_bitmap_takes_no_more_than_its_scan(workers):
    plan = read(LEADER.format(workers=workers))
    assert not plan.analysis.plan.unread
    check_sums(plan)


@pytest.mark.parametrize("count", [1, 3])
def test_time_of_citus_tasks_counts_once(count):
    plan = read(CITUS.format(tasks=TASK * count))
    check_sums(plan)
    assert plan.analysis.account("0.0.0.0").node.relation == "events_102008"


def test_no_index_is_advised_on_a_shard():
    plan = read(CITUS.format(tasks=TASK))
    assert not plan.hints
    assert not any("CREATE INDEX" in finding.fix for finding in plan.findings)


def changing(**fields):
    below = scan(ms=17.0, rows=5_000)
    return node("ModifyTable", below, ms=217.0, rows=0, plan=5_000, Operation="Delete", **fields)


def test_a_change_that_returns_nothing_has_no_estimate_error():
    assert shown(changing()).as_json()["nodes"][0]["estimate_factor"] is None
    returning = shown(changing(Output=["t.id"])).as_json()["nodes"][0]
    assert returning["estimate_factor"] == 5_000


def test_sums_over_processes_are_called_about_right():
    part = scan(ms=100.0, rows=300, loops=3) | {
        "Filter": "(t.a = 5)",
        "Rows Removed by Filter": 99_000,
        "Parallel Aware": True,
    }
    plan = shown(node("Gather", part, ms=101.0, rows=900, Workers_Launched=2))
    assert "read ~297,900 rows to keep ~900" in plan.findings[0].says
    assert json.dumps(plan.as_json())

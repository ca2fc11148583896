"""Estimated costs belong to the node that spends them, and add up to the root."""

import json
from pathlib import Path

import pytest

from studio.backends.postgresql.plans import pasted
from studio.backends.postgresql.plans.arithmetic import analyse
from tests.explain.rules.plans import node, scan

CASES = sorted((Path(__file__).parents[1] / "samples" / "explain").iterdir())


def read(root):
    return analyse(pasted.read(json.dumps([{"Plan": root}]))[0])


def planned(kind, *below, cost, rows=1, **fields):
    made = node(kind, *below, rows=rows, **fields) | {"Total Cost": cost}
    return {name: value for name, value in made.items() if not name.startswith("Actual")}


def table(cost, rows=1, **fields):
    made = scan("t", rows=rows) | {"Total Cost": cost} | fields
    return {name: value for name, value in made.items() if not name.startswith("Actual")}


def hottest(analysis):
    return max(analysis.accounts, key=lambda account: account.cost.own).node.path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_own_costs_add_up_to_the_root(case):
    analysis = analyse(pasted.read((case / "plan.json").read_text())[0])
    root = analysis.accounts[0]
    if root.node.estimate is None:
        return
    own = sum(account.cost.own for account in analysis.accounts)
    assert own == pytest.approx(root.node.estimate.total_cost, rel=1e-6)
    for account in analysis.accounts[1:]:
        above = analysis.accounts[account.parent]
        assert 0 <= account.cost.whole <= above.cost.whole * (1 + 1e-9)


def test_an_inner_side_costs_once_per_outer_row():
    plan = planned("Nested Loop", table(20, rows=100), table(800), cost=80_030, rows=100)
    analysis = read(plan)
    assert hottest(analysis) == "0.1"
    assert analysis.account("0.1").cost.whole == pytest.approx(80_000)
    assert analysis.account("0.1").cost.runs == pytest.approx(100)


def test_what_is_materialized_is_read_once():
    inner = planned("Materialize", table(800, rows=1_000), cost=805, rows=1_000)
    plan = planned("Nested Loop", table(20, rows=100), inner, cost=3_300, rows=100)
    analysis = read(plan)
    assert analysis.account("0.1.0").cost.whole == pytest.approx(800)
    assert hottest(analysis) == "0.1"


def test_memoize_gets_what_the_loop_has_and_hands_it_down():
    inner = planned("Memoize", table(8, Filter="(t.a = o.a)"), cost=8.01)
    plan = planned("Nested Loop", table(20, rows=10_000), inner, cost=5_000, rows=10_000)
    analysis = read(plan)
    assert analysis.account("0.1.0").cost.own == pytest.approx(4_880, rel=0.01)
    assert analysis.account("0.0").cost.own == 20


@pytest.mark.parametrize("kind", ["InitPlan 1 (returns $0)", "CTE c"])
def test_what_runs_once_costs_once(kind):
    once = table(500) | {"Parent Relationship": "InitPlan", "Subplan Name": kind}
    analysis = read(planned("Result", table(100, rows=50), once, cost=610, rows=50))
    assert analysis.account("0.1").cost.own == 500
    assert hottest(analysis) == "0.1"


def test_a_subplan_costs_once_per_row():
    asked = table(9) | {"Parent Relationship": "SubPlan", "Subplan Name": "SubPlan 1"}
    outer = table(9_100, rows=1_000, Output="t.a, (SubPlan 1)", Plans=[asked])
    analysis = read(planned("Sort", outer, cost=9_200, rows=1_000))
    assert analysis.account("0.0.0").cost.whole == pytest.approx(9_000)
    assert hottest(analysis) == "0.0.0"


def test_a_subplan_of_a_filter_also_ran_for_the_rows_that_were_dropped():
    asked = table(9) | {"Parent Relationship": "SubPlan", "Subplan Name": "SubPlan 1"}
    outer = table(9_100, rows=5, Filter="(SubPlan 1)", Plans=[asked])
    assert hottest(read(outer)) == "0.0"


def test_a_hashed_subplan_runs_once():
    asked = table(90) | {"Parent Relationship": "SubPlan", "Subplan Name": "SubPlan 1"}
    outer = table(9_100, rows=500, Filter="(NOT (hashed SubPlan 1))", Plans=[asked])
    assert read(outer).account("0.0").cost.whole == 90


def test_a_limit_takes_only_the_part_of_its_input_that_it_needs():
    analysis = read(planned("Limit", table(8_000, rows=400_000), cost=0.2, rows=10))
    assert analysis.account("0.0").cost.whole == pytest.approx(0.2)
    assert analysis.account("0.0").cost.runs < 0.01

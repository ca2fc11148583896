"""Findings of plans that never ran: there by estimate, and marked as that."""

import json

import pytest

from studio.backends.postgresql.plans import pasted
from studio.backends.postgresql.plans.explained import explained
from tests.explain.rules.plans import node, scan


def unrun(made):
    """The same node without a measurement, all the way down."""
    kept = {name: value for name, value in made.items() if not name.startswith("Actual")}
    if "Plans" in kept:
        kept["Plans"] = [unrun(child) for child in kept["Plans"]]
    return kept


def planned(root):
    return explained(pasted.read(json.dumps([{"Plan": unrun(root)}]))[0])


def rare(rows=40, cost=9_000.0, **fields):
    return scan(rows=rows) | {"Total Cost": cost, "Filter": "(t.a = 5)"} | fields


def test_a_filtered_scan_of_a_large_table_is_found_before_it_runs():
    shown = planned(rare())
    (finding,) = shown.findings
    assert (finding.id, finding.path, finding.estimated) == ("seq_scan_filter", "0", True)
    assert 300_000 < finding.evidence["read"] < 700_000
    assert [hint.columns for hint in shown.hints] == [("a",)]
    assert "seq_scan_filter at 0 (by estimate)" in "\n".join(shown.lines())
    assert shown.as_json()["findings"][0]["estimated"] is True


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(rare(cost=100.0), id="small"),
        pytest.param(rare(rows=400_000), id="keeps-most"),
        pytest.param(scan(rows=400_000) | {"Total Cost": 9_000.0}, id="no-filter"),
        pytest.param(rare(Filter="(SubPlan 1)"), id="subplan"),
        pytest.param(
            node("Limit", rare(rows=4_000), rows=3) | {"Total Cost": 7.0}, id="limit-ends-it"
        ),
        pytest.param(
            node("Sort", rare(), rows=40) | {"Total Cost": 900_000.0}, id="not-where-the-cost-is"
        ),
    ],
)
def test_an_estimate_stays_silent(plan):
    assert not planned(plan).findings


def test_the_inner_scan_of_a_loop_is_found_before_it_runs():
    inner = rare(rows=1, cost=800.0, Filter="(t.a = o.id)")
    outer = scan("o", rows=2_000) | {"Total Cost": 40.0}
    loop = node("Nested Loop", outer, inner, rows=2_000) | {"Total Cost": 1_600_060.0}
    shown = planned(loop)
    assert [(f.id, f.path) for f in shown.findings] == [("seq_scan_inner_loop", "0.1")]
    assert [hint.columns for hint in shown.hints] == [("a",)]


def test_a_subquery_per_row_is_found_before_it_runs():
    asked = rare(rows=1, cost=800.0) | {
        "Parent Relationship": "SubPlan",
        "Subplan Name": "SubPlan 1",
    }
    outer = scan("o", rows=2_000, Output="(SubPlan 1)", Plans=[asked]) | {"Total Cost": 1_600_040.0}
    assert "correlated_subplan" in {finding.id for finding in planned(outer).findings}


def test_what_was_measured_is_not_estimated_too():
    measured = scan(ms=100.0, rows=1_000) | {"Total Cost": 9_000.0, "Filter": "(t.a = 5)"}
    shown = explained(pasted.read(json.dumps([{"Plan": measured, "Execution Time": 100.0}]))[0])
    assert not any(finding.estimated for finding in shown.findings)

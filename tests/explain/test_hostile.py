"""Plans from anywhere: cut off, shuffled, absurd, hostile. An error that says so, or a view."""

import copy
import json
from itertools import pairwise
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.backends.postgresql.plans import pasted
from studio.backends.postgresql.plans.compare import compare
from studio.backends.postgresql.plans.explained import Explained, explained
from studio.backends.sqlite.plans import explain as sqlite_plan
from studio.backends.sqlite.plans.explained import sqlite_explained
from studio.cli.explain import saved
from studio.model.errors import StudioError
from tests.examples import examples
from tests.patience import IN_VAIN_S

SAMPLES = Path(__file__).parents[1] / "samples"
JSON_PLANS = [path.read_text() for path in sorted(SAMPLES.glob("explain/*/plan.json"))]
TEXT_PLANS = [path.read_text() for path in sorted(SAMPLES.glob("explain/*/plan.txt"))]
QUERIES = [path.read_text() for path in sorted(SAMPLES.glob("explain_sqlite/*/query.sql"))]

ABSURD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1e308, -1e308, 10**400, float("inf"), float("nan"), 2**63, 1e-300]),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["\x1b]0;x\x07", "Sort", "InitPlan 1 (returns $0)", "CTE t", "SubPlan 1", "'"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def view(text: str) -> Explained | None:
    """Everything a person would see; None when it is refused with a sentence."""
    started = process_time()
    try:
        shown = saved(text)
    except StudioError as error:
        return None if str(error) else pytest.fail("an error without a sentence")
    document = json.dumps(shown.as_json(), allow_nan=False)
    drawn = "\n".join(shown.lines(80))
    assert process_time() - started < IN_VAIN_S
    assert not any(ord(char) < 32 and char != "\n" for char in drawn + document)
    assert "\x7f" not in drawn
    return shown if isinstance(shown, Explained) else None


def adds_up(shown: Explained) -> bool:
    """Whether no share is negative and every number is a number."""
    return all(
        account.self_ms is None or account.self_ms >= 0 for account in shown.analysis.accounts
    )


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_a_json_plan_cut_anywhere_is_an_error_or_a_part_of_it(data):
    text = data.draw(st.sampled_from(JSON_PLANS))
    shown = view(text[: data.draw(st.integers(0, len(text)))])
    assert shown is None or adds_up(shown)


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_a_text_plan_cut_anywhere_is_an_error_or_a_part_of_it(data):
    text = data.draw(st.sampled_from(TEXT_PLANS))
    start = data.draw(st.integers(0, len(text)))
    shown = view(text[start : data.draw(st.integers(start, len(text)))])
    assert shown is None or adds_up(shown)


@settings(max_examples=examples(100), deadline=None)
@given(st.data())
def test_a_text_plan_with_its_lines_shuffled_is_an_error_or_a_view(data):
    lines = data.draw(st.sampled_from(TEXT_PLANS)).splitlines()
    view("\n".join(data.draw(st.permutations(lines))))


def fields(node, found):
    """Every (object, key) of a decoded plan."""
    if isinstance(node, dict):
        for key, value in node.items():
            found.append((node, key))
            fields(value, found)
    elif isinstance(node, list):
        for item in node:
            fields(item, found)
    return found


@settings(max_examples=examples(200), deadline=None)
@given(st.data())
def test_a_plan_with_absurd_values_is_an_error_or_a_view(data):
    plan = copy.deepcopy(json.loads(data.draw(st.sampled_from(JSON_PLANS))))
    places = fields(plan, [])
    for place in data.draw(st.lists(st.integers(0, len(places) - 1), min_size=1, max_size=12)):
        holder, key = places[place]
        if data.draw(st.booleans()):
            holder[key] = data.draw(ABSURD)
        else:
            holder.pop(key, None)
    shown = view(json.dumps(plan))
    assert shown is None or adds_up(shown)


@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_fields_in_another_order_change_nothing(data):
    def shuffled(node):
        if isinstance(node, dict):
            keys = data.draw(st.permutations(list(node)))
            return {key: shuffled(node[key]) if key == "Plan" else node[key] for key in keys}
        return [shuffled(item) for item in node] if isinstance(node, list) else node

    text = data.draw(st.sampled_from(JSON_PLANS))
    again = explained(pasted.read(json.dumps(shuffled(json.loads(text))))[0])
    assert again.as_json() == explained(pasted.read(text)[0]).as_json()


@settings(max_examples=examples(200), deadline=None)
@given(st.text())
def test_any_text_is_an_error_or_a_view(text):
    view(text)


@settings(max_examples=examples(100), deadline=None)
@given(st.text(alphabet="()'\"$:=<>~ANDORnot.,x1 \n->[]{}", max_size=200))
def test_any_condition_is_read_or_left_alone(condition):
    scan = {
        "Node Type": "Seq Scan", "Relation Name": "t", "Alias": "t", "Filter": condition,
        "Plan Rows": 1, "Total Cost": 1, "Actual Rows": 1, "Actual Loops": 1,
        "Actual Total Time": 5.0, "Rows Removed by Filter": 100_000,
    }  # fmt: skip
    assert view(json.dumps([{"Plan": scan, "Execution Time": 5.0}])) is not None


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_any_sql_beside_a_query_plan_is_harmless(data):
    sql = data.draw(st.sampled_from(QUERIES))
    cut = sql[: data.draw(st.integers(0, len(sql)))] + data.draw(st.text(max_size=10))
    rows = [(2, 0, 0, "SCAN orders"), (3, 0, 0, "SEARCH c USING INDEX i (a=?)"), (4, 3, 0, cut)]
    assert sqlite_explained(sqlite_plan.steps(rows), cut).as_json()["engine"] == "sqlite"


@pytest.mark.parametrize("depth", [300, 450, 2_000, 100_000])
def test_a_deep_plan_is_an_error_or_a_view_but_never_a_crash(depth):
    view('[{"Plan":' + '{"Node Type":"Sort","Plans":[' * depth + "]}" * depth + "}]")
    view('{"Plan":' + "[" * depth)
    view(
        "Sort  (cost=0.00..1.00 rows=1 width=1)\n"
        + "\n".join(
            " " * (2 + 6 * level) + "->  Sort  (cost=0.00..1.00 rows=1 width=1)"
            for level in range(min(depth, 2_000))
        )
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "[]",
        "{}",
        "[1, 2]",
        '["Utility Statement"]',
        "null",
        '{"Plan": []}',
        "<explain/>",
        "- Plan:\n    Node Type: [Sort",
        "SELECT 1",
        "(cost=1",
    ],
)
def test_what_is_no_plan_is_refused_with_a_sentence(text):
    with pytest.raises(StudioError, match=r"\w+ .*\."):
        saved(text)


def test_many_nodes_that_name_one_parameter_and_one_cte_stay_quick():
    scan = {
        "Node Type": "CTE Scan", "CTE Name": "t", "Alias": "t", "Parent Relationship": "Member",
        "Filter": "(t.x > $0)", "Actual Rows": 1, "Actual Loops": 1, "Actual Total Time": 1.0,
    }  # fmt: skip
    init = {**scan, "Parent Relationship": "InitPlan", "Subplan Name": "InitPlan 1 (returns $0)"}
    cte = {**scan, "Parent Relationship": "InitPlan", "Subplan Name": "CTE t"}
    root = {**scan, "Node Type": "Append", "Plans": [init, cte, scan] * 2_000}
    assert view(json.dumps([{"Plan": root}])) is not None


def test_comparing_a_hostile_plan_with_another_is_harmless():
    plans = [explained(pasted.read(text)[0]).analysis for text in JSON_PLANS[:12]]
    for before, after in pairwise(plans):
        comparison = compare(before, after)
        assert sum(1 for pair in comparison.pairs if pair.after) == len(after.accounts)
        assert sum(1 for pair in comparison.pairs if pair.before) == len(before.accounts)

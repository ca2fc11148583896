"""Every recorded PostgreSQL plan, against answers computed by hand and by the server."""

import json
from pathlib import Path

import pytest

from studio.backends.postgresql.plans import pasted
from studio.backends.postgresql.plans.explained import explained

CASES = sorted((Path(__file__).parents[1] / "samples" / "explain").iterdir())
ANALYZED = [case for case in CASES if json.loads((case / "expected.json").read_text())["analyzed"]]


def expected(case):
    return json.loads((case / "expected.json").read_text())


def read(case, name="plan.json"):
    return explained(pasted.read((case / name).read_text())[0])


def case_id(case):
    return case.name


@pytest.mark.parametrize("case", ANALYZED, ids=case_id)
def test_every_listed_node_has_its_time_loops_rows_and_participants(case):
    shown = read(case).as_json()
    by_path = {node["path"]: node for node in shown["nodes"]}
    for wanted in expected(case)["top_exclusive"]:
        node = by_path[wanted["path"]]
        tolerance = wanted["tolerance_ms"]
        assert node["exclusive_ms"] == pytest.approx(wanted["exclusive_ms"], abs=tolerance)
        assert node["inclusive_ms"] == pytest.approx(wanted["inclusive_ms"], abs=tolerance)
        assert node["participants"] == pytest.approx(wanted["participants"])
        assert node["loops"] == wanted["loops"]
        assert node["rows_total"] == pytest.approx(wanted["rows_total"], abs=1)


@pytest.mark.parametrize("case", ANALYZED, ids=case_id)
def test_the_whole_statement_adds_up(case):
    wanted, shown = expected(case), read(case).as_json()
    assert shown["execution_ms"] == wanted["execution_ms"]
    assert shown["planning_ms"] == wanted["planning_ms"]
    assert shown["root_inclusive_ms"] == pytest.approx(wanted["root_inclusive_ms"], abs=0.001)
    assert shown["outside_root_ms"] == pytest.approx(wanted["outside_root_ms"], abs=0.001)
    total = sum(node["exclusive_ms"] for node in shown["nodes"])
    assert total == pytest.approx(wanted["sum_of_exclusive_ms"], abs=0.02)
    for group in wanted.get("group_checks", ()):
        paths = group["paths"]
        part = sum(node["exclusive_ms"] for node in shown["nodes"] if node["path"] in paths)
        assert part == pytest.approx(group["exclusive_ms_sum"], abs=0.02)


@pytest.mark.parametrize("case", ANALYZED, ids=case_id)
def test_the_biggest_estimate_error_is_found(case):
    wanted = expected(case)["biggest_estimate_error"]
    nodes = [n for n in read(case).as_json()["nodes"] if n["estimate_factor"] is not None]
    biggest = max(node["estimate_factor"] for node in nodes)
    assert biggest == pytest.approx(wanted["factor"], rel=0.01)
    worst = {node["path"] for node in nodes if node["estimate_factor"] == biggest}
    assert worst & set(wanted["paths"])
    assert any(
        node["estimate_direction"] == wanted["direction"] for node in nodes if node["path"] in worst
    )


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_findings_that_must_come_come_and_no_others(case):
    wanted = expected(case)["findings"]
    found = {(finding.id, finding.path): finding for finding in read(case).findings}
    for must in wanted["must"]:
        finding = found[must["id"], must.get("path")]
        for name, value in must.get("evidence", {}).items():
            assert finding.evidence[name] == value
    named = {must["id"] for must in wanted["must"]} | set(wanted["may"])
    assert not {rule for rule, _ in found} & set(wanted["must_not"])
    assert {rule for rule, _ in found} <= named


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_index_hints_begin_with_the_columns_that_were_measured_to_help(case):
    hints = read(case).hints
    for wanted in expected(case).get("index_hints", ()):
        columns = wanted["columns"]
        assert any(
            hint.table == wanted["table"]
            and list(hint.columns[: len(columns)]) == columns
            and (wanted["kind"] != "trigram" or hint.kind == "trigram")
            for hint in hints
        )


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_the_text_plan_has_the_same_shape_as_the_json_plan(case):
    def shape(node):
        return (
            node.path, node.kind, node.relationship, node.subplan, node.relation, node.schema,
            node.alias, node.index, node.strategy, node.partial_mode, node.operation,
            node.join_type, node.parallel_aware, len(node.workers), node.executed,
        )  # fmt: skip

    from_json, from_text = read(case).analysis.plan, read(case, "plan.txt").analysis.plan
    assert [shape(n) for n in from_text.root.walk()] == [shape(n) for n in from_json.root.walk()]
    assert len(from_text.triggers) == len(from_json.triggers)
    assert (from_text.jit is None) == (from_json.jit is None)
    assert "Unread Lines" not in from_text.extra


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_the_text_plan_shows_the_same_findings_where_it_does_not_hang_on_the_cache(case):
    wanted = expected(case)["findings"]
    found = {(finding.id, finding.path) for finding in read(case, "plan.txt").findings}
    # The text plan is a second run: what was cold in the first is warm in it.
    must = {(m["id"], m.get("path")) for m in wanted["must"] if m["id"] != "cache_misses"}
    assert must <= found
    assert not {rule for rule, _ in found} & set(wanted["must_not"])


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_findings_come_by_what_they_could_save(case):
    warnings = [f.saves_ms for f in read(case).findings if f.severity.value != "info"]
    assert warnings == sorted(warnings, reverse=True)

"""A plan in any wrapping is the same plan, or it is refused, or what is missing is told."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.backends.plans.other_engines import engine_of
from studio.backends.postgresql.plans import pasted
from studio.backends.registry import saved_plan
from studio.model.errors import StudioError
from tests.examples import examples
from tests.explain.wrappings import FURTHER, WRAPPINGS, rows, wrapped, xml_of, yaml_of

CASES = sorted((Path(__file__).parents[1] / "samples" / "explain").iterdir())
PLAN = (CASES[0].parent / "parallel_seq_agg" / "plan.txt").read_text()
EXACT = set(WRAPPINGS) - {
    name for name in WRAPPINGS if name.startswith(("cut", "wrapped")) or "flattened" in name
} - {"collapsed"}  # fmt: skip


def shape(plan):
    """All that was read, but for how spaces lie in a condition that was broken."""
    nodes = [
        (n.path, n.label, n.relationship, n.subplan, n.alias, n.index, n.estimate, n.actual,
         n.buffers, {key: "".join(text.split()) for key, text in n.conditions.items()},
         [(w.number, w.actual) for w in n.workers])
        for n in plan.root.walk()
    ]  # fmt: skip
    return nodes, plan.planning_ms, plan.execution_ms, len(plan.triggers), plan.jit is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_the_same_plan_is_read_or_it_is_refused_or_told(case, wrapping):
    text = (case / "plan.txt").read_text()
    bare = pasted.read(text)[0]
    assert not bare.unread
    try:
        plan = pasted.read(WRAPPINGS[wrapping](text))[0]
    except StudioError:
        assert wrapping not in EXACT
        return
    if plan.unread:
        assert wrapping not in EXACT
        assert plan.notes
    else:
        assert shape(plan) == shape(bare)


READ = {
    "mail", "comment", "hash", "slashes", "indented", "tabbed", "bullet", "dash", "container",
    "stamped", "numbered", "numbered-colon", "coloured", "zero-width", "byte-order", "no-break",
    "crlf", "cr", "trailing", "semicolons", "markdown-table", "one-literal", "json-string",
    "json-rows", "csv", "csv-commas", "curled", "ellipsis", "prose", "arrow", "dash-arrow",
    "em-arrow", "python-rows", "python-tuples", "python-list", "python-list-lines", "node-rows",
    "ruby-rows", "concatenated", "java", "container-log", "jira", "jira-code", "backticks",
    "backtick", "address", "grep", "numbered-tab", "escaped-twice",
}  # fmt: skip


def silently_another(case, names):
    """Whether a plan is read as another one and nobody is told."""
    text = (case / "plan.txt").read_text()
    bare, carried = pasted.read(text)[0], text
    for name in names:
        carried = (WRAPPINGS | FURTHER)[name](carried)
    try:
        plan = pasted.read(carried)[0]
    except StudioError:
        return False
    return not plan.unread and shape(plan) != shape(bare)


@pytest.mark.parametrize("name", FURTHER)
def test_what_happens_on_the_way_is_repaired_or_told(name):
    text = PLAN
    assert not any(silently_another(case, [name]) for case in CASES)
    if name in READ:
        assert shape(pasted.read(FURTHER[name](text))[0]) == shape(pasted.read(text)[0])


@settings(max_examples=examples(400))
@given(
    st.sampled_from(CASES),
    st.sampled_from(sorted(WRAPPINGS)),
    st.lists(st.sampled_from(sorted(FURTHER)), min_size=1, max_size=2, unique=True),
    st.integers(0, 2),
)
def test_no_plan_is_read_as_another_whatever_it_went_through(case, document, further, place):
    assert not silently_another(case, [*further[:place], document, *further[place:]])


def test_a_plan_without_its_end_says_so():
    lines = rows(PLAN)
    assert "Execution Time" in pasted.read("\n".join(lines[:-3]))[0].notes[-1]


def test_a_join_without_its_second_side_is_told():
    text = (CASES[0].parent / "join_filter_discards" / "plan.txt").read_text()
    lines = rows(text)
    last = max(place for place, line in enumerate(lines) if "->" in line)
    side = [line for line in lines[:last] if "->" in line]
    cut = lines[: lines.index(side[-1])]
    assert any("lines are missing" in line for line in pasted.read("\n".join(cut))[0].unread)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("written", [yaml_of, xml_of], ids=["yaml", "xml"])
def test_yaml_and_xml_give_the_answer_of_json(case, written):
    text = (case / "plan.json").read_text()
    assert shape(pasted.read(written(json.loads(text)))[0]) == shape(pasted.read(text)[0])


@pytest.mark.parametrize("width", [60, 80, 100, 132])
def test_most_plans_broken_by_a_terminal_are_read(width):
    read = 0
    for case in CASES:
        text = (case / "plan.txt").read_text()
        try:
            read += not pasted.read(wrapped(width)(text))[0].unread
        except StudioError:
            continue
    assert read >= 0.85 * len(CASES)


OTHERS = {
    "MySQL": "-> Sort: o.total DESC  (actual time=120.1..120.4 rows=1000 loops=1)\n"
    "    -> Table scan on c  (cost=100 rows=1000) (actual time=0.1..1.0 rows=1000 loops=1)\n",
    "CockroachDB": "distribution: local\nvectorized: true\n\n• filter\n│ filter: a = 1\n│\n"
    "└── • scan\n      table: t@t_pkey\n      spans: FULL SCAN\n",
    "Oracle": "| Id  | Operation         | Name |\n|   0 | SELECT STATEMENT  |      |\n",
    "SQL Server": '<ShowPlanXML xmlns="http://schemas.microsoft.com/sqlserver"></ShowPlanXML>',
    "Greenplum": "Gather Motion 3:1  (slice1; segments: 3)  (cost=0.00..431.00 rows=1 width=4)\n"
    "  ->  Seq Scan on t  (cost=0.00..431.00 rows=1 width=4)\n"
    "Optimizer: Pivotal Optimizer (GPORCA)\n",
    "Spark": "== Physical Plan ==\n*(1) Scan ExistingRDD[a#1]\n",
}


@pytest.mark.parametrize("engine", OTHERS)
def test_plans_of_other_engines_are_refused_by_name(engine):
    with pytest.raises(StudioError, match=engine):
        saved_plan(OTHERS[engine])


def test_json_of_mysql_is_refused_by_name():
    with pytest.raises(StudioError, match="MySQL"):
        saved_plan('{"query_block": {"select_id": 1, "table": {"table_name": "t"}}}')


def test_json_of_greenplum_is_refused_by_name():
    with pytest.raises(StudioError, match="Greenplum"):
        saved_plan('[{"Plan": {"Node Type": "Gather Motion", "Senders": 3, "Plan Rows": 1}}]')


def test_a_text_that_names_a_motion_is_no_greenplum():
    text = "Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n  Filter: (x = 'Gather Motion'::text)"
    assert not engine_of(text)
    assert saved_plan(text).as_json()["engine"] == "postgresql"


def test_a_line_that_is_not_understood_is_told():
    plan = pasted.read(
        PLAN.replace("Workers Planned", "~~ something new ~~\n         Workers Planned")
    )[0]
    assert plan.unread
    assert "not understood" in plan.notes[-1]


def test_words_below_a_plan_are_no_part_of_it():
    assert not pasted.read(f"{PLAN}\nThanks\nBob\n")[0].unread

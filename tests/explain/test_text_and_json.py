"""One plan in both of the server's formats gives one answer."""

import json
from pathlib import Path

import pytest

from studio.backends.postgresql.plans import explain_print, pasted
from studio.backends.postgresql.plans.explained import explained

CASES = sorted((Path(__file__).parents[1] / "samples" / "explain").iterdir())


def answer(text):
    shown = explained(pasted.read(text)[0])
    assert "Unread Lines" not in shown.analysis.plan.extra
    return shown.as_json()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_plan_printed_as_text_gives_the_answer_of_its_json(case):
    plan = (case / "plan.json").read_text()
    assert answer(explain_print.text(json.loads(plan)[0])) == answer(plan)


ROW = {
    "Startup Cost": 0.0, "Total Cost": 9.0, "Plan Rows": 3, "Plan Width": 4,
    "Actual Startup Time": 0.001, "Actual Total Time": 5.0, "Actual Rows": 3, "Actual Loops": 1,
}  # fmt: skip


def made(kind, *below, **fields):
    """A node with labels as keywords, `_` for their spaces."""
    labelled = {name.replace("_", " "): value for name, value in fields.items()}
    return {"Node Type": kind, **ROW, **labelled, **({"Plans": list(below)} if below else {})}


def worker(number, **fields):
    labelled = {name.replace("_", " "): value for name, value in fields.items()}
    times = {name: value for name, value in ROW.items() if name.startswith("Actual")}
    return {"Worker Number": number, **times, **labelled}


def compiled(ms):
    options = {"Inlining": False, "Optimization": False, "Expressions": True, "Deforming": True}
    timing = {"Generation": {"Deform": 0.1, "Total": 0.2}, "Inlining": 0.0, "Total": ms}
    return {"Functions": 7, "Options": options, "Timing": timing}


def on(name, **fields):
    return made("Seq Scan", Relation_Name=name, Alias=name, **fields)


MADE = {
    "quoted-on": made("Index Scan", Index_Name="made on monday", Relation_Name="A b", Schema="S.s",
                      Alias="x on y", Scan_Direction="Backward", Index_Cond="(a = 1)"),
    "parallel-everything": made(
        "Gather",
        made("Sort", made("Aggregate", on("t", Parallel_Aware=True, Parent_Relationship="Outer"),
                          Strategy="Hashed", Partial_Mode="Partial", Parent_Relationship="Outer",
                          HashAgg_Batches=5, Peak_Memory_Usage=99, Disk_Usage=1000,
                          Workers=[worker(0, HashAgg_Batches=3, Peak_Memory_Usage=9,
                                          Disk_Usage=8)]),
             Parent_Relationship="Outer", Sort_Key=["a", "b DESC"], Sort_Method="quicksort",
             Sort_Space_Type="Memory", Sort_Space_Used=25,
             Workers=[worker(0, Sort_Method="external merge", Sort_Space_Type="Disk",
                             Sort_Space_Used=777)]),
        Workers_Planned=2, Workers_Launched=1, Single_Copy=False,
        Workers=[{"Worker Number": 0, "JIT": compiled(900.0)}],
    ),
    "bitmap-18": made(
        "Bitmap Heap Scan",
        made("Bitmap Index Scan", Index_Name="i on t", Index_Searches=12,
             Parent_Relationship="Outer"),
        Relation_Name="t", Alias="t", Exact_Heap_Blocks=10, Lossy_Heap_Blocks=20,
        Parallel_Aware=True, Disabled=True, Rows_Removed_by_Index_Recheck=44,
        Workers=[worker(0, Exact_Heap_Blocks=1, Lossy_Heap_Blocks=2)],
    ),
    "memoized": made(
        "Nested Loop", on("a", Parent_Relationship="Outer"),
        made("Memoize", on("b", Parent_Relationship="Inner", Actual_Loops=0, Actual_Rows=0,
                           Actual_Startup_Time=0.0, Actual_Total_Time=0.0),
             Cache_Key="a.x", Cache_Mode="binary", Cache_Hits=0, Cache_Misses=0, Cache_Evictions=0,
             Cache_Overflows=0, Peak_Memory_Usage=0, Parent_Relationship="Inner",
             Workers=[worker(0, Cache_Hits=5, Cache_Misses=2000, Cache_Evictions=900,
                             Cache_Overflows=200, Peak_Memory_Usage=4097)]),
        Join_Type="Left", Inner_Unique=True, Join_Filter="(a.x <> b.y)",
        Rows_Removed_by_Join_Filter=7,
    ),
    "stored-18": made(
        "WindowAgg",
        made("CTE Scan", CTE_Name="c", Alias="c", Storage="Disk", Maximum_Storage=4097,
             Temp_Written_Blocks=512, Parent_Relationship="Outer"),
        made("Result", Parent_Relationship="InitPlan", Subplan_Name="CTE c"),
        Window="w AS (PARTITION BY c.a)", Storage="Memory", Maximum_Storage=17,
        Run_Condition="(row_number() OVER w <= 3)",
    ),
    "enormous": made("Nested Loop", on("t", Parent_Relationship="Outer"),
                     on("s", Parent_Relationship="Inner"), Plan_Rows=1e40, Total_Cost=1e60,
                     Join_Type="Inner"),
    "waiting": on("t", Shared_Read_Blocks=5000, **{"Shared I/O Read Time": 4.5,
                  "Temp I/O Write Time": 1.25}),
    "conflicts": made("ModifyTable", on("s", Parent_Relationship="Outer"), Operation="Insert",
                      Relation_Name="t", Alias="t", Conflict_Resolution="UPDATE",
                      Conflict_Arbiter_Indexes=["t_pk"], Conflict_Filter="(t.x > 1)",
                      Rows_Removed_by_Conflict_Filter=2, Tuples_Inserted=5, Conflicting_Tuples=6),
}  # fmt: skip


@pytest.mark.parametrize("root", MADE.values(), ids=MADE)
def test_what_no_sample_shows_is_read_alike_from_both(root):
    top = {"Plan": root, "Planning Time": 0.1, "JIT": compiled(1.5), "Execution Time": 6.0}
    from_json = pasted.read(json.dumps([top]))[0]
    from_text = pasted.read(explain_print.text(top))[0]
    assert explained(from_text).as_json() == explained(from_json).as_json()
    for printed, given in zip(from_text.root.walk(), from_json.root.walk(), strict=True):
        assert printed.conditions == given.conditions
        assert printed.index == given.index
        assert printed.alias == given.alias
        assert printed.buffers == given.buffers
        assert [told(w.extra) for w in printed.workers] == [told(w.extra) for w in given.workers]


def told(extra):
    """Everything but a worker's compiling, which text spreads over lines without its name."""
    spread = {"JIT", "Functions", "Options", "Timing"}
    return {name: value for name, value in extra.items() if name not in spread}

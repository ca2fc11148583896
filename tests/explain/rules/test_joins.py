"""Rules about loops, caches, wrong estimates and subqueries."""

import pytest

from tests.explain.rules.plans import found, ids, node, scan, shown


def loop(inner, **fields):
    return node("Nested Loop", node("Seq Scan", ms=1.0, rows=2_000), inner, ms=100.0, **fields)


@pytest.mark.parametrize(
    ("inner", "fires"),
    [
        (node("Index Scan", ms=0.03, loops=1_000), True),
        (node("Index Scan", ms=0.03, loops=999), False),
        (node("Index Scan", ms=0.02, loops=1_200), False),
        (node("Materialize", ms=0.03, loops=2_000), False),
        (node("Memoize", ms=0.03, loops=2_000, Cache_Hits=1_600, Cache_Misses=400), False),
        (node("Memoize", ms=0.03, loops=2_000, Cache_Hits=1_590, Cache_Misses=410), True),
        (node("Index Scan", ms=0.0, loops=0), False),
    ],
)
def test_a_loop_run_too_often(inner, fires):
    assert (("nested_loop_many", "0") in found(loop(inner))) is fires


@pytest.mark.parametrize(
    ("removed", "rows", "ms", "fires"),
    [
        (100_000, 11_111, 100.0, True),
        (99_999, 0, 100.0, False),
        (100_000, 11_200, 100.0, False),
        (100_000, 0, 9.0, False),
    ],
)
@pytest.mark.parametrize("kind", ["Nested Loop", "Hash Join", "Merge Join"])
def test_pairs_thrown_away(kind, removed, rows, ms, fires):
    join = node(kind, ms=ms, rows=rows, Rows_Removed_by_Join_Filter=removed, Join_Filter="(a < b)")
    plan = node("Aggregate", join, ms=100.0)
    assert (("join_filter_discards", "0.0") in found(plan)) is fires


@pytest.mark.parametrize(
    ("hits", "misses", "evicted", "overflows", "fires"),
    [
        (100, 1_000, 0, 0, True),
        (100, 999, 0, 0, False),
        (5_000, 1_000, 499, 0, False),
        (5_000, 1_000, 499, 1, True),
        (430, 1_000, 0, 0, False),
    ],
)
def test_a_cache_that_does_not_help(hits, misses, evicted, overflows, fires):
    counts = {"Cache_Hits": hits, "Cache_Misses": misses, "Cache_Evictions": evicted}
    cache = node("Memoize", ms=0.01, loops=900, Cache_Overflows=overflows, **counts)
    assert (("memoize_ineffective", "0.1") in found(loop(cache))) is fires
    assert "memoize_ineffective" not in ids(loop(cache | {"Actual Total Time": 0.005}))


def test_counts_of_workers_belong_to_the_cache():
    workers = [{"Worker Number": 0, "Cache Hits": 0, "Cache Misses": 900}]
    cache = node("Memoize", ms=0.01, loops=900, Cache_Hits=0, Cache_Misses=100, Workers=workers)
    assert ("memoize_ineffective", "0.1") in found(loop(cache))


# -- estimates -----------------------------------------------------------------------------------


def wrong(rows=1_000, plan=100, **fields):
    return scan(ms=10.0, rows=rows, plan=plan) | fields


def joined(one, kind="Hash Join", **fields):
    return node(kind, one, node("Index Scan", ms=1.0, rows=5_000), ms=50.0, rows=1_000, **fields)


def test_a_wrong_estimate_below_a_join_fires_once_at_the_lowest_node():
    assert found(joined(wrong())) == {("row_misestimate", "0.0")}
    through = joined(node("Sort", wrong(), ms=12.0, rows=1_000, plan=100))
    assert found(through) == {("row_misestimate", "0.0.0")}


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(joined(wrong(rows=990)), id="less-than-ten-times"),
        pytest.param(joined(wrong(rows=99, plan=1)), id="few-rows"),
        pytest.param(node("Sort", wrong(), ms=11.0, rows=1_000, plan=100), id="no-consumer"),
        pytest.param(wrong(), id="root-only"),
    ],
)
def test_an_estimate_stays_silent(plan):
    assert "row_misestimate" not in ids(plan)


@pytest.mark.parametrize(
    "above",
    [
        node("Sort", wrong(), ms=11.0, rows=1_000, plan=100, Sort_Space_Type="Disk",
             Sort_Space_Used=100),
        node("Aggregate", wrong(), ms=11.0, rows=10, plan=10, Strategy="Hashed", Disk_Usage=64),
        node("Hash", wrong(), ms=11.0, rows=1_000, plan=100, Hash_Batches=4),
    ],
    ids=["sort", "aggregate", "hash"],
)  # fmt: skip
def test_a_spill_above_relies_on_the_estimate(above):
    assert any(rule == "row_misestimate" for rule, _ in found(above))


def over(**fields):
    return scan(ms=10.0, rows=10, plan=1_000) | fields


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(node("Limit", joined(over()), ms=51.0, rows=10, plan=10), id="limit"),
        pytest.param(joined(over(), "Merge Join"), id="merge-join"),
        pytest.param(joined(over(), Join_Type="Semi"), id="semi"),
        pytest.param(joined(over(), Join_Type="Anti"), id="anti"),
        pytest.param(joined(over(), Inner_Unique=True), id="inner-unique"),
    ],
)
def test_rows_nobody_asked_for_are_no_over_estimate(plan):
    assert "row_misestimate" not in ids(plan)


@pytest.mark.parametrize(
    "between",
    [
        lambda below: node("Sort", below, ms=11.0, rows=10, plan=10),
        lambda below: node("Hash", below, ms=11.0, rows=10, plan=10),
        lambda below: node("Aggregate", below, ms=11.0, rows=10, plan=10, Strategy="Hashed"),
        lambda below: node("Aggregate", below, ms=11.0, rows=10, plan=10, Strategy="Plain"),
    ],
)
def test_a_node_that_collects_first_did_ask_for_all_rows(between):
    plan = node("Limit", joined(between(over())), ms=51.0, rows=10, plan=10)
    assert ("row_misestimate", "0.0.0.0") in found(plan)


def test_an_under_estimate_below_a_limit_fires():
    assert "row_misestimate" in ids(node("Limit", joined(wrong()), ms=51.0, rows=1_000))


def cte_scan(**fields):
    return node("CTE Scan", **fields) | {"CTE Name": "t", "Alias": "t"}


def with_cte(body, reader):
    inner = body | {"Parent Relationship": "InitPlan", "Subplan Name": "CTE t"}
    plan = joined(reader)
    return plan | {"Plans": [inner, *plan["Plans"]]}


def test_a_wrong_cte_is_told_at_its_source_and_not_again_at_its_reader():
    plan = with_cte(wrong(), cte_scan(ms=12.0, rows=1_000, plan=100))
    assert found(plan) == {("row_misestimate", "0.0")}


def test_a_cte_read_below_a_limit_was_not_asked_for_all_its_rows():
    reader = node("Limit", cte_scan(ms=12.0, rows=10, plan=1_000), ms=13.0, rows=10, plan=10)
    assert "row_misestimate" not in ids(with_cte(over(), reader))


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(joined(node("WorkTable Scan", ms=9.0, rows=1_000, plan=10)), id="work-table"),
        pytest.param(
            node("Recursive Union", wrong(), joined(wrong(), "Nested Loop"), ms=60.0, rows=10),
            id="recursion",
        ),
        pytest.param(
            joined(node("Append", *[wrong() | {"Parent Relationship": "Member"}] * 2, ms=30.0,
                        rows=2_000, plan=2_000)),
            id="member",
        ),
        pytest.param(
            joined(node("Hash Join", node("Seq Scan", loops=0), ms=9.0, rows=0, plan=5_000)),
            id="child-never-ran",
        ),
        pytest.param(joined(node("BitmapAnd", ms=9.0, rows=0, plan=5_000)), id="bitmap"),
        pytest.param(joined(node("ModifyTable", ms=9.0, rows=0, plan=0)), id="modify"),
        pytest.param(
            joined(node("Bitmap Heap Scan",
                        node("Bitmap Index Scan", ms=1.0, rows=1_280, plan=5),
                        ms=9.0, rows=900, plan=900, Lossy_Heap_Blocks=128)),
            id="brin",
        ),
    ],
)  # fmt: skip
def test_numbers_that_mean_nothing_are_no_estimates(plan):
    assert "row_misestimate" not in ids(plan)


@pytest.mark.parametrize("planned", [1, 100, 1_000])
def test_a_function_that_says_nothing_about_its_rows(planned):
    function = node("Function Scan", ms=9.0, rows=30_000, plan=planned, Function_Name="f")
    assert found(joined(function)) == {("function_rows_estimate", "0.0")}
    told = function | {"Plan Rows": 500}
    assert found(joined(told)) == {("row_misestimate", "0.0")}


# -- subqueries ----------------------------------------------------------------------------------


def with_subplan(below, condition="(SubPlan 1)"):
    inner = below | {"Parent Relationship": "SubPlan", "Subplan Name": "SubPlan 1"}
    return scan(ms=100.0, rows=50, Filter=condition) | {"Plans": [inner]}


@pytest.mark.parametrize(
    ("below", "condition", "expected"),
    [
        (node("Result", ms=0.25, loops=100), "(SubPlan 1)", "correlated_subplan"),
        (node("Result", ms=0.25, loops=99), "(SubPlan 1)", ""),
        (node("Result", ms=0.24, loops=100), "(SubPlan 1)", ""),
        (node("Result", ms=0.25, loops=100), "(NOT (hashed SubPlan 1))", ""),
        (node("Result", ms=0.25, loops=100), "(ANY (a = (hashed SubPlan 1).col1))", ""),
        (node("Result", ms=0.25, loops=100), "(hashed SubPlan 11)", "correlated_subplan"),
        (node("Materialize", ms=0.25, loops=100), "(NOT (SubPlan 1))", "subplan_not_hashed"),
        (node("Materialize", ms=0.25, loops=99), "(NOT (SubPlan 1))", ""),
    ],
)
def test_a_subquery_run_for_every_row(below, condition, expected):
    told = ids(with_subplan(below, condition)) & {"correlated_subplan", "subplan_not_hashed"}
    assert told == ({expected} if expected else set())


def filtered_cte(readers=1, **changed):
    reader = cte_scan(ms=30.0, rows=1_000, Rows_Removed_by_Filter=10_000) | {"Filter": "(t.a = 1)"}
    body = scan(ms=20.0, rows=11_000) | {"Parent Relationship": "InitPlan"}
    below = [body | {"Subplan Name": "CTE t"}, *[reader | changed for _ in range(readers)]]
    return node("Append", *below, ms=30.0 * readers, rows=1_000)


@pytest.mark.parametrize(
    ("plan", "fires"),
    [
        (filtered_cte(), True),
        (filtered_cte(readers=2), False),
        (filtered_cte(**{"Rows Removed by Filter": 9_999}), False),
        (filtered_cte(**{"Actual Rows": 1_200}), False),
        (filtered_cte(Filter="(t.a = $1)"), False),
        (filtered_cte(Filter="(t.a = (InitPlan 2).col1)"), False),
        (filtered_cte(Filter="(t.a > (SubPlan 2))"), False),
    ],
)
def test_a_cte_that_hides_a_filter(plan, fires):
    assert (("cte_filter_after_materialize", "0.1") in found(plan)) is fires


def test_a_bitmap_built_anew_at_every_start_of_a_gather_is_built_by_one_process():
    index = node("Bitmap Index Scan", ms=5.0, loops=3)
    heap = node("Bitmap Heap Scan", index, ms=10.0, loops=9, Parallel_Aware=True)
    gather = node("Gather", heap, ms=40.0, loops=3, Workers_Planned=2, Workers_Launched=2)
    by_path = {account.node.path: account for account in shown(gather).analysis.accounts}
    assert by_path["0.0"].wall_ms == 30.0
    assert (by_path["0.0.0"].participants, by_path["0.0.0"].wall_ms) == (1.0, 15.0)

"""Rules about scans: each fires, and each of its silences."""

import pytest

from tests.explain.rules.plans import found, ids, node, scan, shown

RARE = {"Filter": "(t.a = 5)", "Rows Removed by Filter": 99_000}


def rare_scan(**changed):
    return scan(ms=100.0, rows=1_000) | RARE | changed


def test_a_scan_that_keeps_a_hundredth_fires():
    assert found(rare_scan()) == {("seq_scan_filter", "0")}


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(rare_scan(**{"Actual Rows": 100, "Rows Removed by Filter": 9_800}), id="few"),
        pytest.param(rare_scan(**{"Rows Removed by Filter": 8_900}), id="keeps-a-tenth"),
        pytest.param(rare_scan(Filter="(NOT (SubPlan 1))"), id="subplan"),
        pytest.param(rare_scan(Filter="(NOT (hashed SubPlan 1))"), id="hashed-subplan"),
        pytest.param(rare_scan(Filter="(ANY (t.a = (hashed SubPlan 1).col1))"), id="named-17"),
        pytest.param(node("Sort", rare_scan(), ms=1_001.0, rows=1_000), id="under-a-tenth"),
        pytest.param(rare_scan(**{"Actual Loops": 0, "Actual Total Time": 0.0}), id="never-ran"),
    ],
)
def test_a_scan_stays_silent(plan):
    assert "seq_scan_filter" not in ids(plan)


def test_a_condition_beside_a_subplan_still_fires():
    assert "seq_scan_filter" in ids(rare_scan(Filter="((t.a = 5) AND (NOT (SubPlan 1)))"))


def test_rows_removed_are_per_loop():
    looped = rare_scan(**{"Actual Rows": 0, "Rows Removed by Filter": 1_000, "Actual Loops": 10})
    assert "seq_scan_filter" in ids(looped)


def members(count, empty, **fields):
    """Partitions with one filter, the last `empty` of them without a row."""
    return [
        scan(f"p_{n}", ms=10.0, rows=0 if n >= count - empty else 100)
        | {"Parent Relationship": "Member", "Filter": f"(f(p_{n}.at) = 1)"}
        | {"Rows Removed by Filter": 20_000}
        | fields
        for n in range(count)
    ]


def append(parts, **fields):
    return node("Append", *parts, ms=10.0 * len(parts) + 1, rows=100, **fields)


def test_partitions_read_for_nothing_fire_instead_of_their_scans():
    assert found(append(members(4, 2))) == {("partitions_not_pruned", "0")}


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(append(members(3, 2)), id="three"),
        pytest.param(append(members(4, 1)), id="most-held-rows"),
        pytest.param(append(members(4, 2), Subplans_Removed=2), id="pruned-at-start"),
        pytest.param(append([*members(4, 2)[:3], node("Seq Scan", loops=0)]), id="pruned-running"),
        pytest.param(append(members(4, 2, **{"Rows Removed by Filter": 2_000})), id="small"),
    ],
)
def test_partitions_stay_silent(plan):
    assert "partitions_not_pruned" not in ids(plan)


def by_index(kind="Index Scan", **changed):
    fields = {"Relation Name": "t", "Alias": "t", "Index Name": "t_a", "Filter": "(t.b = 1)"}
    return node(kind, ms=50.0, rows=500) | fields | {"Rows Removed by Filter": 2_000} | changed


@pytest.mark.parametrize("kind", ["Index Scan", "Index Only Scan", "Bitmap Heap Scan"])
def test_an_index_that_finds_too_much_fires(kind):
    assert "index_filter_discards" in ids(by_index(kind))


@pytest.mark.parametrize(
    "plan",
    [
        by_index(**{"Actual Rows": 1, "Rows Removed by Filter": 999}),
        by_index(**{"Actual Rows": 2_001}),
        by_index(Filter="(NOT (SubPlan 1))"),
        node("Sort", by_index(), ms=501.0),
    ],
    ids=["few", "keeps-half", "subplan", "under-a-tenth"],
)
def test_an_index_stays_silent(plan):
    assert "index_filter_discards" not in ids(plan)


def rechecked(**changed):
    fields = {"Relation Name": "t", "Alias": "t", "Rows Removed by Index Recheck": 5_000}
    return node("Bitmap Heap Scan", ms=50.0, rows=100) | fields | changed


def test_an_index_that_only_approximates_fires():
    assert ids(rechecked()) == {"index_recheck_discards"}
    assert "index_recheck_discards" not in ids(rechecked(**{"Rows Removed by Index Recheck": 999}))
    assert "index_recheck_discards" not in ids(rechecked(**{"Actual Rows": 5_001}))
    assert ids(rechecked(**{"Lossy Heap Blocks": 50})) == {"lossy_bitmap"}


def test_a_lossy_bitmap_fires_at_a_tenth_and_not_for_brin():
    def bitmap(exact, lossy, hits=7.0):
        below = node("Bitmap Index Scan", ms=1.0, rows=hits)
        fields = {"Exact_Heap_Blocks": exact, "Lossy_Heap_Blocks": lossy}
        return node("Bitmap Heap Scan", below, ms=9.0, rows=5, **fields)

    assert "lossy_bitmap" in ids(bitmap(900, 100))
    assert "lossy_bitmap" not in ids(bitmap(901, 99))
    assert "lossy_bitmap" not in ids(bitmap(0, 128, hits=1_280))
    assert "lossy_bitmap" in ids(bitmap(0, 128, hits=9_999))


def test_brin_is_told_below_other_bitmaps_and_from_averages_of_loops():
    def heap(*below, loops=1):
        return node("Bitmap Heap Scan", *below, ms=9.0, loops=loops, Lossy_Heap_Blocks=129)

    def index(rows, loops=1):
        return node("Bitmap Index Scan", ms=1.0, rows=rows, loops=loops)

    both = node("BitmapAnd", index(1_290), index(5_000), ms=1.0, rows=0)
    assert "lossy_bitmap" not in ids(heap(both))
    assert "lossy_bitmap" not in ids(heap(index(323, loops=4), loops=4))
    assert "lossy_bitmap" in ids(heap(index(330, loops=4), loops=4))


def test_lossy_blocks_of_workers_count_too():
    workers = [{"Worker Number": 0, "Exact Heap Blocks": 0, "Lossy Heap Blocks": 90}]
    plan = node("Bitmap Heap Scan", ms=9.0, Exact_Heap_Blocks=10, Workers=workers)
    assert "lossy_bitmap" in ids(plan)


@pytest.mark.parametrize(
    ("fetches", "rows", "fires"),
    [(1_000, 10_000, True), (999, 1_000, False), (1_000, 10_001, False)],
)
def test_heap_fetches(fetches, rows, fires):
    plan = node("Index Only Scan", ms=9.0, rows=rows, Heap_Fetches=fetches)
    assert ("heap_fetches" in ids(plan)) is fires
    assert "heap_fetches" not in ids(plan | {"Node Type": "Index Scan"})


def loop_over(inner, **fields):
    outer = node("Seq Scan", ms=1.0, rows=20)
    return node("Nested Loop", outer, inner, ms=1_000.0, rows=20, **fields)


@pytest.mark.parametrize(
    ("changed", "fires"),
    [
        ({}, True),
        ({"Actual Loops": 9, "Actual Rows": 20_000}, False),
        ({"Actual Rows": 1_000}, False),
        ({"Actual Total Time": 4.9}, False),
    ],
)
def test_a_scan_inside_a_loop(changed, fires):
    inner = scan(ms=40.0, rows=6_000, loops=20) | changed
    assert ("seq_scan_inner_loop" in ids(loop_over(inner))) is fires


def test_loops_of_workers_are_no_loops():
    inner = scan(ms=40.0, rows=60_000, loops=3) | {"Parallel Aware": True}
    gather = node("Gather", inner, ms=50.0, Workers_Planned=2, Workers_Launched=2)
    assert "seq_scan_inner_loop" not in ids(gather)


def test_a_scan_inside_a_subplan_is_inside_a_loop():
    inner = scan(ms=4.0, rows=1_000, loops=200) | {"Parent Relationship": "SubPlan"}
    plan = node("Seq Scan", inner | {"Subplan Name": "SubPlan 1"}, ms=900.0, rows=200)
    assert {"seq_scan_inner_loop", "correlated_subplan"} <= ids(plan)


@pytest.mark.parametrize(
    ("removed", "rows", "fires"), [(1_000, 999, True), (999, 0, False), (1_000, 1_001, False)]
)
def test_a_filter_that_was_not_sent_along(removed, rows, fires):
    plan = node("Foreign Scan", ms=9.0, rows=rows, Rows_Removed_by_Filter=removed, Filter="(f(a))")
    assert ("foreign_filter_local" in ids(plan)) is fires


@pytest.mark.parametrize(
    ("changed", "fires"),
    [
        ({}, True),
        ({"Filter": "(t.a > 5)"}, False),
        ({"Filter": "((t.a)::numeric(10,2) > '5'::numeric)"}, False),
        ({"Filter": "(t.a = ANY ('{1,2}'::integer[]))"}, False),
        ({"Filter": "(COALESCE(t.a, 0) > GREATEST(1, t.b))"}, False),
        ({"Filter": "(EXISTS(SubPlan 1) AND (t.a > 1))"}, False),
        ({"Filter": "(COALESCE(slow(t.a), false))"}, True),
        ({"Actual Rows": 999, "Actual Total Time": 500.0}, False),
        ({"Actual Rows": 30_000}, False),
    ],
)
def test_a_function_in_a_filter(changed, fires):
    plan = scan(ms=100.0, rows=10_000, Filter="slow(t.a)") | changed
    assert ("expensive_filter_function" in ids(plan)) is fires


def test_the_time_per_row_is_that_of_all_processes():
    inner = scan(ms=100.0, rows=20_000, loops=3, Filter="slow(t.a)") | {"Parallel Aware": True}
    gather = node("Gather", inner, ms=110.0, Workers_Planned=2, Workers_Launched=2)
    finding = next(f for f in shown(gather).findings if f.id == "expensive_filter_function")
    assert finding.evidence["us_per_row"] == 5.0

"""Rules about memory, offsets, and the statement as a whole."""

import pytest

from tests.explain.rules.plans import found, ids, node, scan, shown

DISK = {"Sort Space Type": "Disk", "Sort Space Used": 4_000}
MEMORY = {"Sort Space Type": "Memory", "Sort Space Used": 4_000}


def groups(kind):
    return {"Group Count": 3, f"Sort Space {kind}": {"Peak Sort Space Used": 500}}


@pytest.mark.parametrize(
    ("kind", "fields", "fires"),
    [
        ("Sort", DISK, True),
        ("Sort", MEMORY, False),
        ("Sort", {**MEMORY, "Workers": [{"Worker Number": 0, **DISK}]}, True),
        ("Incremental Sort", {"Full-sort Groups": groups("Memory")}, False),
        ("Incremental Sort", {"Pre-sorted Groups": groups("Disk")}, True),
        ("Incremental Sort", {"Workers": [{"Full-sort Groups": groups("Disk")}]}, True),
    ],
)
def test_a_sort_on_disk(kind, fields, fires):
    assert (("sort_spill", "0") in found(node(kind, ms=9.0) | fields)) is fires


def test_a_hash_in_batches_says_how_much_memory_it_wants():
    hashed = node("Hash", ms=9.0, Hash_Batches=16, Original_Hash_Batches=16)
    plan = shown(hashed | {"Peak Memory Usage": 1_726})
    (finding,) = plan.findings
    assert finding.id == "hash_spill"
    assert finding.fix == "SET LOCAL work_mem = '16MB';"
    assert "hash_spill" not in ids(node("Hash", ms=9.0, Hash_Batches=1))


def test_a_group_on_disk_counts_the_workers():
    assert "agg_spill" in ids(node("Aggregate", ms=9.0, Strategy="Hashed", Disk_Usage=8))
    workers = [{"Worker Number": 0, "Disk Usage": 8}]
    assert "agg_spill" in ids(node("Aggregate", ms=9.0, Disk_Usage=0, Workers=workers))
    assert "agg_spill" not in ids(node("Aggregate", ms=9.0, Disk_Usage=0))


@pytest.mark.parametrize(
    ("kind", "fields", "fires"),
    [
        *[
            (kind, {}, True)
            for kind in (
                "CTE Scan", "Materialize", "WindowAgg", "Function Scan", "Recursive Union",
            )
        ],
        ("Aggregate", {"Strategy": "Sorted", "Grouping Sets": []}, True),
        ("Aggregate", {"Strategy": "Sorted"}, False),
        ("Sort", {}, False),
        ("Sort", DISK, False),
        ("Hash", {"Hash Batches": 4}, False),
        ("Aggregate", {"Strategy": "Mixed", "Grouping Sets": [], "Disk Usage": 9}, False),
        ("Seq Scan", {}, False),
    ],
)  # fmt: skip
def test_rows_kept_aside_on_disk(kind, fields, fires):
    plan = node(kind, ms=9.0, Temp_Written_Blocks=128) | fields
    assert ("temp_io" in ids(plan)) is fires
    assert "temp_io" not in ids(plan | {"Temp Written Blocks": 127})


def test_what_a_child_wrote_is_not_written_again():
    sort = node("Sort", ms=5.0, Temp_Written_Blocks=500) | DISK
    plan = node("WindowAgg", sort, ms=9.0, Temp_Written_Blocks=600)
    assert found(plan) == {("sort_spill", "0.0")}


@pytest.mark.parametrize(
    ("produced", "returned", "fires"),
    [(10_010, 10, True), (10_009, 10, False), (19_000, 9_000, False), (10_000, 0, True)],
)
def test_an_offset(produced, returned, fires):
    plan = node("Limit", node("Index Scan", ms=8.0, rows=produced), ms=9.0, rows=returned)
    assert (("big_offset", "0") in found(plan)) is fires


@pytest.mark.parametrize(
    ("read", "hit", "fires"), [(1_000, 1_000, True), (999, 0, False), (1_000, 1_001, False)]
)
def test_a_cold_cache(read, hit, fires):
    plan = scan(ms=9.0, Shared_Read_Blocks=read, Shared_Hit_Blocks=hit)
    assert ("cache_misses" in ids(plan)) is fires
    assert "cache_misses" not in ids(scan(ms=9.0))


def jit(total):
    return {"Functions": 9, "Options": {}, "Timing": {"Generation": 1.0, "Total": total}}


@pytest.mark.parametrize(
    ("total", "execution", "launched", "fires"),
    [
        (25.0, 100.0, 0, True),
        (24.0, 100.0, 0, False),
        (9.0, 20.0, 0, False),
        (75.0, 100.0, 2, True),
        (60.0, 100.0, 2, False),
        (150.0, 100.0, 2, True),
    ],
)
def test_compiling(total, execution, launched, fires):
    inner = scan(ms=10.0, loops=launched + 1)
    plan = node("Gather", inner, ms=90.0, Workers_Planned=launched, Workers_Launched=launched)
    assert ("jit_overhead" in ids(plan, execution=execution, JIT=jit(total))) is fires


def test_generation_may_be_an_object():
    parts = {"Functions": 9, "Timing": {"Generation": {"Deform": 1, "Total": 4}, "Total": 50.0}}
    assert "jit_overhead" in ids(scan(ms=90.0), JIT=parts)


def trigger(ms, **fields):
    return {"Trigger Name": "x", "Relation": "t", "Time": ms, "Calls": 5, **fields}


@pytest.mark.parametrize(
    ("ms", "fields", "expected"),
    [
        (25.0, {}, {"trigger_time"}),
        (24.9, {}, set()),
        (25.0, {"Constraint Name": "c_t_id_fkey"}, {"fk_trigger_time"}),
    ],
)
def test_a_trigger(ms, fields, expected):
    assert ids(node("ModifyTable", ms=60.0), execution=100.0, Triggers=[trigger(ms, **fields)]) == (
        expected
    )


def test_a_trigger_under_a_millisecond_is_nothing():
    assert not ids(node("ModifyTable", ms=0.1), execution=1.0, Triggers=[trigger(0.9)])


def test_only_the_referenced_side_of_a_key_misses_an_index():
    def told(name):
        fields = {"Trigger Name": name, "Constraint Name": "child_parent_id_fkey"}
        listed = [trigger(90.0) | fields | {"Relation": "parents"}]
        return shown(node("ModifyTable", ms=5.0), execution=100.0, Triggers=listed)

    assert [hint.columns for hint in told("RI_ConstraintTrigger_a_5").hints] == [("parent_id",)]
    looked_up = told("RI_ConstraintTrigger_c_5")
    assert not looked_up.hints
    assert "looked up" in looked_up.findings[0].cause


@pytest.mark.parametrize(
    ("planning", "execution", "fires"), [(1.0, 0.9, True), (1.0, 1.0, False), (0.9, 0.1, False)]
)
def test_planning(planning, execution, fires):
    plan = scan(ms=execution)
    assert ("planning_dominates" in ids(plan, planning=planning, execution=execution)) is fires


@pytest.mark.parametrize("kind", ["Gather", "Gather Merge"])
@pytest.mark.parametrize(("launched", "fires"), [(0, True), (1, True), (2, False)])
def test_workers(kind, launched, fires):
    inner = scan(ms=5.0, loops=launched + 1)
    plan = node(kind, inner, ms=9.0, Workers_Planned=2, Workers_Launched=launched)
    assert (("workers_not_launched", "0") in found(plan)) is fires


def test_a_disabled_node_is_the_lowest_one():
    new = node("Sort", scan(ms=1.0, Disabled=True), ms=2.0, Disabled=True)
    assert ("disabled_node", "0.0") in found(new)
    assert ("disabled_node", "0") not in found(new)
    cost = {"Startup Cost": 1e10, "Total Cost": 1e10 + 5}
    old = node("Sort", scan(ms=1.0) | cost, ms=2.0) | cost
    assert found(old) == {("disabled_node", "0.0")}
    assert not ids(node("Sort", scan(ms=1.0, Disabled=False), ms=2.0, Disabled=False))


def test_an_enormous_input_disables_nothing():
    huge = node("Nested Loop") | {"Startup Cost": 1.0, "Total Cost": 4e12}
    late = {"Startup Cost": 4e12, "Total Cost": 4e12}
    assert "disabled_node" not in ids(node("Hash", huge, ms=2.0) | late)
    off = {"Startup Cost": 1e10 + 9, "Total Cost": 1e10 + 10}
    assert "disabled_node" in ids(node("Sort", scan(ms=1.0), ms=2.0) | off)


def test_what_never_ran_is_information():
    idle = node("Index Scan", loops=0)
    plan = node("Nested Loop", scan(ms=1.0, rows=0), idle, ms=2.0, rows=0)
    (finding,) = shown(plan).findings
    assert (finding.id, finding.path, finding.severity.value) == ("never_executed", "0.1", "info")
    whole = node("Sort", node("Seq Scan", loops=0), loops=0)
    assert not ids(whole, execution=1.0)


def cut_short(reader_ms, top="Gather"):
    """A CTE of which a LIMIT read 2 ms' worth; the rest of it was shut down at the end."""
    below = node("Seq Scan", ms=1.0, loops=3)
    cte = node(top, below, ms=80.0, Workers_Launched=2) | {
        "Parent Relationship": "InitPlan",
        "Subplan Name": "CTE t",
    }
    reader = node("CTE Scan", ms=reader_ms, CTE_Name="t", Parent_Relationship="Outer")
    return shown(node("Limit", cte, reader, ms=81.0)).analysis


def test_a_parallel_cte_read_in_part_is_paid_by_its_reader_and_the_node_that_shut_it_down():
    analysis = cut_short(reader_ms=2.0)
    assert sum(account.self_ms for account in analysis.accounts) == pytest.approx(81.0)
    assert analysis.accounts[0].self_ms == pytest.approx(1.0)
    assert analysis.account("0.1").self_ms == 0.0


def test_a_cte_without_workers_is_paid_by_its_readers_alone():
    analysis = cut_short(reader_ms=80.5, top="Materialize")
    assert analysis.accounts[0].self_ms == pytest.approx(0.5)
    assert analysis.account("0.1").self_ms == pytest.approx(0.5)

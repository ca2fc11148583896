"""Every finding that a plan of PostgreSQL can have, by its id: what `--fail-on` may name."""

FINDING_IDS = frozenset(
    (
        "agg_spill",
        "big_offset",
        "cache_misses",
        "correlated_subplan",
        "cte_filter_after_materialize",
        "disabled_node",
        "expensive_filter_function",
        "fk_trigger_time",
        "foreign_filter_local",
        "function_rows_estimate",
        "hash_spill",
        "heap_fetches",
        "index_filter_discards",
        "index_recheck_discards",
        "jit_overhead",
        "join_filter_discards",
        "lossy_bitmap",
        "memoize_ineffective",
        "nested_loop_many",
        "never_executed",
        "not_in_nulls",
        "partitions_not_pruned",
        "planning_dominates",
        "row_misestimate",
        "seq_scan_filter",
        "seq_scan_inner_loop",
        "seq_scan_join",
        "sort_spill",
        "subplan_not_hashed",
        "temp_io",
        "trigger_time",
        "workers_not_launched",
    )
)
"""A rule whose id is not here is found by a test."""

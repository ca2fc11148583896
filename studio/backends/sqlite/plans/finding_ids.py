"""Every finding that a plan of SQLite can have, by its id: what `--fail-on` may name."""

FINDING_IDS = frozenset(
    (
        "sqlite_auto_index",
        "sqlite_auto_index_subquery",
        "sqlite_big_offset",
        "sqlite_correlated_subquery",
        "sqlite_expression_defeats_index",
        "sqlite_full_scan",
        "sqlite_full_scan_unfiltered",
        "sqlite_hidden_column",
        "sqlite_index_partly_used",
        "sqlite_like_no_index",
        "sqlite_like_wildcard",
        "sqlite_min_max_scan",
        "sqlite_nested_full_scan",
        "sqlite_no_stats",
        "sqlite_skip_scan",
        "sqlite_stale_stats",
        "sqlite_temp_btree_compound",
        "sqlite_temp_btree_distinct",
        "sqlite_temp_btree_group",
        "sqlite_temp_btree_order",
    )
)
"""A rule whose id is not here is found by a test."""

"""Which functions only read, where the catalog cannot say it: names, to be resolved to oids.

A function the server calls VOLATILE may do anything, and many of the server's own are called so
only because their answer changes. What is in none of these lists is taken to act.
"""


def _names(*lines: str) -> frozenset[str]:
    return frozenset(name for line in lines for name in line.split())


BUILT_IN = _names(
    # clocks, chance, and what this session has
    "clock_timestamp timeofday random random_normal gen_random_uuid uuidv4 uuidv7 array_sample",
    "array_shuffle pg_sleep pg_sleep_for pg_sleep_until current_query currval lastval currtid2",
    "pg_blocking_pids pg_safe_snapshot_blocking_pids pg_notification_queue_usage pg_jit_available",
    # sizes, files and settings
    "pg_database_size pg_indexes_size pg_relation_size pg_table_size pg_tablespace_size",
    "pg_total_relation_size pg_current_logfile pg_hba_file_rules pg_ident_file_mappings",
    "pg_show_all_file_settings pg_ls_archive_statusdir pg_ls_dir pg_ls_logdir pg_ls_logicalmapdir",
    "pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir pg_ls_tmpdir pg_ls_waldir",
    "pg_read_binary_file pg_read_file pg_stat_file lo_get",
    # the server's state
    "pg_is_in_recovery pg_is_in_backup pg_backup_start_time pg_is_wal_replay_paused",
    "pg_get_wal_replay_pause_state pg_available_wal_summaries pg_wal_summary_contents",
    "pg_get_wal_summarizer_state pg_get_wal_resource_managers pg_control_checkpoint",
    "pg_control_init pg_control_recovery pg_control_system pg_current_wal_flush_lsn",
    "pg_current_wal_insert_lsn pg_current_wal_lsn pg_last_wal_receive_lsn pg_last_wal_replay_lsn",
    "pg_last_xact_replay_timestamp pg_last_committed_xact pg_xact_commit_timestamp",
    "pg_xact_commit_timestamp_origin pg_xact_status txid_status pg_get_multixact_members",
    "pg_prepared_xact pg_lock_status pg_get_aios pg_get_backend_memory_contexts",
    "pg_get_loaded_modules pg_get_shmem_allocations pg_get_shmem_allocations_numa",
    "pg_get_wait_events pg_replication_origin_progress pg_replication_origin_session_is_setup",
    "pg_replication_origin_session_progress pg_show_replication_origin_status",
    # the catalog
    "pg_partition_ancestors pg_partition_tree pg_collation_actual_version",
    "pg_database_collation_actual_version pg_get_sequence_data pg_sequence_last_value",
    # how TABLESAMPLE takes its rows
    "bernoulli system",
    # counters
    "pg_stat_have_stats pg_stat_get_backend_io pg_stat_get_backend_wal pg_stat_get_io",
    "pg_stat_get_recovery_prefetch pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit",
    "pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time",
    "pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans",
    "pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched",
    "pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted",
    "pg_stat_get_xact_tuples_newpage_updated pg_stat_get_xact_tuples_returned",
    "pg_stat_get_xact_tuples_updated",
)
"""Of the server's own functions that are VOLATILE, those that only tell something."""

RUN_SQL = _names(
    "table_to_xml table_to_xml_and_xmlschema schema_to_xml schema_to_xml_and_xmlschema",
    "database_to_xml database_to_xml_and_xmlschema query_to_xml query_to_xml_and_xmlschema",
    "query_to_xmlschema cursor_to_xml cursor_to_xmlschema ts_stat connectby crosstab crosstab2",
    "crosstab3 crosstab4 crosstabn xpath_table pg_current_xact_id txid_current",
)
"""Called STABLE, some of them, and yet run SQL given as text or read whatever view they are
given; the last two use up a transaction's number. Whoever owns a function of such a name."""

OF_EXTENSIONS = frozenset(
    {
        *(f"uuid-ossp.uuid_generate_{kind}" for kind in ("v1", "v1mc", "v4")),
        *(f"pgcrypto.{name}" for name in ("gen_random_bytes", "gen_random_uuid", "gen_salt")),
        *(f"pgcrypto.pgp_{how}_encrypt{what}" for how in ("pub", "sym") for what in ("", "_bytea")),
        *(f"pg_stat_statements.pg_stat_statements{what}" for what in ("", "_info")),
        *(
            f"pg_buffercache.pg_buffercache_{what}"
            for what in ("pages", "summary", "usage_counts", "numa_pages")
        ),
        *(f"pgstattuple.{what}" for what in ("pgstattuple", "pgstattuple_approx", "pg_relpages")),
        *(f"pgstattuple.pgstat{what}" for what in ("index", "ginindex", "hashindex")),
        *(f"pg_visibility.pg_visibility{what}" for what in ("", "_map", "_map_summary")),
        "pg_freespacemap.pg_freespace",
        "pgrowlocks.pgrowlocks",
        "tablefunc.normal_rand",
        "postgres_fdw.postgres_fdw_get_connections",
    }
)
"""Volatile C functions that only read, each with the extension it must belong to."""

WRAPPERS = frozenset({"postgres_fdw", "file_fdw"})
"""Extensions whose foreign tables are read by SELECT on another server, or out of a file."""

"""What the first word of a statement says, and which names write though they look like reads."""

import re

DATA_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})

QUERIES = frozenset({"SELECT", "VALUES", "WITH", "TABLE"})

TRANSACTIONS = frozenset(
    {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"}
)

SCHEMA_CHANGES = frozenset(
    {"CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE", "SECURITY", "REASSIGN", "IMPORT"}
    | {"RENAME"}
)

OPAQUE = frozenset({"DO", "CALL", "EXECUTE", "EXEC"})
"""They run code that the text does not show."""

MAINTENANCE = frozenset(
    {"VACUUM", "ANALYZE", "REINDEX", "CLUSTER", "CHECKPOINT", "DISCARD", "LOAD", "LOCK", "SET"}
    | {"RESET", "LISTEN", "UNLISTEN", "NOTIFY", "PREPARE", "DEALLOCATE", "DECLARE", "FETCH"}
    | {"MOVE", "CLOSE", "COPY", "ATTACH", "DETACH", "PRAGMA", "REPACK", "USE", "WAIT"}
)

READING_FIRST_WORDS = frozenset({"SHOW", "DESCRIBE", "DESC"})
"""Only where the engine has them; elsewhere they are errors and harm nobody."""

PRAGMAS_THAT_ONLY_ANSWER = frozenset(
    {"collation_list", "compile_options", "database_list", "foreign_key_check"}
    | {"foreign_key_list", "freelist_count", "function_list", "index_info", "index_list"}
    | {"index_xinfo", "integrity_check", "module_list", "page_count", "pragma_list"}
    | {"quick_check", "table_info", "table_list", "table_xinfo", "data_version"}
)
"""PRAGMAs whose argument, if any, only chooses what is answered."""

PRAGMAS_THAT_ANSWER_WITHOUT_ARGUMENT = frozenset(
    {"analysis_limit", "application_id", "auto_vacuum", "automatic_index", "busy_timeout"}
    | {"cache_size", "cache_spill", "cell_size_check", "checkpoint_fullfsync"}
    | {"defer_foreign_keys", "encoding", "foreign_keys", "fullfsync", "hard_heap_limit"}
    | {"ignore_check_constraints", "journal_mode", "journal_size_limit", "legacy_alter_table"}
    | {"locking_mode", "max_page_count", "mmap_size", "page_size", "query_only"}
    | {"read_uncommitted", "recursive_triggers", "reverse_unordered_selects", "schema_version"}
    | {"secure_delete", "soft_heap_limit", "synchronous", "temp_store", "threads", "trusted_schema"}
    | {"user_version", "wal_autocheckpoint", "writable_schema"}
)
"""PRAGMAs that set what they are given, and tell the present value when given nothing."""

ACTING_FUNCTION = re.compile(
    r"""
    nextval | setval | set_config | setseed
    | lo_\w+ | lowrite | lo(?:import|export)
    | dblink\w* | pg_notify | pg_export_snapshot | pg_current_xact_id | txid_current
    | pg_(?:try_)?advisory_\w+
    | pg_(?:cancel|terminate)_backend | pg_reload_conf | pg_rotate_logfile\w* | pg_promote
    | pg_log_backend_memory_contexts | pg_import_system_collations
    | pg_switch_(?:wal|xlog) | pg_create_restore_point | pg_(?:wal|xlog)_replay_(?:pause|resume)
    | pg_(?:start|stop)_backup | pg_backup_(?:start|stop)
    | pg_\w*replication_slot\w* | pg_replication_(?:origin|slot)_\w+ | pg_logical_\w+
    | pg_sync_replication_slots
    | pg_stat_reset\w* | pg_stat_statements_reset | pg_stat_clear_\w+ | pg_stat_force_next_flush
    | pg_(?:restore|clear)_(?:relation|attribute)_stats | pg_set_\w+
    | pg_file_(?:write|unlink|rename|sync) | pg_truncate_visibility_map | pg_prewarm\w*
    | brin_(?:de)?summarize_\w+ | gin_clean_pending_list | heap_force_\w+
    | query_to_xml\w* | cursor_to_xml\w* | ts_rewrite | ts_stat | xpath_table | crosstab\w*
    | load_extension | writefile | edit | sqlite_rename_\w+ | fts3_tokenizer | shell_\w+
    | sleep_until | benchmark | get_lock | release_lock
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Functions of the engines themselves that write, signal, lock, or run SQL given as text."""

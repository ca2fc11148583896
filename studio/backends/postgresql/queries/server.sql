-- `read_only` is what the role or the database asks for: reset_val, not what this session set.
SELECT pg_catalog.current_database() AS database,
       current_user AS "user",
       pg_catalog.current_setting('server_version') AS version,
       pg_catalog.current_setting('server_version_num') AS number,
       pg_catalog.pg_is_in_recovery() AS standby,
       (SELECT s.reset_val FROM pg_catalog.pg_settings s
        WHERE s.name = 'default_transaction_read_only') AS read_only,
       pg_catalog.current_setting('server_encoding') AS encoding

"""What a session on PostgreSQL keeps between two statements, and whether it is still there."""

from typing import Any, cast

import psycopg
from psycopg import sql

from studio.backends.postgresql.connecting import EXACT_TEXT
from studio.model.catalog import TableRef
from studio.model.words import plural

_COUNTED = (
    "temporary table",
    "prepared statement",
    "LISTEN channel",
    "cursor",
    "advisory lock",
)
_COUNTS = """
SELECT (SELECT count(*) FROM pg_catalog.pg_class
        WHERE relnamespace = pg_catalog.pg_my_temp_schema() AND relkind IN ('r', 'v', 'p')),
       (SELECT count(*) FROM pg_catalog.pg_prepared_statements WHERE from_sql),
       (SELECT count(*) FROM pg_catalog.pg_listening_channels()),
       (SELECT count(*) FROM pg_catalog.pg_cursors WHERE is_holdable),
       (SELECT count(*) FROM pg_catalog.pg_locks
        WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid()),
       CASE WHEN current_user <> session_user THEN current_user::text END
"""
_RELATION = """
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = pg_catalog.to_regclass(%s) AND c.relpersistence <> 't'
"""
_ALONE, _UNDO = b"BEGIN READ ONLY", b"ROLLBACK"
_IN_ONE = b"SAVEPOINT _studio_count"
_BACK = b"ROLLBACK TO _studio_count; RELEASE _studio_count"
_SET = "SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session' ORDER BY name"


def hung_up(driver: psycopg.Connection[Any]) -> bool:
    """Whether the server has said goodbye, or closed the line."""
    try:
        # The first read may bring its last words, the second that nothing comes behind them.
        for _ in range(2):
            driver.pgconn.consume_input()
    except psycopg.OperationalError:
        return True
    return bool(driver.closed)


def shared_because(driver: psycopg.Connection[Any]) -> str:
    """Why each transaction may find another session; empty: they all find this one."""
    row = driver.execute("SELECT pg_catalog.pg_backend_pid()").fetchone()
    # A pooler makes up the number that it calls the server's process.
    if row is None or str(row[0]) == str(driver.info.backend_pid):
        return ""
    return "through a pooler: only a transaction keeps what is set"


def kept(driver: psycopg.Connection[Any]) -> tuple[str, ...]:
    """In words, settings by name; those that studio itself makes are left out."""
    row = cast("tuple[Any, ...]", driver.execute(_COUNTS).fetchone())
    counts = (int(count) for count in row[: len(_COUNTED)])
    words = [plural(count, what) for count, what in zip(counts, _COUNTED, strict=True) if count]
    if row[-1]:
        words.append(f"role {row[-1]}")
    words += [
        str(name)
        for name, setting in driver.execute(_SET).fetchall()
        if not _is_ours(str(name), str(setting))
    ]
    return tuple(words)


def _is_ours(name: str, setting: str) -> bool:
    return setting.startswith(EXACT_TEXT.get(name, "\0"))


def count(
    driver: psycopg.Connection[Any], name: tuple[str, ...], within_s: float, *, is_open: bool
) -> int | None:
    """Rows of a relation; None: not in that time. `is_open`: a transaction goes on around it."""
    begin, end = (_IN_ONE, _BACK) if is_open else (_ALONE, _UNDO)
    driver.execute(begin)
    try:
        driver.execute(f"SET LOCAL statement_timeout = {round(within_s * 1000):d}".encode())
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*name))
        row = driver.execute(query).fetchone()
    except psycopg.errors.QueryCanceled:
        return None
    finally:
        if not driver.closed:
            driver.execute(end)
    return int(row[0]) if row is not None else None


def relation(driver: psycopg.Connection[Any], name: tuple[str, ...]) -> TableRef | None:
    """What the name means in this session, unless it is a temporary one."""
    written = sql.Identifier(*name).as_string(driver)
    row = driver.execute(_RELATION, (written,)).fetchone()
    return TableRef(str(row[0]), str(row[1])) if row is not None else None

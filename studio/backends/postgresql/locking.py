"""Locks in plain words: what a transaction holds, who waits for it, and for whom it waits."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Connection

from studio.backends.halves.following import HeldLocks
from studio.model.words import plural

_LONGEST_TIMEOUT_MS = 2**31 - 1
_MARGIN_S = 5.0
"""So much later than studio would end it itself."""
_WORDS = {
    "RowShareLock": "the rows it chose cannot be changed by others",
    "RowExclusiveLock": "others read, but wait to change the same rows",
    "ShareUpdateExclusiveLock": "others read and write, but no VACUUM, ANALYZE or ALTER",
    "ShareLock": "others read, but nobody writes",
    "ShareRowExclusiveLock": "others read, but nobody writes",
    "ExclusiveLock": "others only read",
    "AccessExclusiveLock": "nobody else reads or writes",
}
"""Explicit locking, table 13.2 of the manual; weakest first."""
_STRENGTH = {mode: place for place, mode in enumerate(_WORDS)}
_HELD = """
SELECT n.nspname::text, c.relname::text, l.mode::text
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_class c ON c.oid = l.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE l.pid = pg_catalog.pg_backend_pid() AND l.granted AND l.locktype = 'relation'
   AND c.relkind IN ('r', 'p', 'm', 'f') AND l.mode <> 'AccessShareLock'
   AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
 ORDER BY 1, 2
"""
_ADVISORY = """
SELECT count(*)::text FROM pg_catalog.pg_locks l
 WHERE l.pid = pg_catalog.pg_backend_pid() AND l.granted AND l.locktype = 'advisory'
"""
_SESSION = """
SELECT coalesce(nullif(a.application_name, ''), 'a session')::text, coalesce(a.usename, '')::text,
       p.pid::text, coalesce(a.state, '')::text,
       coalesce(floor(extract(epoch FROM pg_catalog.clock_timestamp() - {since})), 0)::bigint::text
  FROM (SELECT DISTINCT pid FROM ({pids}) AS found) AS p
  LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = p.pid
 ORDER BY 5 DESC, 3
"""
_WAITING = _SESSION.format(
    since="coalesce(a.query_start, a.xact_start)",
    pids="SELECT l.pid FROM pg_catalog.pg_locks l WHERE NOT l.granted"
    " AND %s::int = ANY (pg_catalog.pg_blocking_pids(l.pid))",
)
_HOLDING = _SESSION.format(
    since="coalesce(a.xact_start, a.state_change)",
    pids="SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids(%s::int)) AS pid",
)


def hold(connection: Connection, patience_s: float) -> HeldLocks:
    """Let the server end this transaction when nothing is heard of us for longer than that, also
    when studio is stopped, frozen or cut off; and what it holds by now.
    """
    limit_ms = min(round((patience_s + _MARGIN_S) * 1000), _LONGEST_TIMEOUT_MS)
    row = connection.exec_driver_sql(
        "SELECT pg_catalog.pg_backend_pid()::text,"
        " pg_catalog.set_config('idle_in_transaction_session_timeout', %s, true)",
        (f"{limit_ms}ms",),
    ).fetchone()
    return HeldLocks(str(row[0]) if row is not None else "", held(connection))


def held(connection: Connection) -> tuple[str, ...]:
    """The strongest lock on each relation that keeps anybody from anything, and advisory ones."""
    strongest: dict[tuple[str, str], str] = {}
    for schema, name, mode in _texts(connection, _HELD):
        known = strongest.get((schema, name))
        if known is None or _STRENGTH.get(mode, 0) > _STRENGTH.get(known, 0):
            strongest[schema, name] = mode
    words = [
        f"{name if schema == 'public' else f'{schema}.{name}'}: {_WORDS.get(mode, mode)}"
        for (schema, name), mode in strongest.items()
    ]
    advisory = int(_texts(connection, _ADVISORY)[0][0])
    if advisory:
        words.append(plural(advisory, "advisory lock"))
    return tuple(words)


def waiting(connection: Connection, session: str) -> tuple[str, ...]:
    """Sessions that wait for a lock of `session`, longest first, seen from another connection."""
    return tuple(
        f"{_who(application, user, pid)}, for {_ago(seconds)}"
        for application, user, pid, _, seconds in _texts(connection, _WAITING, session)
    )


def holding(connection: Connection, session: str) -> tuple[str, ...]:
    """Sessions that hold a lock `session` waits for, seen from another connection."""
    return tuple(
        f"{_who(application, user, pid)}{f', {state}' if state else ''} for {_ago(seconds)}"
        for application, user, pid, state, seconds in _texts(connection, _HOLDING, session)
    )


def _texts(connection: Connection, query: str, *values: str) -> Sequence[tuple[str, ...]]:
    found = connection.exec_driver_sql(query, values or None)
    return cast("Sequence[tuple[str, ...]]", found.fetchall())


def _who(application: str, user: str, pid: str) -> str:
    return f"{application} (pid {pid}{f', user {user}' if user else ''})"


_MINUTE, _HOUR = 60, 3600


def _ago(seconds: str) -> str:
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    return f"{whole // _MINUTE} min" if whole < _HOUR else f"{whole // _HOUR} h"
